"""Royalties, instalments and total costs against a slow plain model (民法典 846)."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.open_licences.prices import instalments, limit_exceeded, royalty, total_cost

pytestmark = pytest.mark.nodb
USUAL = {"lump": 2_000_000_000, "sales": 2000, "profit": 4000}
AMOUNTS = st.integers(0, 10**12)
RATES = st.integers(0, 10_000)


@dataclass
class Terms:
    price_form: PriceForm = PriceForm.ROYALTY
    lump_minor: int = 0
    upfront_minor: int = 0
    instalments: list[Any] = field(default_factory=list)
    rate: int = 0
    royalty_base: RoyaltyBase | None = RoyaltyBase.NET_SALES
    rate_steps: list[Any] = field(default_factory=list)
    floor_minor: int | None = None
    cap_minor: int | None = None
    period_months: int = 12


def half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def plain(terms: Terms, base: int) -> int:
    """Walk through the steps one by one, in decimals."""
    steps = terms.rate_steps or [{"from_minor": 0, "rate": terms.rate}]
    steps = sorted(steps, key=lambda step: step["from_minor"])
    total = Decimal(0)
    for place, step in enumerate(steps):
        upto = steps[place + 1]["from_minor"] if place + 1 < len(steps) else base
        inside = max(0, min(base, upto) - step["from_minor"])
        total += Decimal(inside) * step["rate"] / 10_000
    due = half_up(total)
    due = max(due, terms.floor_minor or 0)
    return due if terms.cap_minor is None else min(due, terms.cap_minor)


STEPS = st.lists(st.integers(1, 10**11), unique=True, max_size=4).flatmap(
    lambda starts: st.tuples(*(RATES for _ in range(len(starts) + 1))).map(
        lambda rates: [
            {"from_minor": start, "rate": rate} for start, rate in zip([0, *sorted(starts)], rates, strict=True)
        ]
    )
)


@given(AMOUNTS, STEPS, st.none() | st.integers(0, 10**9), st.none() | st.integers(10**9, 10**11))
def test_a_royalty_is_that_of_the_plain_model(base: int, steps: list[Any], floor: int | None, cap: int | None) -> None:
    terms = Terms(rate_steps=steps, floor_minor=floor, cap_minor=cap)
    found = royalty(terms, base)
    assert found.due_minor == plain(terms, base)
    assert sum(one.base_minor for one in found.slices) == base
    assert found.by_floor == (found.due_minor > found.computed_minor)
    assert found.by_cap == (found.due_minor < found.computed_minor)


@given(AMOUNTS, AMOUNTS, RATES)
def test_more_sales_never_cost_less(base: int, more: int, rate: int) -> None:
    terms = Terms(rate=rate)
    assert royalty(terms, base).due_minor <= royalty(terms, base + more).due_minor


@given(st.integers(-(10**9), 0), RATES)
def test_a_loss_owes_the_floor_and_no_more(base: int, rate: int) -> None:
    assert royalty(Terms(rate=rate), base).due_minor == 0
    assert royalty(Terms(rate=rate, floor_minor=500), base).due_minor == 500


def test_a_half_fen_is_rounded_up_once() -> None:
    assert royalty(Terms(rate=50), 100).due_minor == 1
    assert (
        royalty(Terms(rate_steps=[{"from_minor": 0, "rate": 50}, {"from_minor": 50, "rate": 50}]), 100).due_minor == 1
    )


def test_instalments_are_due_by_the_calendar() -> None:
    terms = Terms(
        PriceForm.INSTALMENTS,
        instalments=[{"months": 12, "minor": 300}, {"months": 0, "minor": 700}],
        royalty_base=None,
    )
    first, second = instalments(terms, date(2028, 2, 29))
    assert (first.due_on, first.minor) == (date(2028, 2, 29), 700)
    assert (second.due_on, second.minor) == (date(2029, 2, 28), 300)


def test_forms_become_comparable_by_their_total() -> None:
    sales = 10_000_000
    assert total_cost(Terms(PriceForm.LUMP_SUM, lump_minor=3_000_000, royalty_base=None), sales, 3) == 3_000_000
    assert total_cost(Terms(rate=300), sales, 3) == 3 * 300_000
    assert total_cost(Terms(PriceForm.UPFRONT_ROYALTY, upfront_minor=50, rate=300), sales, 3) == 50 + 3 * 300_000
    assert total_cost(Terms(rate=300, period_months=6), sales, 1) == 300_000
    assert total_cost(Terms(PriceForm.FREE, royalty_base=None), sales, 3) == 0


@pytest.mark.parametrize(
    ("terms", "limit"),
    [
        (Terms(PriceForm.LUMP_SUM, lump_minor=2_000_000_000, royalty_base=None), None),
        (Terms(PriceForm.LUMP_SUM, lump_minor=2_000_000_001, royalty_base=None), "lump"),
        (Terms(rate=2000), None),
        (Terms(rate=2001), "sales"),
        (Terms(rate=4000, royalty_base=RoyaltyBase.PROFIT), None),
        (Terms(rate=4001, royalty_base=RoyaltyBase.PROFIT), "profit"),
        (Terms(rate_steps=[{"from_minor": 0, "rate": 100}, {"from_minor": 9, "rate": 2500}]), "sales"),
    ],
)
def test_usual_limits_of_the_estimate_guide(terms: Terms, limit: str | None) -> None:
    assert limit_exceeded(terms, USUAL) == limit
