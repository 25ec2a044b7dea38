"""What follows: fees for not coming, acceptance with the month, and who is told."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import Role
from app.core.clock import bounds
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import relay
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.events import ReservationMissed
from app.equipment.reservations.operations import cancel_reservation, mark_no_shows, waive_fee
from app.equipment.usage.charging import fee_charge
from app.equipment.usage.disputes import answer_objection, escalate_objection, mark_overdue_objections
from app.equipment.usage.handlers import charge_no_show
from app.equipment.usage.models import UseState
from app.equipment.usage.notices import compose_hours, remind_of_hours, warn_of_overruns
from app.equipment.usage.operations import accept_use, finish_use, start_use
from app.notifications.digests import compose_digests
from app.notifications.kinds import DigestPart, sentence_of
from app.notifications.models import DigestEntry, Mail, Notification
from app.settlement.models import ChargeState
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator
from tests.equipment.factories import slot
from tests.equipment.usage.factories import make_case, make_objected, make_recorded, make_started


def told(kind: str) -> list[Notification]:
    return list(session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.id)))


def mails(key: str) -> list[Mail]:
    return list(session.scalars(select(Mail).where(Mail.key.startswith(key))))


def test_a_late_cancellation_is_charged_once() -> None:
    case = make_case()
    with case.at(-60):
        cancel_reservation(case.customer, case.reservation)
        relay()
        relay()
    charge = fee_charge(case.reservation.id)
    assert charge is not None
    assert (charge.total_minor, charge.state) == (55_000, ChargeState.FINAL)
    assert charge.payer_id == case.customer.organisation_id


def test_a_no_show_is_charged_and_a_waived_fee_is_void() -> None:
    case = make_case()
    with case.at(31):
        mark_no_shows()
        relay()
        charge = fee_charge(case.reservation.id)
        assert charge is not None
        assert charge.total_minor == 110_000
        waive_fee(case.manager, case.reservation)
        relay()
        charge_no_show(ReservationMissed(case.reservation.id))
    assert fee_charge(case.reservation.id) is None
    assert charge.state is ChargeState.VOID


def test_a_billed_fee_is_not_waived() -> None:
    with time_machine.travel("2026-10-20T02:00:00+00:00", tick=False):
        case = make_case()
    with case.at(31):
        mark_no_shows()
    relay()
    with time_machine.travel("2026-11-02T02:00:00+00:00", tick=False):
        close_month(make_operator(), date(2026, 10, 1))
    session.expire_all()
    with pytest.raises(Conflict, match="credit note"):
        waive_fee(case.manager, case.reservation)


def test_a_start_pressed_without_network_voids_the_no_show_fee() -> None:
    case = make_case()
    with case.at(31):
        mark_no_shows()
        relay()
    with case.at(90):
        start_use(case.technician, case.reservation, pressed_at=case.starts_at, device_key="1")
        relay()
    assert fee_charge(case.reservation.id) is None


def test_a_closed_month_accepts_what_was_not_confirmed() -> None:
    with time_machine.travel("2026-10-20T02:00:00+00:00", tick=False):
        case, use = make_recorded()
    with time_machine.travel("2026-10-26T02:00:00+00:00", tick=False):
        close_month(make_operator(), bounds(case.reservation.period)[0].date().replace(day=1))
    session.expire_all()
    assert use.state is UseState.TO_CONFIRM
    relay()
    assert use.state is UseState.ACCEPTED
    accept_use(case.customer, use)


def test_customers_are_asked_in_the_application_and_by_one_mail_a_day() -> None:
    case, use = make_recorded()
    _other, second = make_recorded(make_case(customer=case.customer))
    with case.at(300):
        relay()
        relay()
    assert [notice.user_id for notice in told("use_to_confirm")] == [case.customer.user_id] * 2
    keys = list(session.scalars(select(DigestEntry.key).where(DigestEntry.kind == "use_to_confirm")))
    assert case.customer.user_id is not None
    part = DigestPart(case.customer.user_id, case.customer.organisation_id, "en", keys)
    composed = compose_hours(part)
    assert composed is not None
    subject, body = composed
    assert subject.startswith("Confirm 2 uses by")
    assert case.reservation.number in body
    with case.at(310):
        accept_use(case.customer, use)
        accept_use(case.customer, second)
    assert compose_hours(part) is None


def test_the_collected_mail_goes_out_at_half_past_eight() -> None:
    case, _use = make_recorded()
    relay()
    with case.at(60 * 24 * 3):
        assert compose_digests() >= 1
    assert len(mails("digest:use_to_confirm")) == 1


def test_a_reminder_comes_after_three_working_days_and_once() -> None:
    case, use = make_recorded()
    assert use.answer_due_at is not None
    with case.at(130):
        assert remind_of_hours() == 0
    with time_machine.travel(use.answer_due_at - timedelta(days=1), tick=False):
        assert remind_of_hours() == 1
        assert remind_of_hours() == 1
    assert len(told("use_to_confirm")) == 1
    assert case.reservation.id == use.reservation_id


def test_an_overrun_is_told_before_at_and_after_the_end_and_to_whoever_is_next() -> None:
    case, _use = make_started()
    other = make_reservation(make_actor(), case.instrument.id, slot(hour=11), purpose="x")
    for minute in (100, 106, 106, 120, 121, 151, 160):
        with case.at(minute):
            warn_of_overruns()
    assert [notice.user_id for notice in told("use_ending")] == [case.technician.user_id] * 2
    assert {notice.user_id for notice in told("use_overrun")} == {case.technician.user_id, case.manager.user_id}
    assert [notice.user_id for notice in told("use_before_yours")] == [other.booker_id]
    assert "31" in sentence_of(told("use_overrun")[0])
    assert len(mails("overrun:")) == 2


def test_both_sides_are_told_of_an_objection_its_answer_and_its_end() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    settler = make_operator(Role.SETTLEMENT)
    with case.at(300):
        relay()
        assert [notice.user_id for notice in told("use_objection")] == [case.manager.user_id]
        answer_objection(case.manager, objection, offered_minutes=180, answer="记录无误")
        relay()
        assert [notice.user_id for notice in told("use_objection_answered")] == [case.customer.user_id]
        escalate_objection(case.customer, objection)
        relay()
    assert settler.user_id in [notice.user_id for notice in told("use_objection_escalated")]
    assert mails("objection:")
    assert mails("objection_answered:")


def test_agreement_tells_both_sides_the_fee() -> None:
    case, objection = make_objected()
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=120, answer="同意")
        relay()
    assert {notice.user_id for notice in told("use_objection_settled")} == {case.customer.user_id, case.manager.user_id}
    assert not told("use_objection_answered")
    assert "1,100.00" in mails("objection_settled:")[0].subject


def test_a_silent_institution_is_told_to_the_customer() -> None:
    case, objection = make_objected()
    with time_machine.travel(objection.answer_due_at, tick=False):
        mark_overdue_objections()
        relay()
    assert [notice.user_id for notice in told("use_objection_overdue")] == [case.customer.user_id]


def test_managers_hear_of_a_fault_and_of_hours_to_enter() -> None:
    make_recorded(fault="真空泵异响")
    relay()
    assert "真空泵异响" in sentence_of(told("use_fault")[0])
    other, _running = make_started()
    with other.at(60):
        finish_use(
            other.technician, other.reservation, pressed_at=other.starts_at - timedelta(minutes=1), device_key="1"
        )
        relay()
    assert other.manager.user_id in [notice.user_id for notice in told("use_in_review")]
