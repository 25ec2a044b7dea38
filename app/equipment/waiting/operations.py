"""Joining and leaving the line, and offering what becomes free to the first one whom it suits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import bounds, now, period
from app.core.db import hold_key, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.equipment.instruments.models import InstrumentState
from app.equipment.reservations.booking import MAX_PURPOSE, busy_stretches
from app.equipment.reservations.holds import offered_to
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.policy import may_book
from app.equipment.reservations.sheet import (
    BookingSheet,
    booking_sheet,
    ensure_offered,
    ensure_within_unverified_limit,
)
from app.equipment.schedule.claims import claim, lock_instruments, release
from app.equipment.schedule.hours import END_OF_DAY, ONE_DAY, instant
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.schedule.periods import Stretch
from app.equipment.schedule.slots import MINUTE
from app.equipment.settings import settings
from app.equipment.tariffs.queries import payer_class
from app.equipment.waiting.events import OfferPassed, SlotOffered, WaitingOver
from app.equipment.waiting.finding import fitting_slot, suits
from app.equipment.waiting.models import IN_LINE, WaitingEntry, WaitingState
from app.equipment.waiting.policy import WaitingPolicy
from app.equipment.waiting.queries import line_of, offered_entry


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody waits for: any slot of `minutes` on the days from `first` to `last`, both included.

    `weekdays` (0 is Monday; none means any) and the wall times in minutes since midnight narrow it.
    """

    first: date
    last: date
    minutes: int
    purpose: str
    weekdays: tuple[int, ...] = ()
    from_minute: int = 0
    until_minute: int = END_OF_DAY
    with_operator: bool = False


def join_line(actor: Actor, instrument_id: UUID, wish: Wish) -> WaitingEntry:
    """Put the organisation acted for in line for an instrument; asking for the same twice gives the first place.

    Raises Forbidden, Missing, Invalid at the field of the wish, and Conflict when something free suits already
    (`alternatives`) or the organisation waits for too much (codes free_now, waiting_limit).
    """
    if actor.organisation is None or not may_book(actor):
        raise Forbidden(_l("Your role does not allow booking."), details={"needs": "owner / booker"})
    sheet = booking_sheet(instrument_id, _rough(wish), tariff_day=now())
    ensure_offered(sheet, actor)
    entry = _entry(actor, sheet, wish)
    _check(actor, sheet, wish)
    hold_key(f"waiting:{actor.organisation_id}")
    own = _in_line(actor)
    if (same := next((one for one in own if _wish_of(one) == _wish_of(entry)), None)) is not None:
        return same
    _check_limits(own, instrument_id)
    _ensure_nothing_free(entry, sheet)
    session.add(entry)
    session.flush()
    record(actor, "waiting.join", entry, {"days": [edge.isoformat() for edge in bounds(entry.days)]})
    return entry


def _rough(wish: Wish) -> Stretch:
    """The days asked for, wide enough for every zone; nonsense is refused by `_entry`."""
    begin = datetime.combine(wish.first, datetime.min.time(), tzinfo=now().tzinfo)
    return begin, max(begin, datetime.combine(wish.last, datetime.min.time(), tzinfo=now().tzinfo)) + 2 * ONE_DAY


def _entry(actor: Actor, sheet: BookingSheet, wish: Wish) -> WaitingEntry:
    present = now().astimezone(sheet.zone).date()
    furthest = present + timedelta(days=sheet.rules.horizon_days)
    if not present <= wish.first <= furthest:
        raise Invalid(_l("Choose a day from today on, until %(date)s.", date=f"{furthest}"), field="first")
    if not wish.first <= wish.last <= furthest:
        raise Invalid(_l("Choose a day from the first one on, until %(date)s.", date=f"{furthest}"), field="last")
    purpose = wish.purpose.strip()
    if not purpose or len(purpose) > MAX_PURPOSE:
        raise Invalid(_l("Say in a few words what the booking is for."), field="purpose")
    return WaitingEntry(
        id=uuid7(),
        instrument_id=sheet.instrument_id,
        provider_id=sheet.owner_id,
        payer_id=actor.organisation_id,
        booker_id=actor.user_id,
        days=period(instant(wish.first, 0, sheet.zone), instant(wish.last, END_OF_DAY, sheet.zone)),
        minutes=wish.minutes,
        weekdays=sorted(set(wish.weekdays)),
        from_minute=wish.from_minute,
        until_minute=wish.until_minute,
        with_operator=sheet.operator_for(payer_class(actor.organisation, sheet.owner_id), wish.with_operator),
        purpose=purpose,
        state=WaitingState.WAITING,
        passed=[],
        joined_at=now(),
        changed_at=now(),
    )


