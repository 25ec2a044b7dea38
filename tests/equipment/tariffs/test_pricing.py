"""Quotes add up, explain themselves, and agree with exact fractions."""

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import Money, round_half_up
from app.equipment.tariffs.pricing import (
    Line,
    LineKind,
    Quote,
    price,
)
from app.equipment.tariffs.terms import (
    ChargeBasis,
    ClassPrices,
    Consumable,
    PayerClass,
    Terms,
    Tier,
    faults,
)

pytestmark = pytest.mark.nodb

ENTERPRISE = PayerClass.ENTERPRISE


def enterprise_terms(prices: ClassPrices, *, rounding: int = 30, consumables: tuple[Consumable, ...] = ()) -> Terms:
    return Terms({ENTERPRISE: prices}, consumables, rounding)


amounts = st.integers(0, 300_00)


@st.composite
def some_prices(draw: st.DrawFn) -> ClassPrices:
    marks = sorted(draw(st.sets(st.integers(1, 900), max_size=4)))
    tiers = tuple(Tier(upto, draw(amounts)) for upto in [*marks, None])
    return ClassPrices(tiers, draw(amounts), draw(amounts), draw(st.none() | amounts))


some_terms = st.builds(enterprise_terms, some_prices(), rounding=st.integers(1, 120))


def slow_total(terms: Terms, minutes: int, *, with_operator: bool) -> int:
    """The price minute by minute in exact fractions; time and operator are each rounded once, at the end."""
    prices = terms.classes[ENTERPRISE]
    while minutes % terms.rounding_minutes:
        minutes += 1
    time = Fraction(0)
    for minute in range(minutes):
        tier = next(tier for tier in prices.tiers if tier.upto_minutes is None or minute < tier.upto_minutes)
        time += Fraction(tier.per_hour, 60)
    operator = Fraction(minutes * (prices.operator_per_hour or 0), 60) if with_operator else Fraction(0)
    return max(prices.start_up + round_half_up(time) + round_half_up(operator), prices.minimum)


@given(some_terms, st.integers(0, 1500), st.booleans())
def test_a_price_is_the_sum_of_its_minutes_rounded_half_up(terms: Terms, minutes: int, wanted: bool) -> None:
    assert not list(faults(terms))
    with_operator = wanted and terms.classes[ENTERPRISE].operator_per_hour is not None
    quote = price(terms, ENTERPRISE, minutes, with_operator=with_operator)
    assert quote.total.minor == slow_total(terms, minutes, with_operator=with_operator)
    assert sum(line.amount for line in quote.lines) == quote.total.minor
    assert all(line.amount >= 0 for line in quote.lines)


@given(some_terms, st.integers(0, 1500), st.integers(0, 300))
def test_longer_never_costs_less(terms: Terms, minutes: int, more: int) -> None:
    assert price(terms, ENTERPRISE, minutes).total <= price(terms, ENTERPRISE, minutes + more).total


@given(some_terms, st.integers(0, 1500))
def test_the_time_lines_cover_the_rounded_time_without_gaps(terms: Terms, minutes: int) -> None:
    quote = price(terms, ENTERPRISE, minutes)
    time = [line for line in quote.lines if line.kind is LineKind.MACHINE_TIME]
    assert sum(line.quantity for line in time) == quote.minutes
    assert 0 <= quote.minutes - minutes < terms.rounding_minutes
    assert all(left.upto_minutes == right.from_minutes for left, right in itertools.pairwise(time))


@given(some_terms, st.integers(0, 1500))
def test_a_frozen_quote_thaws_as_itself(terms: Terms, minutes: int) -> None:
    quote = price(terms, ENTERPRISE, minutes)
    assert Quote.from_json(quote.to_json()) == quote


