"""Fees for cancelling late and for not coming."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.core.money import Money, round_half_up
from app.equipment.schedule.cancellation import CancellationRules, cancellation_fee, free_until, no_show_fee

pytestmark = pytest.mark.nodb

STARTS = datetime(2026, 11, 26, 1, tzinfo=UTC)
RULES = CancellationRules(free_until=24 * 60, late_percent=50, no_show_percent=100)


@pytest.mark.parametrize(
    ("before", "fee"),
    [(timedelta(days=3), 0), (timedelta(hours=24), 0), (timedelta(hours=24, microseconds=-1), 8501),
     (timedelta(0), 17001), (timedelta(hours=-1), 17001)],
)  # fmt: skip
def test_cancelling_costs_by_how_late_it_is(before: timedelta, fee: int) -> None:
    assert cancellation_fee(RULES, Money(17001), STARTS, STARTS - before) == Money(fee)


@given(
    st.integers(0, 10**7),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 200),
    st.integers(-10, 300),
)
def test_a_cancellation_never_gets_cheaper_with_time_nor_dearer_than_the_booking(
    total: int, one: int, other: int, hours: int, before: int
) -> None:
    rules = CancellationRules(hours * 60, min(one, other), max(one, other))
    now = STARTS - timedelta(hours=before)
    fee = cancellation_fee(rules, Money(total), STARTS, now)
    assert fee <= cancellation_fee(rules, Money(total), STARTS, now + timedelta(minutes=17)) <= Money(total)
    assert cancellation_fee(rules, Money(total), STARTS, free_until(rules, STARTS) - timedelta(seconds=1)) == Money(0)
    assert no_show_fee(rules, Money(total)).minor == round_half_up(Fraction(total * max(one, other), 100))


@pytest.mark.parametrize(
    ("values", "field"),
    [((-1, 0, 0), "free_until"), ((0, 101, 101), "late_percent"), ((0, 50, 49), "no_show_percent"),
     ((0, 0, 101), "no_show_percent")],
)  # fmt: skip
def test_cancellation_rules_that_make_no_sense_are_refused(values: tuple[int, int, int], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        CancellationRules(*values)
    assert refusal.value.field == field


def test_frozen_rules_thaw_as_themselves() -> None:
    assert CancellationRules.from_json(RULES.to_json()) == RULES
