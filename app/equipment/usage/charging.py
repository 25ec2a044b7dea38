"""From real use to money: priced by the tariff and payer class frozen at booking."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import bounds, minutes, period
from app.core.db import session
from app.core.money import Money
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation
from app.equipment.tariffs.models import Tariff
from app.equipment.tariffs.pricing import LineKind, Quote, price
from app.equipment.tariffs.terms import PayerClass, Terms
from app.equipment.usage.models import Use
from app.settlement.models import Charge, ChargeKind
from app.settlement.operations import draft_charge, replace_charge

UNITS = {LineKind.MACHINE_TIME: "minute", LineKind.OPERATOR: "minute"}


def terms_of(reservation: Reservation) -> Terms:
    """The prices that a booking was made with."""
    return Terms.from_json(session.get_one(Tariff, reservation.tariff_id).terms)


def price_of_use(reservation: Reservation, used_minutes: int, consumables: dict[str, int]) -> Quote:
    """What a use costs. Raises Invalid for consumables that are not on the list."""
    terms = terms_of(reservation)
    charged = terms.chargeable_minutes(booked=minutes(reservation.booked), used=used_minutes)
    payer = PayerClass(reservation.payer_class)
    return price(terms, payer, charged, with_operator=reservation.with_operator, consumables=consumables)


def charge_lines(quote: Quote) -> list[dict[str, Any]]:
    """The lines of a quote in the form that charges keep."""
    return [{**line.to_json(), "unit": line.unit or UNITS.get(line.kind, "time")} for line in quote.lines]


def used_minutes(use: Use) -> int:
    """Whole minutes of real use, begun ones counted, at least one."""
    length = use.used_minutes
    assert length is not None  # noqa: S101 a check constraint says so
    return length


def charge_use(actor: Actor, use: Use, reservation: Reservation, window_ends_at: datetime | None) -> Charge:
    """Draft the charge of a use, or put a corrected one in its place."""
    assert use.ended_at is not None  # noqa: S101 a check constraint says so
    instrument = session.get_one(Instrument, reservation.instrument_id)
    quote = price_of_use(reservation, used_minutes(use), use.consumables)
    common: dict[str, Any] = {
        "service_period": period(use.started_at, use.ended_at),
        "used_on": use.ended_at.astimezone(instrument.timezone).date(),
        "lines": charge_lines(quote),
        "total": quote.total,
        "tax_minor": quote.tax.minor,
        "minutes": used_minutes(use),
        "window_ends_at": window_ends_at,
    }
    if use.charge_id is not None:
        charge = replace_charge(actor, session.get_one(Charge, use.charge_id), **common)
    else:
        charge = draft_charge(actor, **_subject(reservation, instrument), kind=ChargeKind.USE, **common)
    use.charge_id = charge.id
    return charge


def _subject(reservation: Reservation, instrument: Instrument) -> dict[str, Any]:
    terms = terms_of(reservation)
    return {
        "subject_kind": "reservations",
        "subject_id": reservation.id,
        "subject_number": reservation.number,
        "provider_id": reservation.provider_id,
        "payer_id": reservation.payer_id,
        "payer_class": reservation.payer_class,
        "item_id": instrument.id,
        "description": instrument.name_zh or instrument.name,
        "description_en": instrument.name,
        "tax_category": terms.tax_category.value,
        "tax_rate": terms.vat_rate,
        "estimate": Money(reservation.estimate_minor, reservation.currency),
    }


def charge_fee(actor: Actor, reservation: Reservation, kind: ChargeKind) -> Charge | None:
    """The charge of a late cancellation or a no-show; None when it costs nothing."""
    fee = Money(reservation.cancellation_fee_minor, reservation.currency)
    if not fee or reservation.is_fee_waived:
        return None
    instrument = session.get_one(Instrument, reservation.instrument_id)
    subject = _subject(reservation, instrument)
    incurred_at = reservation.cancelled_at or bounds(reservation.period)[0]
    return draft_charge(
        actor,
        **subject,
        kind=kind,
        service_period=reservation.period,
        used_on=incurred_at.astimezone(instrument.timezone).date(),
        lines=[{"kind": kind.value, "quantity": 1, "unit": "time", "unit_price": fee.minor, "amount": fee.minor}],
        total=fee,
        tax_minor=tax_of_fee(),
        minutes=0,
    )


def tax_of_fee() -> int:
    """Fees for not coming are damages, not a supply: they carry no VAT of their own here (an accountant's question)."""
    return 0


def fee_charge(reservation_id: UUID) -> Charge | None:
    """The live charge of a cancellation or no-show fee of a booking."""
    return session.scalars(
        select(Charge).where(
            Charge.subject_kind == "reservations",
            Charge.subject_id == reservation_id,
            Charge.kind.in_((ChargeKind.CANCELLATION_FEE, ChargeKind.NO_SHOW_FEE)),
            Charge.state.not_in(("superseded", "void")),
        )
    ).one_or_none()
