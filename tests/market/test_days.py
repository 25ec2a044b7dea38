"""Days of the market against slow plain models: midnight in Shanghai, ends of months, leap years, moved holidays."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.clock import today
from app.core.db import session
from app.core.workdays import working_day_from
from app.market.licences.clocks import filing_deadline, is_filing_late
from app.market.licences.models import LicenceState
from app.market.open_licences.models import PriceForm
from app.market.patents.models import LegalStatus, Patent, PatentKind
from app.market.patents.terms import AnnuityState, annuity_state, next_annuity
from tests.core.test_workdays import configure
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.world import note_of, noticed, pay

SOME = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
ANNOUNCED = date(2043, 5, 15)
# Far ahead, for what is announced is delivered by the clock of the database; around midnight in Shanghai (16:00 UTC),
# on days after which months and years are long or short.
DAYS = st.sampled_from([
    date(2044, 1, 31), date(2044, 2, 28), date(2044, 2, 29), date(2044, 3, 31), date(2044, 8, 31), date(2044, 11, 30),
    date(2044, 12, 31), date(2045, 2, 28), date(2045, 10, 31), date(2043, 11, 30),
])  # fmt: skip
SECONDS = st.sampled_from([-1, 0, 1, -3600, 3600])


def month_later(start: date, count: int) -> date:
    """The plain model of months: on to the month, then back from the day to one that it has."""
    year, month = start.year, start.month
    for _step in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = start.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


@SOME
@given(DAYS, SECONDS, st.integers(0, 40), st.none() | st.integers(1, 30))
@example(date(2044, 1, 31), 0, 1, 1)
@example(date(2044, 2, 29), -1, 0, 12)
def test_the_days_of_a_licence_are_those_of_the_plain_model(
    transaction: None, day: date, seconds: int, waited: int, months: int | None
) -> None:
    """专利法 art. 42, 51; rule 87: received on the day in Shanghai; effective, filed and over by the calendar."""
    instant = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=16, seconds=seconds)
    patent = make_patent(filed_on=date(2026, 3, 1), granted_on=date(2028, 3, 1), expires_on=date(2046, 3, 1),
                         annuity_paid_through=20)  # fmt: skip
    with time_machine.travel(instant, tick=False) as clock:
        received = (instant + timedelta(hours=8)).date()
        licence = noticed(make_open_licence(patent, announced_on=ANNOUNCED, term_months=months))
        assert licence.received_on == received == today()
        assert licence.void_on == received + timedelta(days=30)
        value_on = received + timedelta(days=min(waited, 29))
        clock.shift(timedelta(days=waited))
        pay(note_of(licence), value_on)
        session.refresh(licence)
    assert licence.state is LicenceState.EFFECTIVE
    assert licence.effective_on == value_on
    whole = date(2046, 3, 1) if months is None else min(month_later(value_on, months), date(2046, 3, 1))
    assert licence.ends_on == whole
    assert licence.filing_due_on == month_later(value_on, 3)


@SOME
@given(st.lists(st.integers(0, 20), max_size=12), DAYS)
def test_rule_87_the_last_day_for_filing_moves_with_the_holidays(
    transaction: None, gaps: Sequence[int], day: date
) -> None:
    """实施细则 rules 5, 87: shown without the roll; late only after the working day on which the term really ends."""
    due = month_later(day, 3)
    configure([due + timedelta(days=gap) for gap in gaps], [])
    with time_machine.travel(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=2), tick=False):
        licence = noticed(make_open_licence(make_patent(expires_on=date(2050, 1, 1)), price_form=PriceForm.FREE))
    last = due
    while last.isoweekday() > 5 or (last - due).days in gaps:
        last += timedelta(days=1)
    assert (licence.filing_due_on, filing_deadline(licence)) == (due, last)
    assert not is_filing_late(licence, last)
    assert is_filing_late(licence, last + timedelta(days=1))


@SOME
@given(DAYS, st.integers(3, 12), st.lists(st.integers(0, 240), max_size=60))
def test_rules_5_and_115_annuities_are_late_and_lost_by_the_configured_calendar(
    transaction: None, filed_on: date, paid: int, gaps: Sequence[int]
) -> None:
    """Paid, then late, then lost, each until the end of a working day; 5 % more for each month that is exceeded."""
    filed_on = filed_on.replace(year=filed_on.year - 10, day=min(filed_on.day, 28))
    patent = Patent(kind=PatentKind.INVENTION, filed_on=filed_on, legal_status=LegalStatus.IN_FORCE,
                    expires_on=filed_on.replace(year=filed_on.year + 20), annuity_paid_through=paid)  # fmt: skip
    begin = filed_on.replace(year=filed_on.year + paid)
    holidays = [begin + timedelta(days=gap) for gap in gaps]
    configure(holidays, [])

    def rolled(day: date) -> date:
        while day.isoweekday() > 5 or day in holidays:
            day += timedelta(days=1)
        return day

    due, lost = rolled(begin), rolled(month_later(begin, 6))
    found = next_annuity(patent)
    assert found is not None
    assert (found.year, found.due_on, found.late_until) == (paid + 1, due, lost)
    for number in range(-3, (lost - begin).days + 4):
        day = begin + timedelta(days=number)
        wanted = AnnuityState.PAID if day <= due else AnnuityState.LATE if day <= lost else AnnuityState.LAPSED
        assert annuity_state(patent, day) is wanted
        exceeded = sum(day > month_later(due, count) for count in (1, 2, 3, 4, 5))
        assert found.surcharge_minor(day) == found.full_minor * 5 * exceeded // 100


def test_a_worked_weekend_is_a_day_on_which_terms_end(transaction: None) -> None:
    saturday = date(2026, 10, 10)
    assert working_day_from(saturday) == date(2026, 10, 12)
    configure([], [saturday])
    assert working_day_from(saturday) == saturday


@pytest.mark.parametrize(
    ("value_on", "stands"), [(date(2044, 2, 28), True), (date(2044, 2, 29), True), (date(2044, 3, 1), False)]
)
def test_the_last_day_of_a_patent_still_makes_a_licence(transaction: None, value_on: date, *, stands: bool) -> None:
    """专利法 art. 42: up to and without the day on which the term is over, a leap day included."""
    patent = make_patent(filed_on=date(2024, 3, 1), granted_on=date(2026, 3, 1), expires_on=date(2044, 3, 1),
                         annuity_paid_through=20)  # fmt: skip
    with time_machine.travel(datetime(2044, 2, 20, tzinfo=UTC), tick=False) as clock:
        licence = noticed(make_open_licence(patent, announced_on=ANNOUNCED))
        clock.move_to(datetime(2044, 3, 1, 4, tzinfo=UTC))
        pay(note_of(licence), value_on)
        session.refresh(licence)
    assert (licence.state is LicenceState.EFFECTIVE) is stands
    assert licence.ends_on == (date(2044, 3, 1) if stands else None)
