"""Making a booking: checks, price, claim. Kept to few statements, because people race for slots here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Select, Uuid, bindparam, func, select
from sqlalchemy.orm import make_transient_to_detached

from app.accounts.models import Actor, Organisation
from app.core.audit import audit_row, entry_beside
from app.core.clock import Period, bounds, minutes, now, period
from app.core.db import bound, hold_key, row_beside, session, write
from app.core.errors import Conflict, DomainError, Forbidden, Invalid
from app.core.events import announced, announcements_beside
from app.core.i18n import lazy_gettext as _l
from app.core.ids import readable_code, uuid7
from app.core.money import Money
from app.core.templating import format_money
from app.core.workdays import after_working_days
from app.equipment.reservations.events import ReservationMade
from app.equipment.reservations.models import OCCUPYING, Reservation, ReservationState
from app.equipment.reservations.policy import may_book
from app.equipment.reservations.sheet import (
    BookingSheet,
    booking_sheet,
    ensure_offered,
    ensure_within_unverified_limit,
)
from app.equipment.reservations.told import Told, as_told, told_at_hold
from app.equipment.schedule.cancellation import free_until, late_fee
from app.equipment.schedule.claims import booking_claim, convert_hold, release, release_expired_holds
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.schedule.slots import check_slot, free_slots, next_free
from app.equipment.settings import settings
from app.equipment.tariffs.pricing import Quote
from app.equipment.tariffs.queries import payer_class
from app.equipment.tariffs.terms import PayerClass

LOOK_AROUND = timedelta(days=14)
MAX_PURPOSE = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot with its price, as it would be booked now."""

    sheet: BookingSheet
    stretch: Period
    payer: PayerClass
    quote: Quote
    with_operator: bool
    needs_approval: bool
    free_until: datetime
    told: Told  # what this offer tells, and since when
    before: Money | None = None  # what was told before, where that was another total (flows.md W16)

    @property
    def late_fee(self) -> Money | None:
        """What cancelling a confirmed booking would cost at once, because it begins so soon; None while it is free."""
        if self.free_until > now():
            return None
        return late_fee(self.sheet.cancellation, self.quote.total) or None


def quote_slot(
    actor: Actor,
    instrument_id: UUID,
    stretch: Period,
    *,
    with_operator: bool = False,
    check_time: bool = True,
    told: Told | None = None,
) -> Offer:
    """Price a slot for the organisation acted for and check it against hours and rules, not against rivals.

    `told` is what was said of its price before: for some hours that version of the price list counts.
    Raises Missing, Invalid (field starts_at, ends_at or with_operator), Conflict when there is no price.
    """
    window = bounds(stretch)
    sheet = booking_sheet(instrument_id, window)
    ensure_offered(sheet, actor)
    if told is not None:
        sheet = as_told(sheet, window[0], told)
    payer = payer_class(actor.organisation, sheet.owner_id)
    needs_approval = needs_answer(sheet, payer, actor.organisation)
    if check_time:
        check_slot(sheet.rules, sheet.zone, sheet.opening(window), stretch, now())
    with_operator = sheet.operator_for(payer, with_operator)
    quote = sheet.price(payer, minutes(stretch), with_operator=with_operator)
    since = told.at if told is not None and told.holds else now()
    return Offer(
        sheet=sheet,
        stretch=stretch,
        payer=payer,
        quote=quote,
        with_operator=with_operator,
        needs_approval=needs_approval,
        free_until=free_until(sheet.cancellation, window[0]),
        told=Told(since, sheet.tariff_id, quote.total.minor),
        before=_another_total(told, quote),
    )


def _another_total(told: Told | None, quote: Quote) -> Money | None:
    if told is None or told.total_minor is None or told.total_minor == quote.total.minor:
        return None
    return Money(told.total_minor, quote.total.currency)


def needs_answer(sheet: BookingSheet, payer: PayerClass, organisation: Organisation | None) -> bool:
    """Whether a booking waits: for the institution's approval, or until the operator has verified who pays."""
    by_rule = sheet.needs_approval and payer is not PayerClass.INTERNAL
    return by_rule or (organisation is not None and not organisation.is_verified)


