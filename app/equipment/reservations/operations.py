"""What happens to a booking after it was made: answered, cancelled, moved, withdrawn, expired, missed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.audit import record
from app.core.clock import Period, bounds, minutes, now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import Event, emit
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.policy import ensure
from app.equipment.reservations.booking import answer_deadline, needs_answer, slot_taken
from app.equipment.reservations.events import (
    FeeWaived,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationExpired,
    ReservationMissed,
    ReservationMoved,
    ReservationWithdrawn,
)
from app.equipment.reservations.hindrance import is_cancellable, is_hindered, is_movable
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.policy import ReservationPolicy, moves_for_customer
from app.equipment.reservations.proposals import check_proposal
from app.equipment.reservations.sheet import (
    BookingSheet,
    booking_sheet,
    ensure_within_unverified_limit,
)
from app.equipment.schedule.cancellation import CancellationRules, cancellation_fee, no_show_fee
from app.equipment.schedule.claims import lock_instruments, move, release
from app.equipment.schedule.slots import check_slot
from app.equipment.settings import settings
from app.equipment.tariffs.models import Tariff
from app.equipment.tariffs.pricing import Quote, price
from app.equipment.tariffs.terms import PayerClass, Terms
from app.settlement.models import ChargeKind, ChargeState
from app.settlement.queries import live_charge

MAX_REASON = 500


def lock_reservation(reservation: Reservation) -> Reservation:
    """Take the instrument's lock, then the row, and look at it anew: two answers at once become one and a refusal."""
    lock_instruments([reservation.instrument_id])
    session.refresh(reservation, with_for_update={"of": Reservation})
    return reservation


def _become(reservation: Reservation, state: ReservationState) -> None:
    if not reservation.can_become(state):
        raise Conflict(
            _l("This booking has moved on meanwhile; look at it again."),
            code="wrong_state",
            details={"state": reservation.state.value},
        )
    reservation.state = state
    reservation.changed_at = now()
    reservation.revision += 1


def _finish_change(actor: Actor, action: str, reservation: Reservation, event: Event, **changes: Any) -> Reservation:
    session.flush()
    record(actor, action, reservation, {"state": reservation.state.value, **changes})
    emit(event)
    return reservation


def approve_reservation(actor: Actor, reservation: Reservation) -> Reservation:
    """Confirm a request. Raises Conflict when it was answered, cancelled or ran out meanwhile."""
    ensure(actor, ReservationPolicy.answer, reservation, known_to=ReservationPolicy.view)
    lock_reservation(reservation)
    if reservation.state is ReservationState.PENDING and not reservation.is_upcoming:
        raise Conflict(_l("Its time has begun; it can only be declined."), code="too_late")
    if not session.get_one(Organisation, reservation.payer_id).is_verified:
        raise Conflict(
            _l("The customer is not verified by the operator yet. The request can be approved as soon as it is."),
            code="unverified",
        )
    _become(reservation, ReservationState.CONFIRMED)
    _answered(actor, reservation)
    return _finish_change(
        actor, "reservation.approve", reservation, ReservationConfirmed(reservation.id, reservation.revision)
    )


def confirm_requests_of(organisation_id: UUID) -> list[Reservation]:
    """An organisation has been verified: what waited for that alone is confirmed. Running it twice changes nothing.

    Returns the requests that wait for the institution's approval still, and can be answered now.
    """
    found = session.scalars(
        select(Reservation)
        .where(Reservation.payer_id == organisation_id, Reservation.state == ReservationState.PENDING)
        .order_by(Reservation.instrument_id, Reservation.id)
    ).all()
    waiting = []
    for reservation in found:
        lock_reservation(reservation)
        due = reservation.answer_due_at
        if reservation.state is not ReservationState.PENDING or due is None or due <= now():
            continue
        payer = session.get_one(Organisation, organisation_id)
        sheet = booking_sheet(reservation.instrument_id, bounds(reservation.period))
        if needs_answer(sheet, PayerClass(reservation.payer_class), payer):
            waiting.append(reservation)
            continue
        _become(reservation, ReservationState.CONFIRMED)
        event = ReservationConfirmed(reservation.id, reservation.revision)
        _finish_change(SYSTEM, "reservation.confirm", reservation, event)
    return waiting


def decline_reservation(
    actor: Actor, reservation: Reservation, reason: str, proposed: Period | None = None
) -> Reservation:
    """Decline a request with a reason that the customer reads; the time is free again.

    `proposed` is one other time that the customer is offered first. Raises what `check_proposal` raises.
    """
    ensure(actor, ReservationPolicy.answer, reservation, known_to=ReservationPolicy.view)
    text = _reason(reason)
    lock_reservation(reservation)
    _propose(reservation, proposed)
    _become(reservation, ReservationState.DECLINED)
    reservation.decline_reason = text
    reservation.cancellation_fee_minor = 0  # due before a move: the institution that says no asks nothing
    _answered(actor, reservation)
    release(reservation.id, reservation.instrument_id)
    return _finish_change(actor, "reservation.decline", reservation, ReservationDeclined(reservation.id))


