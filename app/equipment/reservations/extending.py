"""More time for a running use, and the rest of a booking freed when it ends early (flows.md §1h)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import bounds, now, period
from app.core.db import session
from app.core.errors import Conflict, DomainError, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.policy import ensure
from app.equipment.reservations.events import ReservationExtended, ReservationShortened
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import lock_reservation, price_of_move
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.reservations.sheet import BookingSheet, booking_sheet
from app.equipment.schedule.claims import move
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.schedule.periods import containing

MOST_OFFERED = 3
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Extension:
    """A later end with the estimate it would give."""

    ends_at: datetime
    estimate: Money


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a running booking may be extended to, and what comes after it: None when nothing is taken."""

    offers: tuple[Extension, ...]
    next_at: datetime | None


def extensions(actor: Actor, reservation: Reservation) -> Extensions:
    """The next few later ends of a running booking with their prices; nothing is written."""
    if reservation.state is not ReservationState.IN_USE:
        return Extensions((), None)
    following = next_taken(reservation)
    sheet = _sheet(reservation)
    step = timedelta(minutes=sheet.rules.granularity)
    end = reservation.ends_at
    if end <= now():
        end += (now() - end) // step * step
    offers: list[Extension] = []
    while len(offers) < MOST_OFFERED:
        end = min(end + step, following or end + step)
        try:
            _check(actor, reservation, sheet, end, following)
            offers.append(Extension(end, price_of_move(reservation, period(reservation.starts_at, end)).total))
        except DomainError:
            break
        if end == following:
            break
    return Extensions(tuple(offers), following)


def extend_reservation(actor: Actor, reservation: Reservation, ends_at: datetime) -> Reservation:
    """Move the end of a running booking to a later time that is free, at the prices it was made with.

    Raises Conflict when it does not run or the next booking begins before, Invalid for an end that is not offered.
    """
    ensure(actor, ReservationPolicy.extend, reservation, known_to=ReservationPolicy.view)
    lock_reservation(reservation)
    if reservation.state is not ReservationState.IN_USE:
        raise Conflict(
            _l("Only a running use can be extended."), code="wrong_state", details={"state": reservation.state.value}
        )
    before = reservation.ends_at
    if ends_at == before:  # pressed twice
        return reservation
    sheet = _sheet(reservation)
    _check(actor, reservation, sheet, ends_at, next_taken(reservation))
    stretch = period(reservation.starts_at, ends_at)
    quote = price_of_move(reservation, stretch)
    if not move(reservation.id, reservation.instrument_id, stretch):
        raise _taken(sheet, next_taken(reservation) or ends_at)
    reservation.period = stretch
    reservation.estimate_minor = quote.total.minor
    reservation.quote = quote.to_json()
    reservation.changed_at = now()
    reservation.revision += 1
    session.flush()
    record(actor, "reservation.extend", reservation, {"ends_at": [before.isoformat(), ends_at.isoformat()]})
    emit(ReservationExtended(reservation.id, reservation.revision))
    return reservation


def free_rest(actor: Actor, reservation: Reservation, ended_at: datetime) -> None:
    """Free what an early finish leaves of a booking, in whole steps of the instrument's grid; at least one.

    The caller holds the instrument's lock. What was booked is kept beside it: price and papers rest on that.
    """
    starts_at, ends_at = bounds(reservation.period)
    if ends_at <= now():
        return
    step = timedelta(minutes=_sheet(reservation).rules.granularity)
    steps = max(1, -((starts_at - ended_at) // step))
    kept = starts_at + steps * step
    if ends_at - kept < step:
        return
    stretch = period(starts_at, kept)
    if not move(reservation.id, reservation.instrument_id, stretch):
        raise AssertionError("a part of what one has is free")
    reservation.booked_period = reservation.booked
    reservation.period = stretch
    reservation.revision += 1
    session.flush()
    record(actor, "reservation.shorten", reservation, {"ends_at": [ends_at.isoformat(), kept.isoformat()]})
    emit(ReservationShortened(reservation.id))


def next_taken(reservation: Reservation) -> datetime | None:
    """When the next taken stretch after a booking begins; holds that ran out do not count."""
    found: datetime | None = session.scalar(
        select(func.min(func.lower(Occupation.period))).where(
            Occupation.instrument_id == reservation.instrument_id,
            Occupation.active,
            Occupation.id != reservation.id,
            func.lower(Occupation.period) >= reservation.ends_at,
            or_(Occupation.expires_at.is_(None), Occupation.expires_at > now()),
        )
    )
    return found


def next_claimed(reservation: Reservation) -> datetime | None:
    """When after a booking the time begins that a booking or maintenance has; holds are none."""
    found: datetime | None = session.scalar(
        select(func.min(func.lower(Occupation.period))).where(
            Occupation.instrument_id == reservation.instrument_id,
            Occupation.active,
            Occupation.id != reservation.id,
            Occupation.kind != OccupationKind.HOLD,
            func.lower(Occupation.period) >= reservation.ends_at,
        )
    )
    return found


def _sheet(reservation: Reservation) -> BookingSheet:
    begin, end = bounds(reservation.period)
    return booking_sheet(reservation.instrument_id, (begin, max(end, now()) + DAY), tariff_day=begin)


def _check(
    actor: Actor, reservation: Reservation, sheet: BookingSheet, ends_at: datetime, following: datetime | None
) -> None:
    if ends_at <= reservation.ends_at or ends_at <= now():
        raise Invalid(_l("Choose an end that is later than the booked one and than now."), field="ends_at")
    if ends_at > max(reservation.ends_at, now()) + DAY:
        raise Invalid(_l("Extend by a day at most."), field="ends_at", code="too_long")
    if following is not None and ends_at > following:
        raise _taken(sheet, following)
    step = timedelta(minutes=sheet.rules.granularity)
    if (ends_at - reservation.ends_at) % step and ends_at != following:
        raise Invalid(
            _l("Extend in steps of %(minutes)s minutes.", minutes=sheet.rules.granularity),
            field="ends_at",
            code="granularity",
        )
    _check_hours(actor, reservation, sheet, ends_at)


def _check_hours(actor: Actor, reservation: Reservation, sheet: BookingSheet, ends_at: datetime) -> None:
    """The institution's people may go on after closing and past the longest booking; customers may not."""
    if ReservationPolicy.work(actor, reservation):
        return
    open_then = containing(sheet.opening((reservation.starts_at, ends_at)), reservation.starts_at)
    if open_then is not None and ends_at > open_then[1]:
        closes_at = f"{open_then[1].astimezone(sheet.zone):%Y-%m-%d %H:%M}"
        raise Invalid(_l("It closes at %(time)s.", time=closes_at), field="ends_at", code="closed")
    longest = sheet.rules.longest
    if ends_at - reservation.starts_at > timedelta(minutes=longest):
        raise Invalid(_l("At most %(minutes)s minutes.", minutes=longest), field="ends_at", code="too_long")


def _taken(sheet: BookingSheet, following: datetime) -> Conflict:
    shown = f"{following.astimezone(sheet.zone):%Y-%m-%d %H:%M}"
    return Conflict(
        _l("The next booking begins at %(time)s; extend up to then at most.", time=shown),
        code="slot_taken",
        field="ends_at",
        details={"next_at": following.isoformat()},
    )
