"""Periods, floors and caps of a part of a period, and shares, against slow plain models."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.workdays import is_working_day
from app.market.royalties.arithmetic import largest_remainder, portion, report_due, spans

DAYS = st.dates(date(1995, 1, 1), date(2060, 12, 31))


def month_later(start: date, count: int) -> date:
    """The plain model: walk on to the month, then from the day down to one that exists."""
    year, month = start.year, start.month
    for _step in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for day in range(start.day, 0, -1):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError


@given(DAYS, st.integers(1, 4000), st.sampled_from([1, 2, 3, 6, 12, 24]))
def test_periods_cover_every_day_of_the_licence_once_and_end_with_it(start: date, length: int, months: int) -> None:
    ends_on = start + timedelta(days=length)
    found = list(spans(start, ends_on, months))
    expected, position = [], 0
    while month_later(start, position * months) < ends_on:
        first, whole = month_later(start, position * months), month_later(start, (position + 1) * months)
        expected.append((position + 1, first, min(whole, ends_on), Fraction((min(whole, ends_on) - first).days,
                                                                            (whole - first).days)))  # fmt: skip
        position += 1
    assert [(one.position, one.starts_on, one.ends_on, one.part) for one in found] == expected
    assert sum((one.ends_on - one.starts_on).days for one in found) == length
    assert all(one.part == 1 for one in found[:-1])


def test_a_licence_from_the_end_of_january_keeps_its_day_in_long_months() -> None:
    found = list(spans(date(2028, 1, 31), date(2028, 5, 31), 1))
    assert [one.starts_on for one in found] == [
        date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30),
    ]  # fmt: skip


def test_a_licence_from_leap_day_reports_from_the_last_of_february() -> None:
    found = list(spans(date(2028, 2, 29), date(2032, 2, 29), 12))
    assert [one.starts_on for one in found] == [
        date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28),
    ]  # fmt: skip
    assert found[-1].ends_on == date(2032, 2, 29)


def test_a_short_last_period_owes_its_days_of_the_floor() -> None:
    *_, last = spans(date(2026, 1, 1), date(2027, 3, 15), 12)
    assert last.part == Fraction(73, 365)
    assert portion(10_000_00, last.part) == 2_000_00
    assert portion(None, last.part) is None


@given(DAYS, st.integers(1, 60))
def test_a_report_is_due_on_a_working_day_never_before_the_term(ends_on: date, days: int) -> None:
    due = report_due(ends_on, days)
    earliest = ends_on - timedelta(days=1) + timedelta(days=days)
    assert due >= earliest
    assert is_working_day(due)
    assert not any(is_working_day(earliest + timedelta(days=step)) for step in range((due - earliest).days))


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10_000), min_size=1, max_size=30).filter(any))
def test_shares_add_up_to_the_fen_and_none_is_off_by_one(total: int, weights: list[int]) -> None:
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert all(abs(part - whole) < 1 for part, whole in zip(parts, exact, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(-100, [1, 1, 1]) == [-34, -33, -33]
    assert largest_remainder(10, [5000, 4999, 1]) == [5, 5, 0]


@pytest.mark.parametrize("weights", [[0, 0], [-1, 2], []])
def test_weights_that_mean_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"weights|min"):
        largest_remainder(100, weights)