def make_reservation(
    actor: Actor,
    instrument_id: UUID,
    stretch: Period,
    *,
    purpose: str,
    with_operator: bool = False,
    hold_id: UUID | None = None,
    holders: tuple[str, ...] = (),
    shown_minor: int | None = None,
    told: Told | None = None,
) -> Reservation:
    """Book a slot for the organisation acted for; it waits for approval when the instrument asks for it.

    `hold_id` turns a hold of this browser into the booking; `shown_minor` is the price the person agreed to; `told` is
    what was said of the price before, where no hold tells it.
    Raises Forbidden, Missing, Invalid, and Conflict with `alternatives` when somebody has that time.
    """
    if actor.organisation is None or not may_book(actor):
        raise Forbidden(_l("Your role does not allow booking."), details={"needs": "owner / booker"})
    purpose = purpose.strip()
    if not purpose or len(purpose) > MAX_PURPOSE:
        raise Invalid(_l("Say in a few words what the booking is for."), field="purpose")
    if hold_id is not None:
        told = _told_at_own_hold(hold_id, holders, instrument_id, stretch) or told
    offer = quote_slot(actor, instrument_id, stretch, with_operator=with_operator, told=told)
    if shown_minor is not None and shown_minor != offer.quote.total.minor:
        raise _price_changed(Money(shown_minor, offer.quote.total.currency), offer.quote.total)
    _check_unverified(actor, offer)
    kept = None if hold_id is None else _kept_hold(offer, hold_id, holders)
    return _write(actor, offer, purpose, kept)


def _check_unverified(actor: Actor, offer: Offer) -> None:
    if actor.organisation is None or actor.organisation.is_verified:
        return
    ensure_within_unverified_limit(actor.organisation, offer.quote.total, settings.number("unverified_limit_minor"))
    # Two first bookings at once must not both pass: they queue up at the organisation.
    hold_key(f"unverified:{actor.organisation_id}")
    count = session.scalar(
        select(func.count()).where(Reservation.payer_id == actor.organisation_id, Reservation.state.in_(OCCUPYING))
    )
    if (count or 0) >= settings.number("unverified_bookings"):
        raise Invalid(
            _l("Your organisation is not verified yet: one booking at a time until it is."), code="unverified_limit"
        )


def _price_changed(shown: Money, price: Money) -> Conflict:
    """The refusal that names what was shown and what it is now (flows.md W16)."""
    return Conflict(
        _l(
            "Price changed: %(before)s → %(price)s. Confirm.",
            before=format_money(shown),
            price=format_money(price),
        ),
        code="price_changed",
        details={"shown": shown.as_json(), "price": price.as_json()},
    )


def _told_at_own_hold(hold_id: UUID, holders: tuple[str, ...], instrument_id: UUID, stretch: Period) -> Told | None:
    """What was told with the hold of this browser on just this slot, whether it still lasts or not."""
    hold = session.scalars(
        select(Occupation).where(
            Occupation.id == hold_id,
            Occupation.instrument_id == instrument_id,
            Occupation.period == stretch,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.holder.in_(holders),
        )
    ).one_or_none()
    return None if hold is None else told_at_hold(hold)


def _kept_hold(offer: Offer, hold_id: UUID, holders: tuple[str, ...]) -> UUID | None:
    """The browser's own hold, made the claim of a booking; None when another slot is wished or it has run out."""
    if convert_hold(hold_id, holders, offer.stretch):
        return hold_id
    mine = session.execute(
        select(Occupation.id).where(
            Occupation.id == hold_id, Occupation.holder.in_(holders), Occupation.kind == OccupationKind.HOLD
        )
    ).scalar()
    if mine is not None:
        release(hold_id, offer.sheet.instrument_id)
    return None


def slot_taken(instrument_id: UUID, stretch: Period) -> Conflict:
    """The refusal that names the nearest free slots (flows.md W1)."""
    slots = nearest_free(instrument_id, stretch)
    return Conflict(
        _l("Somebody has just taken that time. What you entered is kept."),
        code="slot_taken",
        field="starts_at",
        details={"alternatives": [{"starts_at": a.isoformat(), "ends_at": b.isoformat()} for a, b in slots]},
    )


def nearest_free(instrument_id: UUID, stretch: Period, count: int = 3) -> list[tuple[datetime, datetime]]:
    """Free slots of the same length nearest to a wished one, in the place's zone."""
    starts_at, ends_at = bounds(stretch)
    window = (starts_at - LOOK_AROUND, ends_at + LOOK_AROUND)
    sheet = booking_sheet(instrument_id, window, tariff_day=starts_at)
    busy = busy_stretches(instrument_id, window)
    found = free_slots(sheet.rules, sheet.zone, sheet.opening(window), busy, near=stretch, now=now(), count=count)
    return [(begin.astimezone(sheet.zone), end.astimezone(sheet.zone)) for begin, end in found]


def free_instead(reservation: Reservation, count: int = 2) -> list[Period]:
    """Free times of the same length nearest to a booking that cannot take place, none of them touching its own."""
    own = reservation.period
    try:
        found = nearest_free(reservation.instrument_id, own, count + 8)
    except DomainError:
        return []
    return [slot for slot in (period(*pair) for pair in found) if not slot.overlaps(own)][:count]


