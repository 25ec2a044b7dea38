"""Disputed hours: the customer objects, the institution answers once, then the operator decides (flows.md §1i, §2).

Only the disputed use waits; everything else of the month goes on.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import readable_code
from app.core.policy import ensure
from app.core.workdays import end_of_working_day
from app.equipment.reservations.operations import lock_reservation
from app.equipment.settings import settings
from app.equipment.usage.charging import charge_use, used_minutes
from app.equipment.usage.events import (
    ObjectionAnswered,
    ObjectionDecided,
    ObjectionEscalated,
    ObjectionOverdue,
    UseAccepted,
    UseObjected,
)
from app.equipment.usage.models import Use, UseObjection, UseState
from app.equipment.usage.policy import UsePolicy
from app.settlement.models import Charge
from app.settlement.operations import finalise_charge, object_charge

MAX_TEXT = 1000


def object_to_use(actor: Actor, use: Use, *, claimed_minutes: int, reason: str) -> UseObjection:
    """Say that the recorded hours are wrong: the right length in minutes and why."""
    ensure(actor, UsePolicy.answer, use, known_to=UsePolicy.view)
    session.refresh(use, with_for_update={"of": Use})
    if use.state is not UseState.TO_CONFIRM:
        raise Conflict(_l("There is nothing to object to at the moment."), code="wrong_state")
    if not 1 <= claimed_minutes < used_minutes(use):
        raise Invalid(
            _l("Give the right length: at least a minute, shorter than what was recorded."), field="claimed_minutes"
        )
    text = _text(reason)
    assert use.charge_id is not None  # noqa: S101 recorded uses are charged
    object_charge(actor, session.get_one(Charge, use.charge_id), text)
    use.state = UseState.OBJECTED
    objection = UseObjection(
        use_id=use.id,
        number=f"D-{readable_code(6)}",
        recorded_minutes=used_minutes(use),
        claimed_minutes=claimed_minutes,
        reason=text,
        raised_by_id=actor.user_id,
        raised_at=now(),
        answer_due_at=end_of_working_day(settings.number("objection_days")),
    )
    session.add(objection)
    session.flush()
    record(actor, "use.object", use, {"claimed_minutes": claimed_minutes})
    emit(UseObjected(use.id, objection.id))
    return objection


def _text(text: str, *, field: str = "reason") -> str:
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise Invalid(_l("Say why; the other side reads it."), field=field)
    return text


def answer_objection(actor: Actor, objection: UseObjection, *, offered_minutes: int, answer: str) -> UseObjection:
    """The institution agrees (offers what was claimed), offers something between, or refuses (offers what it recorded).

    Agreement settles it at once; anything else goes back to the customer, who accepts it or turns to the operator.
    """
    use = _load_use(objection)
    ensure(actor, UsePolicy.reply, use, known_to=UsePolicy.view)
    if objection.answered_at is not None or use.state is not UseState.OBJECTED:
        raise Conflict(_l("A colleague has answered this already."), code="wrong_state")
    recorded = used_minutes(use)
    if not objection.claimed_minutes <= offered_minutes <= recorded:
        raise Invalid(_l("Offer something from what was claimed to what was recorded."), field="offered_minutes")
    objection.answer = _text(answer, field="answer")
    objection.offered_minutes = offered_minutes
    objection.answered_by_id = actor.user_id
    objection.answered_at = now()
    if offered_minutes == objection.claimed_minutes:
        _settle(actor, use, objection, offered_minutes)
    else:
        objection.offer_due_at = end_of_working_day(settings.number("offer_days"))
    session.flush()
    record(actor, "use.answer_objection", use, {"offered_minutes": offered_minutes})
    emit(ObjectionAnswered(use.id, objection.id))
    return objection


def accept_offer(actor: Actor, objection: UseObjection) -> UseObjection:
    """The customer takes the institution's offer."""
    use = _load_use(objection)
    ensure(actor, UsePolicy.answer, use, known_to=UsePolicy.view)
    if objection.offered_minutes is None or objection.decided_at is not None:
        raise Conflict(_l("There is no offer to accept."), code="wrong_state")
    _settle(actor, use, objection, objection.offered_minutes)
    record(actor, "use.accept_offer", use, {"minutes": objection.offered_minutes})
    return objection


