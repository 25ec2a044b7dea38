"""At the instrument: start, finish, correct; and sending to review what nobody finished."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import bounds, now
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.workdays import end_of_working_day
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.extending import free_rest, next_claimed
from app.equipment.reservations.hindrance import end_of_overrun
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import MAX_REASON, lock_reservation
from app.equipment.reservations.policy import ReservationPolicy, manages
from app.equipment.settings import settings
from app.equipment.usage.charging import charge_use
from app.equipment.usage.events import UseAccepted, UseRecorded, UseSentToReview, UseStarted
from app.equipment.usage.models import FORGOTTEN, IMPLAUSIBLE, LATE, OVERRUN, SECOND_PRESS, Use, UseState
from app.equipment.usage.policy import UsePolicy
from app.equipment.usage.presses import CLOCK_SKEW, is_too_old, link_presses, note_press, press_time, revive_missed
from app.settlement.models import Charge
from app.settlement.operations import finalise_charge


def start_use(
    actor: Actor, reservation: Reservation, *, pressed_at: datetime | None = None, device_key: str | None = None
) -> Use:
    """Begin a confirmed booking's use. `pressed_at` is the time of a press that was recorded offline.

    A repeated `device_key` gives the same use, and so does a second phone. A press that is too old goes to review.
    Raises Conflict when it is too early, another use runs, or the booking is not confirmed.
    """
    ensure(actor, ReservationPolicy.work, reservation, known_to=ReservationPolicy.view)
    at = press_time(pressed_at)
    lock_reservation(reservation)
    is_first = note_press(actor, reservation, "start", at, device_key)
    if not is_first or (device_key and reservation.state is ReservationState.IN_USE):
        return use_of(reservation.id)
    if pressed_at is not None and reservation.state is ReservationState.NO_SHOW:
        revive_missed(reservation, at)
    _check_startable(reservation, at)
    review = IMPLAUSIBLE if is_too_old(at) else LATE if _is_overtaken(reservation.instrument_id, at) else ""
    if not review:
        _close_running(reservation.instrument_id)
    reservation.state = ReservationState.IN_USE
    reservation.changed_at = now()
    use = Use(
        reservation_id=reservation.id,
        instrument_id=reservation.instrument_id,
        started_at=at,
        started_by_id=actor.user_id,
        state=UseState.REVIEW if review else UseState.RUNNING,
    )
    use.reservation = reservation
    running = Conflict(_l("This instrument is already in use."), code="in_use")
    with guard({"uses_one_running": running, "uses_reservation_id_key": running}):
        session.add(use)
    link_presses(reservation.id, use.id)
    record(actor, "use.start", use, {"at": at.isoformat()})
    if review:
        send_to_review(use, review)
    else:
        emit(UseStarted(use.id))
    return use


def _check_startable(reservation: Reservation, at: datetime) -> None:
    if reservation.state is not ReservationState.CONFIRMED:
        raise Conflict(
            _l("Only a confirmed booking can be started."),
            code="wrong_state",
            details={"state": reservation.state.value},
        )
    earliest = reservation.starts_at - timedelta(minutes=settings.number("early_start_minutes"))
    if at < earliest:
        zone = session.get_one(Instrument, reservation.instrument_id).timezone
        shown = f"{earliest.astimezone(zone):%Y-%m-%d %H:%M}"
        raise Conflict(
            _l("Too early: this booking can be started from %(time)s.", time=shown),
            code="too_early",
            details={"earliest": earliest.isoformat()},
        )


def running_use(instrument_id: UUID, *, lock: bool = False) -> Use | None:
    """The use that runs on an instrument, with its booking."""
    statement = (
        select(Use)
        .join(Use.reservation)
        .options(contains_eager(Use.reservation))
        .where(Use.instrument_id == instrument_id, Use.state == UseState.RUNNING)
    )
    return session.scalars(statement.with_for_update(of=Use) if lock else statement).one_or_none()


def _is_overtaken(instrument_id: UUID, at: datetime) -> bool:
    """Whether the next use was started before a late press of the one before it arrived."""
    running = running_use(instrument_id, lock=True)
    return running is not None and running.started_at > at


def _close_running(instrument_id: UUID) -> None:
    """A use that still runs when the next one starts goes to review: its end is proposed, never billed unseen."""
    running = running_use(instrument_id, lock=True)
    if running is not None:
        if running.reservation.ends_at > now():
            raise Conflict(_l("This instrument is already in use."), code="in_use")
        send_to_review(running, OVERRUN)


def use_of(reservation_id: UUID) -> Use:
    """The use of a booking as it is now, with the booking. Raises Conflict when it was never started."""
    use = session.scalars(
        select(Use)
        .options(joinedload(Use.reservation, innerjoin=True))
        .where(Use.reservation_id == reservation_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if use is None:
        raise Conflict(_l("This booking has not been started."), code="wrong_state")
    return use


def finish_use(
    actor: Actor,
    reservation: Reservation,
    *,
    pressed_at: datetime | None = None,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    consumables: dict[str, int] | None = None,
    fault: str = "",
    device_key: str | None = None,
) -> Use:
    """End the use and price it; a technician may set the end within a day of the press, a manager both ends.

    A repeated `device_key` gives the same use; of two phones the first wins and the other one's time is kept for a
    manager. A press from a phone that is too old or before the start goes to review.
    Raises Conflict when nothing runs, Invalid for impossible times, Forbidden for a start set by a technician.
    """
    ensure(actor, ReservationPolicy.work, reservation, known_to=ReservationPolicy.view)
    at = press_time(pressed_at)
    lock_reservation(reservation)
    use = use_of(reservation.id)
    if not note_press(actor, reservation, "finish", at, device_key):
        return use
    link_presses(reservation.id, use.id)
    late = use.state is UseState.REVIEW and use.review_reason == LATE
    if use.state is not UseState.RUNNING and not late:
        return _second_finish(actor, use, at, is_from_phone=pressed_at is not None and device_key is not None)
    if pressed_at is not None and (is_too_old(at) or (ended_at or at) <= use.started_at):
        use.consumables = {code: quantity for code, quantity in (consumables or {}).items() if quantity}
        use.fault = fault.strip()[:500]
        send_to_review(use, IMPLAUSIBLE)
        return use
    _check_may_set(actor, reservation, at, started_at, ended_at)
    end_of_overrun(reservation)
    recorded = _record_use(actor, use, started_at or use.started_at, ended_at or at, consumables or {}, fault)
    free_rest(actor, reservation, ended_at or at)
    return recorded


def _second_finish(actor: Actor, use: Use, at: datetime, *, is_from_phone: bool) -> Use:
    """The first phone has won; what another one says is kept, and shown to a manager when it differs."""
    if not is_from_phone:
        raise Conflict(_l("This use has been finished already."), code="wrong_state")
    if use.state is UseState.TO_CONFIRM and use.ended_at is not None and abs(at - use.ended_at) > CLOCK_SKEW:
        use.review_reason = SECOND_PRESS
        session.flush()
        record(actor, "use.second_press", use, {"at": at.isoformat()})
        emit(UseSentToReview(use.id))
    return use


def _check_may_set(
    actor: Actor, reservation: Reservation, at: datetime, started_at: datetime | None, ended_at: datetime | None
) -> None:
    if manages(actor, reservation):
        return
    if started_at is not None:
        raise Forbidden(_l("A manager corrects the start."), details={"needs": manages.needs})
    if ended_at is not None and abs(at - ended_at) > timedelta(days=1):
        raise Forbidden(_l("A manager sets an end that is a day away."), details={"needs": manages.needs})


def correct_use(
    actor: Actor, use: Use, *, started_at: datetime, ended_at: datetime, consumables: dict[str, int], reason: str
) -> Use:
    """A manager sets the recorded hours, before they are accepted; the customer is asked anew. Whoever recorded them
    may correct them on the same day."""
    ensure(actor, UsePolicy.correct, use, known_to=UsePolicy.view)
    lock_reservation(use.reservation)
    session.refresh(use, with_for_update={"of": Use})
    if use.state is UseState.ACCEPTED:
        raise Conflict(_l("These hours are accepted. A credit note corrects them."), code="wrong_state")
    if use.state is UseState.OBJECTED:
        raise Conflict(_l("The customer objects to these hours. Answer the objection."), code="wrong_state")
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Invalid(_l("Say why; the customer reads it."), field="reason")
    _check_not_given_away(use.reservation, ended_at)
    return _record_use(actor, use, started_at, ended_at, consumables, use.fault, reason.strip())


def _check_not_given_away(reservation: Reservation, ended_at: datetime) -> None:
    """An early finish gave the rest of a booking back. Raises Conflict for hours in it while it is somebody else's."""
    if reservation.booked_period is None or ended_at <= reservation.ends_at:
        return
    following = next_claimed(reservation)
    if following is None or following >= ended_at:
        return
    zone = session.get_one(Instrument, reservation.instrument_id).timezone
    raise Conflict(
        _l(
            "The rest of this booking was given back; from %(time)s on it is somebody else’s. "
            "Hours after that cannot be recorded for it.",
            time=f"{following.astimezone(zone):%Y-%m-%d %H:%M}",
        ),
        code="given_away",
        field="ended_at",
        details={"taken_from": following.isoformat()},
    )