def _check(actor: Actor, sheet: BookingSheet, wish: Wish) -> None:
    """Whether such a slot could be booked at all."""
    rules = sheet.rules
    if not rules.shortest <= wish.minutes <= rules.longest or wish.minutes % rules.granularity:
        raise Invalid(
            _l("Between %(shortest)s and %(longest)s minutes, in steps of %(step)s.",
               shortest=rules.shortest, longest=rules.longest, step=rules.granularity),
            field="minutes",
        )  # fmt: skip
    if any(day not in range(7) for day in wish.weekdays):
        raise Invalid(_l("Choose days of the week."), field="weekdays")
    if not 0 <= wish.from_minute < wish.until_minute <= END_OF_DAY:
        raise Invalid(_l("The end must be later than the start."), field="until")
    single_day = (wish.from_minute, wish.until_minute) != (0, END_OF_DAY)
    if single_day and wish.until_minute - wish.from_minute < wish.minutes:
        raise Invalid(_l("The length does not fit between these hours."), field="until")
    total = sheet.price(payer_class(actor.organisation, sheet.owner_id), wish.minutes).total
    assert actor.organisation is not None  # noqa: S101 join_line has looked
    ensure_within_unverified_limit(actor.organisation, total, settings.number("unverified_limit_minor"))


def _in_line(actor: Actor) -> Sequence[WaitingEntry]:
    return session.scalars(
        select(WaitingEntry).where(WaitingEntry.payer_id == actor.organisation_id, WaitingEntry.state.in_(IN_LINE))
    ).all()


def _wish_of(entry: WaitingEntry) -> tuple[object, ...]:
    hours = (entry.from_minute, entry.until_minute)
    return (entry.instrument_id, bounds(entry.days), entry.minutes, tuple(entry.weekdays), hours, entry.with_operator)


def _check_limits(own: Sequence[WaitingEntry], instrument_id: UUID) -> None:
    most, here = settings.number("waiting_entries"), settings.number("waiting_per_instrument")
    if len(own) >= most:
        raise Conflict(
            _l("Your organisation is in %(count)s lines already; leave one first.", count=most), code="waiting_limit"
        )
    if sum(one.instrument_id == instrument_id for one in own) >= here:
        raise Conflict(_l("Your organisation already waits for this instrument."), code="waiting_limit")


def _ensure_nothing_free(entry: WaitingEntry, sheet: BookingSheet) -> None:
    busy = busy_stretches(entry.instrument_id, bounds(entry.days))
    opening = sheet.opening(bounds(entry.days))
    free = fitting_slot(entry, sheet.rules, sheet.zone, opening, busy, now=now(), lead=timedelta())
    if free is not None:
        begin, end = (edge.astimezone(sheet.zone).isoformat() for edge in free)
        raise Conflict(
            _l("A time that suits is free: book it now."),
            code="free_now",
            details={"alternatives": [{"starts_at": begin, "ends_at": end}]},
        )


def leave_line(actor: Actor, entry: WaitingEntry) -> WaitingEntry:
    """Give the place in line up, and what was held for it. Leaving twice changes nothing."""
    ensure(actor, WaitingPolicy.leave, entry, known_to=WaitingPolicy.view)
    _lock(entry)
    if not entry.is_in_line:
        return entry
    _give_back(entry)
    entry.pass_offer()
    entry.state, entry.changed_at = WaitingState.LEFT, now()
    session.flush()
    record(actor, "waiting.leave", entry)
    emit(OfferPassed(entry.id, entry.instrument_id))
    return entry


def decline_offer(actor: Actor, entry: WaitingEntry) -> WaitingEntry:
    """Not this slot: it is the next one's turn, and the place in line is kept for others.

    Raises Conflict when there is no offer any more.
    """
    ensure(actor, WaitingPolicy.decline, entry, known_to=WaitingPolicy.view)
    _lock(entry)
    if entry.state is not WaitingState.OFFERED:
        raise Conflict(_l("This offer has ended."), code="wrong_state")
    _give_back(entry)
    entry.pass_offer()
    entry.changed_at = now()
    session.flush()
    record(actor, "waiting.decline", entry)
    emit(OfferPassed(entry.id, entry.instrument_id))
    return entry


def _lock(entry: WaitingEntry) -> None:
    """The instrument's lock, then the row anew: whoever offers and whoever leaves do so one after the other."""
    lock_instruments([entry.instrument_id])
    session.refresh(entry, with_for_update={"of": WaitingEntry})


def _give_back(entry: WaitingEntry) -> None:
    """Free what is held for somebody, unless it became a booking a moment ago."""
    if entry.hold_id is None:
        return
    held = _occupations([entry]).get(entry.hold_id)
    if held is not None and held.kind is OccupationKind.HOLD:
        release(held.id, held.instrument_id)


