"""What the phone page behind the QR code shows: one state, one number, one button (flows.md §1h)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import Actor
from app.core.clock import now
from app.core.db import session
from app.core.errors import DomainError
from app.core.money import Money
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.extending import extensions
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.queries import WITH_NAMES
from app.equipment.schedule.cancellation import CancellationRules, no_show_fee
from app.equipment.settings import settings
from app.equipment.tariffs.pricing import LineKind, Quote
from app.equipment.tariffs.terms import PayerClass
from app.equipment.usage.charging import price_of_use, terms_of
from app.equipment.usage.models import Use, UseState
from app.equipment.usage.walkins import next_occupation_at
from app.settlement.models import Charge

NEAREST = 3
WALK_IN_MINUTES = (30, 60, 120, 240)
LONGEST_SHOWN = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class ConsumableTile:
    """One thing that is counted, at the frozen price of this payer, in fen."""

    code: str
    name: str
    unit: str
    price: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a use up to some end comes to; None where it cannot be priced."""

    minutes: int
    charged_minutes: int | None
    total: Money | None


def coming_bookings(instrument_id: UUID) -> list[Reservation]:
    """Confirmed bookings that can still be started, the nearest first."""
    oldest = now() - timedelta(minutes=settings.number("no_show_minutes"))
    return list(
        session.scalars(
            select(Reservation)
            .options(*WITH_NAMES)
            .where(
                Reservation.instrument_id == instrument_id,
                Reservation.state == ReservationState.CONFIRMED,
                func.greatest(func.lower(Reservation.period), Reservation.delayed_until) > oldest,
            )
            .order_by(func.lower(Reservation.period))
            .limit(NEAREST + 1)
        )
    )


def is_startable(reservation: Reservation) -> bool:
    """Whether the booking may be started at this moment."""
    return startable_from(reservation) <= now()


def startable_from(reservation: Reservation) -> datetime:
    """The earliest start."""
    return reservation.starts_at - timedelta(minutes=settings.number("early_start_minutes"))


def use_on(instrument_id: UUID, reservation_id: UUID) -> Use | None:
    """The use of a booking of this instrument."""
    return session.scalars(
        select(Use).where(Use.instrument_id == instrument_id, Use.reservation_id == reservation_id)
    ).one_or_none()


def booking_with_names(reservation_id: UUID) -> Reservation:
    """A booking with what the page names."""
    return session.scalars(select(Reservation).options(*WITH_NAMES).where(Reservation.id == reservation_id)).one()


def running_on(instrument_id: UUID) -> tuple[Use, Reservation] | None:
    """What runs, with the names of its booking."""
    use = session.scalars(
        select(Use).where(Use.instrument_id == instrument_id, Use.state == UseState.RUNNING)
    ).one_or_none()
    return None if use is None else (use, booking_with_names(use.reservation_id))


def consumable_tiles(reservation: Reservation, counted: Mapping[str, int]) -> list[ConsumableTile]:
    """The tiles of the frozen price list for this payer."""
    payer = PayerClass(reservation.payer_class)
    return [
        ConsumableTile(thing.code, thing.name, thing.unit, thing.prices[payer], counted.get(thing.code, 0))
        for thing in terms_of(reservation).consumables
        if payer in thing.prices
    ]


def reckon(reservation: Reservation, begin: datetime, end: datetime, counted: Mapping[str, int]) -> Reckoning:
    """Price a use from `begin` to `end`, for showing; nothing is written."""
    minutes = max(1, -(-int((end - begin).total_seconds()) // 60))
    if minutes > LONGEST_SHOWN:
        return Reckoning(minutes, None, None)
    try:
        quote = price_of_use(reservation, minutes, {code: count for code, count in counted.items() if count})
    except DomainError:
        return Reckoning(minutes, None, None)
    return Reckoning(minutes, charged_minutes(quote), quote.total)


def charged_minutes(quote: Quote) -> int:
    """The machine time that a quote charges, after rounding."""
    return sum(line.quantity for line in quote.lines if line.kind is LineKind.MACHINE_TIME)


def phone_page(
    actor: Actor, instrument: Instrument, chosen: UUID | None = None, done: UUID | None = None
) -> dict[str, Any]:
    """The state of an instrument: running, else just finished, else a booking to start, else free."""
    page: dict[str, Any] = {
        "instrument": instrument, "use": None, "reservation": None, "others": [], "tiles": [], "charge": None,
        "moment": now(),
    }  # fmt: skip
    running = running_on(instrument.id)
    if running is not None:
        return {**page, **_running(actor, instrument, *running)}
    finished = use_on(instrument.id, done) if done else None
    if finished is not None:
        charge = session.get(Charge, finished.charge_id) if finished.charge_id else None
        booking = booking_with_names(finished.reservation_id)
        return {**page, "stage": "done", "use": finished, "reservation": booking, "charge": charge}
    coming = coming_bookings(instrument.id)
    wanted = next((each for each in coming if each.id == chosen), coming[0] if coming else None)
    if wanted is not None and is_startable(wanted):
        others = [each for each in coming if each is not wanted][:NEAREST]
        return {**page, **_ready(wanted), "others": others}
    return {**page, **_free(instrument), "others": coming[:NEAREST]}


def _ready(reservation: Reservation) -> dict[str, Any]:
    rules = CancellationRules.from_json(reservation.cancellation)
    return {
        "stage": "ready",
        "reservation": reservation,
        "latest_start": reservation.expected_at + timedelta(minutes=settings.number("no_show_minutes")),
        "missed_fee": no_show_fee(rules, Money(reservation.estimate_minor, reservation.currency)),
        "tiles": consumable_tiles(reservation, {}),
        "reckoning": None,
    }


def _running(actor: Actor, instrument: Instrument, use: Use, reservation: Reservation) -> dict[str, Any]:
    over = int((now() - reservation.ends_at).total_seconds()) // 60
    return {
        "stage": "running",
        "use": use,
        "reservation": reservation,
        "over": over,
        "extensions": extensions(actor, reservation),
        "next_at": next_occupation_at(instrument.id, reservation.ends_at - timedelta(seconds=1)),
        "tiles": consumable_tiles(reservation, use.consumables),
        "reckoning": reckon(reservation, use.started_at, now(), {}),
    }


def _free(instrument: Instrument) -> dict[str, Any]:
    until = next_occupation_at(instrument.id, now())
    room = None if until is None else int((until - now()).total_seconds()) // 60
    return {
        "stage": "free",
        "free_until": until,
        "lengths": [each for each in WALK_IN_MINUTES if room is None or each <= room] or ([room] if room else []),
    }