def next_free_of(sheet: BookingSheet) -> datetime | None:
    """When the shortest booking of an instrument could begin at the earliest; None when its horizon is full."""
    window = (now(), now() + timedelta(days=sheet.rules.horizon_days))
    whole = booking_sheet(sheet.instrument_id, window)
    busy, least = busy_stretches(sheet.instrument_id, window), sheet.rules.shortest
    found = next_free(sheet.rules, sheet.zone, whole.opening(window), busy, after=now(), minutes=least, now=now())
    return None if found is None else found[0]


def busy_stretches(instrument_id: UUID, window: tuple[datetime, datetime]) -> list[tuple[datetime, datetime]]:
    """What is taken of a window, by whatever and whomever; holds that ran out do not count."""
    rows = session.execute(
        select(func.lower(Occupation.period), func.upper(Occupation.period))
        .where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.period.op("&&")(period(*window)),
            (Occupation.expires_at.is_(None)) | (Occupation.expires_at > now()),
        )
        .order_by(func.lower(Occupation.period))
    )
    return [(row[0], row[1]) for row in rows]


def answer_deadline(starts_at: datetime) -> datetime:
    """Until when an institution must answer a request: some working days, but well before the start (flows.md §2 ⚙)."""
    latest = starts_at - timedelta(minutes=settings.number("approval_lead_minutes"))
    return max(now(), min(after_working_days(settings.number("approval_days")), latest))


def _write(actor: Actor, offer: Offer, purpose: str, kept: UUID | None) -> Reservation:
    """Claim the slot, unless a hold has been made the claim, and write the booking with it: one statement.

    Raises Conflict, with nothing written, when somebody has any part of the slot.
    """
    identity = kept or uuid7()
    values = _values(actor, offer, identity, purpose)
    reservation = Reservation(**_UNWRITTEN, **values)
    written = {
        "claim_id": identity,
        "claim_instrument": offer.sheet.instrument_id,
        "claim_period": offer.stretch,
        **bound("booking", values),
        **bound("entry", audit_row(actor, "reservation.make", reservation, {"state": [None, reservation.state.value]})),
        **announced(ReservationMade(identity)),
    }
    if write(_CLAIM_AND_BOOK if kept is None else _BOOK, written) is None and not (
        release_expired_holds(offer.sheet.instrument_id, offer.stretch) and write(_CLAIM_AND_BOOK, written)
    ):
        raise slot_taken(offer.sheet.instrument_id, offer.stretch)
    make_transient_to_detached(reservation)
    session.add(reservation)
    return reservation


def _values(actor: Actor, offer: Offer, identity: UUID, purpose: str) -> dict[str, Any]:
    state = ReservationState.PENDING if offer.needs_approval else ReservationState.CONFIRMED
    return {
        "id": identity,
        "number": f"R-{readable_code(8)}",
        "instrument_id": offer.sheet.instrument_id,
        "provider_id": offer.sheet.owner_id,
        "payer_id": actor.organisation_id,
        "booker_id": actor.user_id,
        "period": offer.stretch,
        "state": state,
        "purpose": purpose,
        "with_operator": offer.with_operator,
        "tariff_id": offer.sheet.tariff_id,
        "payer_class": offer.payer.value,
        "is_internal": offer.payer is PayerClass.INTERNAL,
        "estimate_minor": offer.quote.total.minor,
        "currency": offer.quote.total.currency,
        "quote": offer.quote.to_json(),
        "cancellation": offer.sheet.cancellation.to_json(),
        "requested_at": now() if offer.needs_approval else None,
        "answer_due_at": answer_deadline(bounds(offer.stretch)[0]) if offer.needs_approval else None,
        "created_at": now(),
        "changed_at": now(),
    }


_WRITTEN = (
    "id", "number", "instrument_id", "provider_id", "payer_id", "booker_id", "period", "state", "purpose",
    "with_operator", "tariff_id", "payer_class", "is_internal", "estimate_minor", "currency", "quote", "cancellation",
    "requested_at", "answer_due_at", "created_at", "changed_at",
)  # fmt: skip
_UNWRITTEN = {
    column.name: getattr(column.default, "arg", None)
    for column in Reservation.__table__.columns
    if column.name not in _WRITTEN
} | {"occupies": True}
"""What the database makes of the columns that a new booking leaves to it."""


def _statement(claimed: CTE) -> Select[Any]:
    """Everything that a booking writes, hanging on its claim: without that nothing of it is written."""
    booking = row_beside(claimed, Reservation, _WRITTEN, "booking")
    return select(claimed.c.id).add_cte(booking, entry_beside(claimed), announcements_beside(claimed))


_CLAIM_AND_BOOK = _statement(booking_claim())
_BOOK = _statement(select(bindparam("claim_id", type_=Uuid).label("id")).cte("claimed"))
