"""Objected hours: agreed, offered, refused, decided; and that nothing else waits for them."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import Role
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.equipment.usage.disputes import (
    accept_offer,
    answer_objection,
    decide_objection,
    escalate_objection,
    mark_overdue_objections,
    object_to_use,
    take_silent_offers,
)
from app.equipment.usage.models import Use, UseObjection, UseState
from app.equipment.usage.notices import remind_of_offers
from app.notifications.models import Mail
from app.settlement.models import Charge, ChargeState
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator
from tests.equipment.usage.factories import make_case, make_objected, make_recorded


def use_of(objection: UseObjection) -> Use:
    return session.get_one(Use, objection.use_id)


def charge_of(objection: UseObjection) -> Charge:
    return session.get_one(Charge, use_of(objection).charge_id)


def test_an_objection_blocks_its_charge() -> None:
    _case, objection = make_objected()
    assert use_of(objection).state is UseState.OBJECTED
    assert charge_of(objection).state is ChargeState.OBJECTED


def test_agreement_settles_it_at_once_at_the_claimed_length() -> None:
    case, objection = make_objected(minutes=150, claimed=120)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=120, answer="同意")
    assert (objection.decided_minutes, use_of(objection).state) == (120, UseState.ACCEPTED)
    assert (charge_of(objection).total_minor, charge_of(objection).state) == (110_000, ChargeState.FINAL)


def test_the_customer_takes_an_offer_in_between() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=120, answer="各让一步")
        assert use_of(objection).state is UseState.OBJECTED
        accept_offer(case.customer, objection)
    assert charge_of(objection).total_minor == 110_000
    assert objection.decided_by_id == case.customer.user_id


def test_a_refusal_goes_to_the_operator_who_decides() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    operator = make_operator(Role.SETTLEMENT)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=180, answer="记录无误")
        with pytest.raises(Conflict, match="not waiting"):
            decide_objection(operator, objection, decided_minutes=90)
        escalate_objection(case.customer, objection)
        decide_objection(operator, objection, decided_minutes=90)
    assert charge_of(objection).total_minor == 20_000 + 50_000 + 20_000
    assert charge_of(objection).state is ChargeState.FINAL


def test_a_decision_lies_between_claim_and_record() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    with case.at(300):
        with pytest.raises(Invalid):
            answer_objection(case.manager, objection, offered_minutes=30, answer="x")
        answer_objection(case.manager, objection, offered_minutes=180, answer="x")
        escalate_objection(case.customer, objection)
        with pytest.raises(Invalid):
            decide_objection(make_operator(Role.SETTLEMENT), objection, decided_minutes=181)


def test_the_customer_turns_to_the_operator_when_the_institution_is_silent() -> None:
    case, objection = make_objected()
    with time_machine.travel(objection.answer_due_at - timedelta(minutes=1), tick=False):
        assert mark_overdue_objections() == 0
        with pytest.raises(Conflict, match="still has time"):
            escalate_objection(case.customer, objection)
    with time_machine.travel(objection.answer_due_at, tick=False):
        assert mark_overdue_objections() == 1
        assert mark_overdue_objections() == 0
        escalate_objection(case.customer, objection)
    assert objection.escalated_at == objection.overdue_at == objection.answer_due_at


def test_an_institution_answers_once() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=180, answer="x")
        with pytest.raises(Conflict, match="colleague"):
            answer_objection(case.manager, objection, offered_minutes=120, answer="y")


def test_the_claim_is_shorter_than_the_record_and_has_a_reason() -> None:
    case, use = make_recorded(minutes=120)
    with case.at(130):
        for claimed, reason in ((120, "x"), (0, "x"), (60, "  ")):
            with pytest.raises(Invalid):
                object_to_use(case.customer, use, claimed_minutes=claimed, reason=reason)


def test_who_may_object_answer_and_decide() -> None:
    case, objection = make_objected()
    with case.at(300):
        with pytest.raises(Missing):
            answer_objection(make_actor(), objection, offered_minutes=120, answer="x")
        with pytest.raises(Forbidden):
            answer_objection(case.technician, objection, offered_minutes=120, answer="x")
        with pytest.raises(Forbidden):
            accept_offer(case.manager, objection)
        with pytest.raises(Forbidden):
            decide_objection(make_operator(Role.AUDITOR), objection, decided_minutes=120)


def test_a_month_closes_without_waiting_for_an_objection() -> None:
    with time_machine.travel("2026-10-20T02:00:00+00:00", tick=False):
        case, objection = make_objected()
        other, use = make_recorded(make_case(customer=case.customer))
    with time_machine.travel("2026-11-02T02:00:00+00:00", tick=False):
        close_month(make_operator(), objection.raised_at.date().replace(day=1))
    session.expire_all()
    assert charge_of(objection).state is ChargeState.OBJECTED
    assert session.get_one(Charge, use.charge_id).state is ChargeState.BILLED
    assert other.reservation.id != case.reservation.id


def test_an_offer_that_nobody_answers_counts_as_taken_after_its_deadline() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=120, answer="各让一步")
        assert take_silent_offers() == 0
    due = objection.offer_due_at
    assert due is not None
    with time_machine.travel(due - timedelta(hours=30), tick=False):
        remind_of_offers()
        remind_of_offers()
        assert take_silent_offers() == 0
    assert len(session.scalars(select(Mail).where(Mail.key.startswith("offer_due:"))).all()) == 1
    with time_machine.travel(due, tick=False):
        assert take_silent_offers() == 1
        assert take_silent_offers() == 0
    assert (objection.decided_minutes, objection.decided_by_id) == (120, None)
    assert (charge_of(objection).total_minor, charge_of(objection).state) == (110_000, ChargeState.FINAL)


def test_an_offer_that_went_to_the_operator_waits_for_the_decision() -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=120, answer="各让一步")
        escalate_objection(case.customer, objection)
    with time_machine.travel(case.starts_at + timedelta(days=40), tick=False):
        assert take_silent_offers() == 0
    assert objection.is_open