def test_the_example_of_the_national_platform_first_hour_500_then_400() -> None:
    terms = enterprise_terms(ClassPrices((Tier(60, 50000), Tier(None, 40000))), rounding=1)
    assert [price(terms, ENTERPRISE, minutes).total.minor for minutes in (0, 30, 60, 90, 180)] == [
        0, 25000, 50000, 70000, 130000,
    ]  # fmt: skip
    assert price(terms, ENTERPRISE, 90).lines == (
        Line(LineKind.MACHINE_TIME, 50000, 60, 50000, 0, 60),
        Line(LineKind.MACHINE_TIME, 20000, 30, 40000, 60, None),
    )


def test_rounding_is_cumulative_over_the_tiers() -> None:
    terms = enterprise_terms(ClassPrices((Tier(1, 30), Tier(2, 30), Tier(3, 30), Tier(None, 30))), rounding=1)
    assert [line.amount for line in price(terms, ENTERPRISE, 4).lines] == [1, 0, 1, 0]


def test_the_minimum_tops_up_time_and_not_consumables() -> None:
    tip = Consumable("tip", "探针", "支", {ENTERPRISE: 8000})
    terms = enterprise_terms(ClassPrices((Tier(None, 10000),), 1000, 15000, 6000), consumables=(tip,))
    quote = price(terms, ENTERPRISE, 31, with_operator=True, consumables={"tip": 2})
    assert [(line.kind.value, line.amount) for line in quote.lines] == [
        ("start_up", 1000),
        ("machine_time", 10000),
        ("operator", 6000),
        ("consumable", 16000),
    ]
    short = price(terms, ENTERPRISE, 30, consumables={"tip": 1})
    assert [(line.kind.value, line.amount) for line in short.lines] == [
        ("start_up", 1000),
        ("machine_time", 5000),
        ("minimum_top_up", 9000),
        ("consumable", 8000),
    ]


def test_the_tax_lies_inside_the_total() -> None:
    quote = price(enterprise_terms(ClassPrices((Tier(None, 212000),))), ENTERPRISE, 60)
    assert (quote.total, quote.tax) == (Money(212000), Money(12000))


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({"payer": PayerClass.INTERNAL}, None),
        ({"with_operator": True}, "with_operator"),
        ({"consumables": {"gold": 1}}, "consumables.gold"),
        ({"consumables": {"tip": -1}}, "consumables.tip"),
        ({"consumables": {"tip": 1.5}}, "consumables.tip"),
        ({"consumables": {"inside": 1}}, "consumables.inside"),
    ],
)
def test_what_is_not_offered_has_no_price(call: dict[str, object], field: str | None) -> None:
    things = (
        Consumable("tip", "探针", "支", {ENTERPRISE: 8000}),
        Consumable("inside", "内部样品", "个", {PayerClass.INTERNAL: 1}),
    )
    terms = enterprise_terms(ClassPrices((Tier(None, 100),)), consumables=things)
    arguments = {"payer": ENTERPRISE, "minutes": 30, **call}
    with pytest.raises(Invalid) as refusal:
        price(terms, **arguments)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_negative_time_is_a_mistake_in_the_program() -> None:
    with pytest.raises(ValueError, match="negative"):
        price(enterprise_terms(ClassPrices((Tier(None, 1),))), ENTERPRISE, -1)


@pytest.mark.parametrize(("basis", "minutes"), [("used", 50), ("booked", 120), ("greater", 120)])
def test_the_basis_says_which_time_counts(basis: str, minutes: int) -> None:
    terms = Terms({}, charge_basis=ChargeBasis(basis))
    assert terms.chargeable_minutes(booked=120, used=50) == minutes


def test_pricing_a_hundred_thousand_uses_takes_seconds_not_minutes() -> None:
    terms = enterprise_terms(ClassPrices((Tier(60, 50000), Tier(None, 40000)), 1000, 5000))
    for minutes in range(20_000):
        price(terms, ENTERPRISE, minutes % 600)
    assert terms.vat_rate == Decimal(6)