def _record_use(
    actor: Actor,
    use: Use,
    started_at: datetime,
    ended_at: datetime,
    consumables: dict[str, int],
    fault: str,
    reason: str = "",
) -> Use:
    _check_times(use, started_at, ended_at)
    before = [use.started_at.isoformat(), use.ended_at.isoformat() if use.ended_at else None]
    use.started_at, use.ended_at = started_at, ended_at
    use.ended_by_id = actor.user_id
    use.consumables = {code: quantity for code, quantity in consumables.items() if quantity}
    use.fault = fault.strip()[:500]
    use.review_reason = reason
    reservation = use.reservation
    reservation.state = ReservationState.FINISHED
    reservation.changed_at = now()
    use.state = UseState.TO_CONFIRM
    use.answer_due_at = end_of_working_day(settings.number("acceptance_days"))
    charge_use(actor, use, reservation, use.answer_due_at)
    session.flush()
    record(actor, "use.record", use, {"hours": [before, [started_at.isoformat(), ended_at.isoformat()]]})
    emit(UseRecorded(use.id))
    if reservation.is_internal:
        _accept(SYSTEM, use)
    return use


def _check_times(use: Use, started_at: datetime, ended_at: datetime) -> None:
    if ended_at <= started_at:
        raise Invalid(_l("The end must be later than the start."), field="ended_at", code="empty_period")
    if ended_at > now() + CLOCK_SKEW:
        raise Invalid(_l("This time lies in the future."), field="ended_at")
    booked_from, booked_to = bounds(use.reservation.booked)
    if started_at < booked_from - timedelta(days=1) or ended_at > booked_to + timedelta(days=7):
        raise Invalid(_l("This is far from the booked time."), field="started_at", code="implausible")


