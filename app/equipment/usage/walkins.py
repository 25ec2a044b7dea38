"""Walk-in: a booking from now, made by the institution's people at the instrument, started at once (flows.md §1h)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.accounts.codes import normal_code
from app.accounts.models import Actor, Organisation
from app.accounts.organisations.queries import organisation_by_code
from app.core.audit import record
from app.core.clock import Period, bounds, now, period
from app.core.clock import minutes as length_of
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import readable_code, uuid7
from app.core.policy import ensure
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import MAX_PURPOSE, slot_taken
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.sheet import BookingSheet, booking_sheet, ensure_offered
from app.equipment.schedule.claims import claim, lock_instruments
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.tariffs.pricing import Quote
from app.equipment.tariffs.queries import payer_class
from app.equipment.tariffs.terms import PayerClass
from app.equipment.usage.models import Use
from app.equipment.usage.operations import start_use
from app.equipment.usage.policy import UsePolicy

SHORTEST = timedelta(minutes=5)
LONGEST_MINUTES = 24 * 60


def start_walk_in(actor: Actor, instrument: Instrument, *, payer_code: str | None, minutes: int, purpose: str) -> Use:
    """Book from now for `minutes` and start at once; shortened to the next booking.

    `payer_code` is the 统一社会信用代码 of who pays, None for the own institution; price and payer class are those of
    today. Raises Invalid for a code nobody has, Conflict with `alternatives` (flows.md W1) when the instrument is busy.
    """
    ensure(actor, UsePolicy.walk_in, instrument, known_to=UsePolicy.know_instrument)
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Invalid(_l("Choose a length of up to a day."), field="minutes")
    if not purpose.strip() or len(purpose) > MAX_PURPOSE:
        raise Invalid(_l("Say in a few words what the booking is for."), field="purpose")
    payer = _payer(actor, instrument, payer_code)
    lock_instruments([instrument.id])
    begin = now().replace(second=0, microsecond=0)
    wished = period(begin, begin + timedelta(minutes=minutes))
    stretch = _shortened(instrument.id, wished)
    sheet = booking_sheet(instrument.id, (begin, begin + timedelta(minutes=minutes)))
    ensure_offered(sheet, actor)
    group = payer_class(payer, instrument.owner_id)
    quote = sheet.price(group, length_of(stretch))
    identity = uuid7()
    if not claim(identity, instrument.id, stretch, OccupationKind.RESERVATION):
        raise slot_taken(instrument.id, wished)
    reservation = Reservation(**_values(actor, sheet, payer, group, quote), id=identity, period=stretch)
    reservation.purpose = purpose.strip()
    session.add(reservation)
    session.flush()
    record(actor, "reservation.walk_in", reservation, {"payer": str(payer.id)})
    return start_use(actor, reservation)


def _payer(actor: Actor, instrument: Instrument, code: str | None) -> Organisation:
    """Who pays: the instrument's institution, or the verified organisation with this code."""
    if not code:
        return session.get_one(Organisation, instrument.owner_id)
    payer = organisation_by_code(normal_code(code))
    if payer is None:
        raise Invalid(_l("No organisation here has this code."), field="payer_code")
    if not payer.is_verified:
        raise Invalid(_l("This organisation is not verified yet; it books by itself."), field="payer_code")
    return payer


def next_occupation_at(instrument_id: UUID, moment: datetime) -> datetime | None:
    """When the next claimed stretch after `moment` begins; holds that ran out do not count."""
    found: datetime | None = session.scalar(
        select(func.min(func.lower(Occupation.period))).where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            func.lower(Occupation.period) > moment,
            or_(Occupation.expires_at.is_(None), Occupation.expires_at > now()),
        )
    )
    return found


def _shortened(instrument_id: UUID, wished: Period) -> Period:
    begin, wished_end = bounds(wished)
    following = next_occupation_at(instrument_id, begin)
    end = wished_end if following is None else min(wished_end, following)
    if end - begin < SHORTEST and end != wished_end:
        raise slot_taken(instrument_id, wished)
    return period(begin, end)


def _values(actor: Actor, sheet: BookingSheet, payer: Organisation, group: PayerClass, quote: Quote) -> dict[str, Any]:
    if sheet.tariff_id is None:
        raise Conflict(_l("The institution has not published prices for that day yet."), code="no_tariff")
    return {
        "number": f"R-{readable_code(8)}",
        "instrument_id": sheet.instrument_id,
        "provider_id": sheet.owner_id,
        "payer_id": payer.id,
        "booker_id": actor.user_id,
        "state": ReservationState.CONFIRMED,
        "tariff_id": sheet.tariff_id,
        "payer_class": group.value,
        "is_internal": group is PayerClass.INTERNAL,
        "estimate_minor": quote.total.minor,
        "currency": quote.total.currency,
        "quote": quote.to_json(),
        "cancellation": sheet.cancellation.to_json(),
        "is_walk_in": True,
        "created_at": now(),
        "changed_at": now(),
    }
