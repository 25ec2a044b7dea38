"""From the plan to the tables: occupations, bookings, uses and charges, many rows in one statement.

Prices, fee lines, commission and ledger postings come from the same functions that the operations use.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from app.accounts.models import SYSTEM
from app.core.clock import now, period
from app.core.db import insert_rows
from app.core.workdays import end_of_working_day
from app.demo.cast import PEOPLE, company, demo_id
from app.demo.plan import Booking, Stage
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.settings import settings as equipment_settings
from app.equipment.tariffs.pricing import Quote
from app.equipment.tariffs.terms import PayerClass
from app.equipment.usage.charging import charge_lines
from app.equipment.usage.models import Use, UseState
from app.ledger.operations import post_many
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import charge_posting, commission_of
from app.settlement.settings import settings

READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CANCELLATION = CancellationRules()

RESERVATION_STATES = {
    Stage.CONFIRMED: ReservationState.CONFIRMED,
    Stage.RUNNING: ReservationState.IN_USE,
    Stage.TO_CONFIRM: ReservationState.FINISHED,
    Stage.REVIEW: ReservationState.FINISHED,
    Stage.ACCEPTED: ReservationState.FINISHED,
    Stage.CANCELLED_LATE: ReservationState.CANCELLED,
    Stage.MISSED: ReservationState.NO_SHOW,
}
USE_STATES = {
    Stage.RUNNING: UseState.RUNNING,
    Stage.TO_CONFIRM: UseState.TO_CONFIRM,
    Stage.REVIEW: UseState.REVIEW,
    Stage.ACCEPTED: UseState.ACCEPTED,
}
CHARGED = (Stage.TO_CONFIRM, Stage.ACCEPTED)
_PEOPLE = {person.email: person.id for person in PEOPLE}
_MANAGERS = {"university": _PEOPLE["manager@jishi.example"], "institute": _PEOPLE["institute@jishi.example"]}


def write_bookings(bookings: Iterable[Booking], *, post_from: date) -> int:
    """Write bookings with what has become of them; returns how many.

    Accepted uses of others from the day `post_from` on are entered into the books now; before it, the close of their
    month does that.
    """
    planned = list(bookings)
    if not planned:
        return 0
    insert_rows(Occupation, [_occupation(each) for each in planned])
    insert_rows(Reservation, [_reservation(each) for each in planned])
    insert_rows(Use, [_use(each) for each in planned if each.stage in USE_STATES])
    charges = [_charge(each, post_from) for each in planned if each.stage in CHARGED]
    _post(charges)
    insert_rows(Charge, charges)
    return len(planned)


def reservation_id(booking: Booking) -> UUID:
    """The identifier of the booking, and of the occupation that claims its time."""
    return demo_id("reservation", booking.key)


def _charge_id(booking: Booking) -> UUID:
    return demo_id("charge", booking.key)


@cache
def _number(key: str) -> str:
    return "R-" + "".join(random.Random(f"number {key}").choices(READABLE, k=8))


def _occupation(booking: Booking) -> dict[str, Any]:
    return {
        "id": reservation_id(booking),
        "instrument_id": booking.offer.id,
        "period": period(booking.begin, booking.end),
        "kind": OccupationKind.RESERVATION,
        "active": booking.stage not in {Stage.CANCELLED_LATE, Stage.MISSED},
        "created_at": booking.created_at,
    }


def _reservation(booking: Booking) -> dict[str, Any]:
    offer, internal = booking.offer, booking.payer_class is PayerClass.INTERNAL
    quote = offer.quote(booking.payer_class, booking.minutes, booking.with_operator)
    answered = offer.needs_approval and not internal
    fees = {Stage.CANCELLED_LATE: CANCELLATION.late_percent, Stage.MISSED: CANCELLATION.no_show_percent}
    return {
        "id": reservation_id(booking),
        "number": _number(booking.key),
        "instrument_id": offer.id,
        "provider_id": offer.owner_id,
        "payer_id": company(booking.payer).id,
        "booker_id": _PEOPLE[booking.booker],
        "period": period(booking.begin, booking.end),
        "state": RESERVATION_STATES[booking.stage],
        "purpose": booking.purpose,
        "with_operator": booking.with_operator,
        "tariff_id": offer.tariff_id,
        "payer_class": booking.payer_class.value,
        "is_internal": internal,
        "estimate_minor": quote.total.minor,
        "currency": quote.total.currency,
        "quote": quote.to_json(),
        "cancellation": CANCELLATION.to_json(),
        "cancellation_fee_minor": (quote.total.minor * fees.get(booking.stage, 0) + 50) // 100,
        "cancelled_at": booking.begin - timedelta(hours=3) if booking.stage is Stage.CANCELLED_LATE else None,
        "requested_at": booking.created_at if answered else None,
        "answer_due_at": booking.created_at + timedelta(hours=48) if answered else None,
        "answered_at": booking.created_at + booking.answered_after if answered else None,
        "answered_by_id": _MANAGERS[offer.owner] if answered else None,
        "created_at": booking.created_at,
        "changed_at": min(booking.end, now()),
    }


def _use(booking: Booking) -> dict[str, Any]:
    ended = booking.stage in CHARGED
    worker = _PEOPLE["technician@jishi.example"] if booking.offer.owner == "university" else _MANAGERS["institute"]
    days = equipment_settings.number("acceptance_days")
    return {
        "id": demo_id("use", booking.key),
        "reservation_id": reservation_id(booking),
        "instrument_id": booking.offer.id,
        "started_at": booking.started_at,
        "started_by_id": worker,
        "ended_at": booking.ended_at if ended else None,
        "ended_by_id": worker if ended else None,
        "consumables": dict(booking.counted) if ended else {},
        "state": USE_STATES[booking.stage],
        "review_reason": "forgotten" if booking.stage is Stage.REVIEW else "",
        "charge_id": _charge_id(booking) if ended else None,
        "answer_due_at": end_of_working_day(days, since=booking.ended_at) if ended else None,
        "accepted_at": booking.ended_at + timedelta(hours=20) if booking.stage is Stage.ACCEPTED else None,
        "created_at": booking.started_at,
    }


def _final_quote(booking: Booking) -> Quote:
    terms = booking.offer.terms
    charged = terms.chargeable_minutes(booked=booking.minutes, used=booking.used_minutes)
    return booking.offer.quote(booking.payer_class, charged, booking.with_operator, booking.counted)


def _charge(booking: Booking, post_from: date) -> dict[str, Any]:
    """The row that `draft_charge` would have written, final where the use was accepted and nothing is left to post."""
    offer, quote = booking.offer, _final_quote(booking)
    payer_id, own = company(booking.payer).id, booking.payer == booking.offer.owner
    points = 0 if own else settings.number("commission_basis_points")
    percent = settings.number("commission_tax_percent")
    commission, commission_tax = commission_of(quote.total.minor, points, percent)
    used_on = booking.ended_at.astimezone(offer.zone).date()
    final = booking.stage is Stage.ACCEPTED and (own or used_on >= post_from)
    quoted = offer.quote(booking.payer_class, booking.minutes, booking.with_operator)
    days = equipment_settings.number("acceptance_days")
    return {
        "id": _charge_id(booking), "subject_kind": "reservations", "subject_id": reservation_id(booking),
        "subject_number": _number(booking.key), "kind": ChargeKind.USE, "revision": 1,
        "state": ChargeState.FINAL if final else ChargeState.PROVISIONAL,
        "provider_id": offer.owner_id, "payer_id": payer_id, "payer_class": booking.payer_class.value,
        "item_id": offer.id, "description": offer.name_zh or offer.name, "description_en": offer.name,
        "service_period": period(booking.started_at, booking.ended_at),
        "used_on": used_on, "minutes": booking.used_minutes,
        "lines": charge_lines(quote), "total_minor": quote.total.minor, "estimate_minor": quoted.total.minor,
        "currency": quote.total.currency, "tax_minor": quote.tax.minor,
        "tax_category": offer.terms.tax_category.value, "tax_rate": offer.terms.vat_rate,
        "commission_minor": commission, "commission_tax_minor": commission_tax,
        "commission_basis_points": points, "commission_tax_percent": percent,
        "window_ends_at": end_of_working_day(days, since=booking.ended_at),
        "ledger_transaction_id": None, "created_at": booking.ended_at,
        "finalised_at": booking.ended_at + timedelta(hours=20) if final else None,
    }  # fmt: skip


class _Row:
    """A dictionary read like a row, which is what `charge_posting` takes."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _post(charges: Sequence[dict[str, Any]]) -> None:
    """Enter final charges of others into the books, in one go."""
    owed = [
        charge
        for charge in charges
        if charge["state"] is ChargeState.FINAL
        and charge["total_minor"]
        and charge["payer_id"] != charge["provider_id"]
    ]
    postings = [charge_posting(_Row(charge)) for charge in owed]
    for charge, transaction_id in zip(owed, post_many(SYSTEM, postings), strict=True):
        charge["ledger_transaction_id"] = transaction_id
