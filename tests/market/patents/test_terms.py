"""Term and annuities (专利法 art. 42; 实施细则 rules 5, 115), against slow plain models."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.workdays import add_months, is_working_day, working_day_from
from app.market.patents.models import LegalStatus, Patent, PatentKind
from app.market.patents.terms import Annuity, AnnuityState, annuity, annuity_state, expiry, full_annuity, schedule

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


def patent(filed_on: date, paid: int, kind: PatentKind = PatentKind.INVENTION) -> Patent:
    return Patent(
        kind=kind, filed_on=filed_on, granted_on=filed_on + timedelta(days=400), expires_on=expiry(kind, filed_on),
        legal_status=LegalStatus.IN_FORCE, annuity_paid_through=paid,
    )  # fmt: skip


@given(DAYS, st.integers(0, 400))
def test_months_are_counted_from_the_start_and_clipped(start: date, count: int) -> None:
    end = add_months(start, count)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == count
    day = start.day
    while True:  # the plain model: try the day, then the one before
        try:
            assert end == date(end.year, end.month, day)
            break
        except ValueError:
            day -= 1


@given(DAYS, st.integers(1, 60))
def test_counting_from_the_start_is_never_earlier_than_chaining(start: date, count: int) -> None:
    chained = start
    for _month in range(count):
        chained = add_months(chained, 1)
    assert add_months(start, count) >= chained


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_known_month_ends(start: date, count: int, end: date) -> None:
    assert add_months(start, count) == end


@given(DAYS)
def test_a_term_that_ends_on_a_holiday_ends_on_the_next_working_day(day: date) -> None:
    rolled = working_day_from(day)
    assert is_working_day(rolled)
    assert rolled >= day
    assert not any(is_working_day(day + timedelta(days=gone)) for gone in range((rolled - day).days))


@pytest.mark.parametrize(
    ("kind", "filed_on", "years"),
    [
        (PatentKind.INVENTION, date(2019, 8, 7), 20),
        (PatentKind.PCT_INVENTION, date(2019, 8, 7), 20),
        (PatentKind.UTILITY_MODEL, date(2019, 8, 7), 10),
        (PatentKind.DESIGN, date(2021, 6, 1), 15),
        (PatentKind.DESIGN, date(2021, 5, 31), 10),
    ],
)
def test_article_42_term_by_kind(kind: PatentKind, filed_on: date, years: int) -> None:
    assert expiry(kind, filed_on) == date(filed_on.year + years, filed_on.month, filed_on.day)


def test_full_annuities_by_year() -> None:
    found = [full_annuity(PatentKind.INVENTION, year).minor // 100 for year in range(1, 21)]
    assert found == [900] * 3 + [1200] * 3 + [2000] * 3 + [4000] * 3 + [6000] * 3 + [8000] * 5
    assert full_annuity(PatentKind.DESIGN, 15).minor == 300_000
    with pytest.raises(KeyError):
        full_annuity(PatentKind.UTILITY_MODEL, 11)


def test_rule_115_surcharge_grows_with_every_month_exceeded() -> None:
    due: Annuity = annuity(patent(date(2020, 6, 3), 5), 7)
    assert due.due_on == date(2026, 6, 3)
    assert due.full_minor == 200_000
    assert [due.surcharge_minor(day) for day in (
        date(2026, 6, 3), date(2026, 6, 4), date(2026, 7, 3), date(2026, 7, 4), date(2026, 8, 4), date(2026, 12, 3),
    )] == [0, 0, 0, 10_000, 20_000, 50_000]  # fmt: skip


def test_annuities_are_paid_then_late_then_lapsed() -> None:
    thing = patent(date(2020, 6, 3), 6)  # the seventh is due on 2026-06-03
    assert annuity_state(thing, date(2026, 6, 3)) is AnnuityState.PAID
    assert annuity_state(thing, date(2026, 6, 4)) is AnnuityState.LATE
    assert annuity_state(thing, date(2026, 12, 3)) is AnnuityState.LATE
    assert annuity_state(thing, date(2026, 12, 4)) is AnnuityState.LAPSED
    thing.annuity_paid_through = 20
    assert annuity_state(thing, date(2039, 6, 3)) is AnnuityState.NONE


@given(DAYS)
def test_the_schedule_covers_the_term(filed_on: date) -> None:
    years = schedule(patent(filed_on, 0))
    assert [one.year for one in years] == list(range(1, 21))
    assert all(one.due_on < other.due_on for one, other in pairwise(years))
    assert years[-1].due_on < expiry(PatentKind.INVENTION, filed_on)