def serve_line(instrument_id: UUID) -> int:
    """Settle the offers of an instrument and offer what is free, first come first served; returns how many offers.

    May run at any time and as often as one likes: nobody gets a second offer while one is open, and every offer is
    claimed like a booking.
    """
    if session.scalar(line_of(instrument_id).with_only_columns(WaitingEntry.id).order_by(None).limit(1)) is None:
        return 0
    lock_instruments([instrument_id])
    line = session.scalars(
        line_of(instrument_id).with_for_update(of=WaitingEntry), execution_options={"populate_existing": True}
    ).all()
    _settle(line)
    waiting = [entry for entry in line if entry.state is WaitingState.WAITING]
    if not waiting:
        return 0
    window = (now(), max(entry.ends_at for entry in waiting))
    sheet = booking_sheet(instrument_id, window, tariff_day=now())
    if sheet.state is not InstrumentState.PUBLISHED or sheet.terms is None:
        return 0
    busy = busy_stretches(instrument_id, window)
    return sum(_offer(entry, sheet, busy) for entry in waiting)


def _settle(line: Sequence[WaitingEntry]) -> None:
    """What has become of open offers, and who waited in vain."""
    held = _occupations(line)
    for entry in line:
        if entry.state is WaitingState.OFFERED and entry.hold_id is not None:
            occupation = held[entry.hold_id]
            if occupation.kind is OccupationKind.RESERVATION:
                _end(entry, WaitingState.BOOKED, "waiting.book")
            elif not occupation.active or occupation.expires_at is None or occupation.expires_at <= now():
                if occupation.active:
                    release(occupation.id, occupation.instrument_id)
                record(SYSTEM, "waiting.lapse", entry, {"hold": str(entry.hold_id)})
                entry.pass_offer()
                entry.changed_at = now()
        if entry.state is WaitingState.WAITING and entry.ends_at - entry.minutes * MINUTE <= now():
            _end(entry, WaitingState.OVER, "waiting.over")
            emit(WaitingOver(entry.id))
    session.flush()


def _occupations(line: Sequence[WaitingEntry]) -> dict[UUID, Occupation]:
    """The holds of open offers, locked: a booking that is just being made of one is waited for."""
    wanted = sorted(entry.hold_id for entry in line if entry.hold_id is not None)
    if not wanted:
        return {}
    statement = select(Occupation).where(Occupation.id.in_(wanted)).order_by(Occupation.id).with_for_update()
    return {one.id: one for one in session.scalars(statement, execution_options={"populate_existing": True})}


def _end(entry: WaitingEntry, state: WaitingState, action: str) -> None:
    entry.state, entry.changed_at = state, now()
    record(SYSTEM, action, entry)


def _offer(entry: WaitingEntry, sheet: BookingSheet, busy: list[Stretch]) -> bool:
    """Hold the first suitable slot for somebody in line and count it as busy; says whether there was one."""
    moment, least = now(), timedelta(minutes=settings.number("waiting_least_minutes"))
    opening = sheet.opening(bounds(entry.days))
    slot = fitting_slot(entry, sheet.rules, sheet.zone, opening, busy, now=moment, lead=least)
    if slot is None:
        return False
    latest = slot[0] - sheet.rules.notice * MINUTE
    until = min(moment + timedelta(hours=settings.number("waiting_offer_hours")), latest)
    identity, holder = uuid7(), offered_to(entry.payer_id)
    if not claim(identity, entry.instrument_id, period(*slot), OccupationKind.HOLD, holder=holder, expires_at=until):
        return False  # somebody was faster; the next sweep looks again
    busy.append(slot)
    entry.hold_id, entry.offered, entry.offered_until = identity, period(*slot), until
    entry.state, entry.changed_at = WaitingState.OFFERED, moment
    session.flush()
    record(SYSTEM, "waiting.offer", entry, {"hold": str(identity), "until": until.isoformat()})
    emit(SlotOffered(entry.id, identity))
    return True


def close_by_booking(reservation: Reservation) -> bool:
    """Whoever has booked what they waited for leaves the line; says whether a place was given up.

    That is the offer of which the booking was made, or else the first place of that person which the slot suits.
    """
    entry = offered_entry(reservation.id)
    if entry is None:
        mine = line_of(reservation.instrument_id).where(
            WaitingEntry.payer_id == reservation.payer_id, WaitingEntry.booker_id == reservation.booker_id
        )
        zone = booking_sheet(reservation.instrument_id, bounds(reservation.period)).zone
        entry = next((one for one in session.scalars(mine) if suits(one, bounds(reservation.period), zone)), None)
    if entry is None:
        return False
    _lock(entry)
    if not entry.is_in_line:
        return False
    if entry.hold_id != reservation.id:
        _give_back(entry)
        entry.hold_id = reservation.id
    _end(entry, WaitingState.BOOKED, "waiting.book")
    session.flush()
    return True