def take_silent_offers() -> int:
    """Silence takes an offer whose time has run, so that no month hangs on it; returns how many were taken."""
    due = session.scalars(
        select(UseObjection)
        .where(
            UseObjection.decided_at.is_(None),
            UseObjection.escalated_at.is_(None),
            UseObjection.offer_due_at <= now(),
        )
        .order_by(UseObjection.id)
        .limit(200)
    ).all()
    taken = 0
    for objection in due:
        use = _load_use(objection)
        offered = objection.offered_minutes
        if not objection.is_open or objection.escalated_at is not None or offered is None:
            continue
        _settle(SYSTEM, use, objection, offered)
        record(SYSTEM, "use.take_silent_offer", use, {"minutes": offered})
        taken += 1
    return taken


def escalate_objection(actor: Actor, objection: UseObjection) -> UseObjection:
    """The customer turns to the operator after the institution's answer, or when it did not answer in time."""
    use = _load_use(objection)
    ensure(actor, UsePolicy.answer, use, known_to=UsePolicy.view)
    if objection.escalated_at is not None and objection.is_open:
        return objection
    if not objection.is_open:
        raise Conflict(_l("This objection is settled."), code="wrong_state")
    if not objection.is_escalatable:
        raise Conflict(_l("The institution still has time to answer."), code="too_early")
    objection.escalated_at = now()
    session.flush()
    record(actor, "use.escalate", use)
    emit(ObjectionEscalated(use.id, objection.id))
    return objection


def mark_overdue_objections() -> int:
    """Let customers turn to the operator where the institution's time has run; returns how many were marked."""
    due = session.scalars(
        select(UseObjection)
        .where(
            UseObjection.answered_at.is_(None),
            UseObjection.decided_at.is_(None),
            UseObjection.overdue_at.is_(None),
            UseObjection.answer_due_at <= now(),
        )
        .order_by(UseObjection.id)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()
    for objection in due:
        objection.overdue_at = now()
        emit(ObjectionOverdue(objection.use_id, objection.id))
    session.flush()
    return len(due)


def decide_objection(actor: Actor, objection: UseObjection, *, decided_minutes: int) -> UseObjection:
    """The operator decides the length that is charged, between what was claimed and what was recorded."""
    use = _load_use(objection)
    ensure(actor, UsePolicy.decide, use, known_to=UsePolicy.view)
    if objection.decided_at is not None or objection.escalated_at is None:
        raise Conflict(_l("This objection is not waiting for a decision."), code="wrong_state")
    if not objection.claimed_minutes <= decided_minutes <= used_minutes(use):
        raise Invalid(_l("Decide between what was claimed and what was recorded."), field="decided_minutes")
    _settle(actor, use, objection, decided_minutes)
    record(actor, "use.decide", use, {"minutes": decided_minutes})
    return objection


def _load_use(objection: UseObjection) -> Use:
    """Lock the booking, then the use and the objection, and look at all of them anew."""
    use = session.scalars(
        select(Use).options(joinedload(Use.reservation, innerjoin=True)).where(Use.id == objection.use_id)
    ).one()
    lock_reservation(use.reservation)
    session.refresh(use, with_for_update={"of": Use})
    session.refresh(objection, with_for_update={"of": UseObjection})
    return use


def _settle(actor: Actor, use: Use, objection: UseObjection, minutes: int) -> None:
    """Charge the agreed length: the start stays, the end moves. The charge is the system's business here, because
    the customer who takes an offer may not replace one."""
    recorded = used_minutes(use)
    objection.decided_minutes = minutes
    objection.decided_by_id = actor.user_id
    objection.decided_at = now()
    if minutes != recorded:
        use.ended_at = use.started_at + timedelta(minutes=minutes)
        charge_use(SYSTEM, use, use.reservation, None)
    use.state = UseState.ACCEPTED
    use.accepted_at = now()
    assert use.charge_id is not None  # noqa: S101 recorded uses are charged
    finalise_charge(SYSTEM, session.get_one(Charge, use.charge_id))
    session.flush()
    emit(UseAccepted(use.id), ObjectionDecided(use.id, objection.id))