def _propose(reservation: Reservation, proposed: Period | None) -> None:
    if proposed is not None:
        check_proposal(reservation, proposed)
        reservation.proposed_period = proposed


def _answered(actor: Actor, reservation: Reservation) -> None:
    reservation.answered_at = now()
    reservation.answered_by_id = actor.user_id


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise Invalid(_l("Give a reason; the customer reads it."), field="reason")
    return reason


def fee_of_cancelling(reservation: Reservation) -> Money:
    """What cancelling costs at this moment: nothing while the use before runs over into it, and nothing for a request,
    unless a fee was due already when a booking was moved and so became a request again (flows.md §1c)."""
    if is_hindered(reservation):
        return Money(0, reservation.currency)
    if reservation.state is ReservationState.PENDING:
        return Money(reservation.cancellation_fee_minor, reservation.currency)
    rules = CancellationRules.from_json(reservation.cancellation)
    total = Money(reservation.estimate_minor, reservation.currency)
    due = cancellation_fee(rules, total, reservation.starts_at, now())
    # Moving never resets a fee that was already due (flows.md §1c).
    return Money(max(due.minor, reservation.cancellation_fee_minor), reservation.currency)


def cancel_reservation(
    actor: Actor, reservation: Reservation, *, shown_fee: Money | None = None, reason: str = ""
) -> Reservation:
    """Cancel for the fee of this moment. If a lower one was shown nothing is done and the new one is told."""
    ensure(actor, ReservationPolicy.cancel, reservation, known_to=ReservationPolicy.view)
    lock_reservation(reservation)
    if reservation.can_become(ReservationState.CANCELLED) and not is_cancellable(reservation):
        raise Conflict(_l("Its time has begun; it can no longer be cancelled."), code="too_late")
    fee = fee_of_cancelling(reservation)
    if shown_fee is not None and fee.minor > shown_fee.minor:
        raise Conflict(
            _l("Cancelling costs more by now. Look at the fee and confirm."),
            code="fee_changed",
            details={"fee": fee.as_json()},
        )
    _become(reservation, ReservationState.CANCELLED)
    reservation.cancelled_at = now()
    reservation.cancel_reason = reason.strip()[:MAX_REASON]
    reservation.cancellation_fee_minor = fee.minor
    release(reservation.id, reservation.instrument_id)
    return _finish_change(actor, "reservation.cancel", reservation, ReservationCancelled(reservation.id), fee=fee.minor)


def withdraw_reservation(
    actor: Actor, reservation: Reservation, reason: str, proposed: Period | None = None
) -> Reservation:
    """The institution takes a booking back, with a reason; the customer pays nothing and is offered other times.

    `proposed` is the one that the customer is offered first. Raises what `check_proposal` raises.
    """
    ensure(actor, ReservationPolicy.withdraw, reservation, known_to=ReservationPolicy.view)
    text = _reason(reason)
    lock_reservation(reservation)
    _propose(reservation, proposed)
    _become(reservation, ReservationState.CANCELLED)
    reservation.cancelled_at = now()
    reservation.cancel_reason = text
    reservation.cancellation_fee_minor = 0
    release(reservation.id, reservation.instrument_id)
    return _finish_change(actor, "reservation.withdraw", reservation, ReservationWithdrawn(reservation.id))


def waive_fee(actor: Actor, reservation: Reservation) -> Reservation:
    """Let a late cancellation or a no-show cost nothing; only before the fee is billed."""
    ensure(actor, ReservationPolicy.waive, reservation, known_to=ReservationPolicy.view)
    if not reservation.cancellation_fee_minor or reservation.is_fee_waived:
        raise Conflict(_l("There is no fee to waive."), code="wrong_state")
    for kind in (ChargeKind.CANCELLATION_FEE, ChargeKind.NO_SHOW_FEE):
        charge = live_charge("reservations", reservation.id, kind)
        if charge is not None and charge.state is ChargeState.BILLED:
            raise Conflict(_l("This fee is billed. Issue a credit note instead."), code="billed")
    reservation.is_fee_waived = True
    session.flush()
    record(actor, "reservation.waive_fee", reservation, {"fee": [reservation.cancellation_fee_minor, 0]})
    emit(FeeWaived(reservation.id))
    return reservation


def price_of_move(reservation: Reservation, stretch: Period) -> Quote:
    """What the booking costs at another time, by the tariff it was made with."""
    terms = Terms.from_json(session.get_one(Tariff, reservation.tariff_id).terms)
    payer = PayerClass(reservation.payer_class)
    return price(terms, payer, minutes(stretch), with_operator=reservation.with_operator)