def _accept(actor: Actor, use: Use) -> None:
    use.state = UseState.ACCEPTED
    use.accepted_at = now()
    assert use.charge_id is not None  # noqa: S101 recorded uses are charged
    finalise_charge(actor, session.get_one(Charge, use.charge_id))
    session.flush()
    record(actor, "use.accept", use)
    emit(UseAccepted(use.id))


def accept_use(actor: Actor, use: Use) -> Use:
    """The customer accepts the recorded hours; the charge is final."""
    ensure(actor, UsePolicy.answer, use, known_to=UsePolicy.view)
    session.refresh(use, with_for_update={"of": Use})
    if use.state is UseState.ACCEPTED:
        return use
    if use.state is not UseState.TO_CONFIRM:
        raise Conflict(_l("There is nothing to accept at the moment."), code="wrong_state")
    _accept(actor, use)
    return use


def accept_silent_uses() -> int:
    """Silence accepts: uses whose window has run; returns how many."""
    due = session.scalars(
        select(Use)
        .options(joinedload(Use.reservation, innerjoin=True))
        .where(Use.state == UseState.TO_CONFIRM, Use.answer_due_at <= now())
        .order_by(Use.id)
        .limit(200)
        .with_for_update(of=Use, skip_locked=True)
    ).all()
    for use in due:
        _accept(SYSTEM, use)
    return len(due)


def send_to_review(use: Use, reason: str) -> None:
    """Take a use off the instrument whose end nobody pressed; a manager sets it, the booked end is proposed."""
    use.state = UseState.REVIEW
    use.review_reason = reason
    reservation = use.reservation
    end_of_overrun(reservation)
    reservation.state = ReservationState.FINISHED
    reservation.changed_at = now()
    session.flush()
    record(SYSTEM, "use.review", use, {"reason": reason})
    emit(UseSentToReview(use.id))


def review_forgotten_uses() -> int:
    """Send uses to review that run long after their booking ended; returns how many.

    One that somebody finishes at this moment is left to them.
    """
    limit = now() - timedelta(hours=settings.number("review_after_hours"))
    running = session.scalars(
        select(Use)
        .join(Use.reservation)
        .options(contains_eager(Use.reservation))
        .where(Use.state == UseState.RUNNING, Use.started_at < limit)
        .with_for_update(of=(Use, Reservation), skip_locked=True)
    ).all()
    forgotten = [use for use in running if use.reservation.ends_at < limit]
    for use in forgotten:
        send_to_review(use, FORGOTTEN)
    return len(forgotten)
