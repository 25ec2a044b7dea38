"""Days of licences: zone, month ends, leap years, reminders, void notices, instalments (实施细则 rules 5, 87)."""

import calendar
from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.db import session
from app.core.workdays import is_working_day
from app.ledger.subjects import subjects_of
from app.market.licences.clocks import end_by_time, filing_deadline, is_filing_late, tend_filing, tend_notice
from app.market.licences.instalments import tend_instalment
from app.market.licences.models import Licence, LicenceState
from app.market.licences.operations import end_licence
from app.market.licences.queries import instalments_of
from app.market.open_licences.models import PriceForm
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.world import at, heard, note_of, noticed, pay

DAY = date(2027, 9, 3)


def three_months_on(day: date) -> date:
    """The plain model: the same day of the month, else the last one there is."""
    month, year = (day.month + 3, day.year) if day.month <= 9 else (day.month - 9, day.year + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@pytest.mark.parametrize(("hour", "minute", "received"), [(23, 59, DAY), (0, 1, DAY + timedelta(days=1))])
def test_a_notice_is_received_on_the_day_at_home(hour: int, minute: int, received: date) -> None:
    """专利法 art. 51: 23:59 and 00:01 Beijing time are two days, though one day in UTC."""
    with time_machine.travel(at(DAY if hour else DAY + timedelta(days=1), hour, minute), tick=False):
        licence = noticed(make_open_licence(price_form=PriceForm.FREE))
        assert licence.received_on == licence.effective_on == received


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dates(date(2027, 1, 1), date(2032, 12, 31)), st.integers(-5, 25))
def test_effective_and_filing_day_are_those_of_the_plain_model(day: date, later: int) -> None:
    """专利法 art. 51, rule 87, rule 5: the later day; three months on, clipped at month ends and in leap years."""
    with time_machine.travel(at(day), tick=False) as clock:
        licence = noticed(make_open_licence(make_patent(expires_on=date(2060, 1, 1))))
        value_on = day + timedelta(days=later)
        clock.move_to(at(max(day, value_on)))
        pay(note_of(licence), value_on)
        session.refresh(licence)
        assert licence.effective_on == max(day, value_on)
        assert licence.filing_due_on == three_months_on(max(day, value_on))
        deadline = filing_deadline(licence)
        assert deadline is not None
        assert deadline >= licence.filing_due_on
        assert is_working_day(deadline)
        assert not is_filing_late(licence, deadline)
        assert is_filing_late(licence, deadline + timedelta(days=1))


def test_an_unpaid_notice_is_reminded_three_times_and_then_void() -> None:
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(make_open_licence())
        done = []
        for days in range(31):
            clock.move_to(at(DAY + timedelta(days=days)))
            if tend_notice(licence.id):
                done.append(days)
            assert not tend_notice(licence.id)
        heard()
        assert done == [3, 15, 25, 30]
        assert (licence.state, note_of(licence).state) == (LicenceState.VOID, FeeNoteState.VOID)


def test_the_filing_is_reminded_and_a_late_one_only_flagged() -> None:
    """实施细则 rule 87: late is a flag, the licence stands."""
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(make_open_licence(price_form=PriceForm.FREE))
        due = licence.filing_due_on
        assert due is not None
        left = []
        for days in range(61, -6, -1):
            clock.move_to(at(due - timedelta(days=days)))
            if tend_filing(licence.id):
                left.append(days)
        heard()
        assert left[:4] == [60, 30, 10, 3]
        assert len(left) == 5
        assert left[4] < 0
        assert licence.state is LicenceState.EFFECTIVE


def test_a_term_ends_on_its_day() -> None:
    with time_machine.travel(at(date(2028, 2, 29)), tick=False) as clock:
        licence = noticed(make_open_licence(price_form=PriceForm.FREE, term_months=12))
        assert licence.ends_on == date(2029, 2, 28)
        clock.move_to(at(date(2029, 2, 27)))
        assert not end_by_time(licence.id)
        clock.move_to(at(date(2029, 2, 28)))
        assert end_by_time(licence.id)
        assert (licence.state, licence.ended_on) == (LicenceState.ENDED, date(2029, 2, 28))


def in_parts() -> Licence:
    parts = [{"months": 0, "minor": 700}, {"months": 1, "minor": 300}, {"months": 12, "minor": 200}]
    licence = noticed(make_open_licence(price_form=PriceForm.INSTALMENTS, instalments=parts))
    pay(note_of(licence))
    session.refresh(licence)
    return licence


def test_instalments_are_asked_for_in_time_and_earned_when_paid_or_due() -> None:
    with time_machine.travel(at(date(2028, 1, 31)), tick=False) as clock:
        second, third = instalments_of(in_parts().id)
        assert (second.due_on, third.due_on) == (date(2028, 2, 29), date(2029, 1, 31))
        assert tend_instalment(second.id)
        assert not tend_instalment(third.id)
        assert second.fee_note_id is not None
        licence_id = second.licence_id
        wanted = (("licences", licence_id), ("licence_instalments", second.id))
        leads = {(found.endpoint, found.arguments) for found in subjects_of(wanted).values()}
        assert leads == {("licences.show", (("licence_id", licence_id),))}
        pay(session.get_one(FeeNote, second.fee_note_id))
        session.refresh(second)
        assert second.is_closed
        clock.move_to(at(date(2029, 1, 1)))
        assert tend_instalment(third.id)
        clock.move_to(at(date(2029, 1, 31)))
        assert tend_instalment(third.id)
        assert third.is_closed
        assert third.fee_note_id is not None
        note = session.get_one(FeeNote, third.fee_note_id)
        assert (note.state, note.charge_id is not None) == (FeeNoteState.OPEN, True)
        assert not tend_instalment(third.id)


def test_what_falls_due_after_the_end_is_not_owed() -> None:
    with time_machine.travel(at(date(2028, 1, 31)), tick=False):
        licence = in_parts()
        second, _third = instalments_of(licence.id)
        tend_instalment(second.id)
        end_licence(licence, date(2028, 2, 10), "rescinded")
        assert second.fee_note_id is not None
        assert session.get_one(FeeNote, second.fee_note_id).state is FeeNoteState.VOID
        assert all(part.is_closed for part in instalments_of(licence.id))