def move_reservation(actor: Actor, reservation: Reservation, stretch: Period) -> Reservation:
    """Move a booking to another free time, at the prices it was made with. The old time is given up at once.

    On an instrument that needs approval a customer's move makes a request of it again; the institution's own move does
    not. A fee that was due for cancelling stays due. Raises Conflict with `alternatives` when the time is taken.
    """
    ensure(actor, ReservationPolicy.move, reservation, known_to=ReservationPolicy.view)
    lock_reservation(reservation)
    if not is_movable(reservation):
        raise Conflict(_l("This booking can no longer be moved."), code="wrong_state")
    sheet = booking_sheet(reservation.instrument_id, bounds(stretch))
    check_slot(sheet.rules, sheet.zone, sheet.opening(bounds(stretch)), stretch, now())
    asks = asks_anew(actor, reservation, sheet)
    due, quote = fee_of_cancelling(reservation), price_of_move(reservation, stretch)
    payer = session.get_one(Organisation, reservation.payer_id)
    ensure_within_unverified_limit(payer, quote.total, settings.number("unverified_limit_minor"))
    if not move(reservation.id, reservation.instrument_id, stretch):
        raise slot_taken(reservation.instrument_id, stretch)
    before = reservation.period
    reservation.period = stretch
    if asks:
        _ask_anew(reservation)
    elif reservation.answer_due_at is not None and reservation.state is ReservationState.PENDING:
        reservation.answer_due_at = min(reservation.answer_due_at, answer_deadline(bounds(stretch)[0]))
    reservation.estimate_minor = quote.total.minor
    reservation.quote = quote.to_json()
    reservation.cancellation_fee_minor = due.minor
    reservation.changed_at = now()
    reservation.revision += 1
    return _finish_change(
        actor,
        "reservation.move",
        reservation,
        ReservationMoved(reservation.id, reservation.revision),
        period=[[edge.isoformat() for edge in bounds(before)], [edge.isoformat() for edge in bounds(stretch)]],
    )


def asks_anew(actor: Actor, reservation: Reservation, sheet: BookingSheet) -> bool:
    """Whether moving this booking needs the institution's approval once more."""
    if reservation.state is not ReservationState.CONFIRMED or moves_for_customer(actor, reservation):
        return False
    payer = session.get_one(Organisation, reservation.payer_id)
    return needs_answer(sheet, PayerClass(reservation.payer_class), payer)


def _ask_anew(reservation: Reservation) -> None:
    reservation.state = ReservationState.PENDING
    reservation.requested_at = now()
    reservation.answer_due_at = answer_deadline(reservation.starts_at)
    reservation.answered_at = reservation.answered_by_id = None


def expire_requests() -> int:
    """Let requests that nobody answered in time run out, at no cost; returns how many."""
    due = session.scalars(
        select(Reservation)
        .where(Reservation.state == ReservationState.PENDING, Reservation.answer_due_at <= now())
        .order_by(Reservation.instrument_id, Reservation.id)
        .limit(200)
    ).all()
    expired = 0
    for reservation in due:
        lock_reservation(reservation)
        if reservation.state is not ReservationState.PENDING:
            continue
        _become(reservation, ReservationState.EXPIRED)
        reservation.cancellation_fee_minor = 0
        release(reservation.id, reservation.instrument_id)
        _finish_change(SYSTEM, "reservation.expire", reservation, ReservationExpired(reservation.id))
        expired += 1
    return expired


def mark_no_shows() -> int:
    """Close bookings that nobody started: everything that began earlier than the limit, however late we look.

    Whoever could not start because the use before ran over has the same time from its end on."""
    limit = now() - timedelta(minutes=settings.number("no_show_minutes"))
    due = session.scalars(
        select(Reservation)
        .where(
            Reservation.state == ReservationState.CONFIRMED,
            func.greatest(func.lower(Reservation.period), Reservation.delayed_until) <= limit,
        )
        .order_by(Reservation.instrument_id, Reservation.id)
        .limit(200)
    ).all()
    missed = 0
    for reservation in due:
        lock_reservation(reservation)
        if reservation.state is not ReservationState.CONFIRMED or is_hindered(reservation):
            continue
        rules = CancellationRules.from_json(reservation.cancellation)
        fee = no_show_fee(rules, Money(reservation.estimate_minor, reservation.currency))
        _become(reservation, ReservationState.NO_SHOW)
        reservation.cancellation_fee_minor = fee.minor
        release(reservation.id, reservation.instrument_id)
        event = ReservationMissed(reservation.id)
        _finish_change(SYSTEM, "reservation.no_show", reservation, event, fee=fee.minor)
        missed += 1
    return missed
