"""The JSON of uses."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import InstantField, MoneyField, Schema, TextField
from app.core.db import session
from app.core.money import Money
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.schemas import QuoteLineSchema, ReservationSchema, quote_lines, reservation_as_dict
from app.equipment.tariffs.pricing import MOST_UNITS
from app.equipment.usage.models import Use
from app.equipment.usage.presses import MAX_KEY
from app.settlement.models import Charge


class PressSchema(Schema):
    """One press of a button; a device that was offline sends the time of its own clock and its own key."""

    pressed_at = InstantField(load_default=None)
    device_key = TextField(load_default=None, validate=validate.Length(1, MAX_KEY))


class FinishSchema(PressSchema):
    """The end of a use with what was used up; managers may set both ends, technicians the end."""

    started_at = InstantField(load_default=None)
    ended_at = InstantField(load_default=None)
    consumables = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Integer(strict=True, validate=validate.Range(0, MOST_UNITS)),
        load_default=dict,
    )
    fault = TextField(load_default="", validate=validate.Length(max=500))


class ChargeSchema(Schema):
    """What a use costs; the lines add up to the total."""

    total = MoneyField(required=True)
    state = fields.String(required=True)
    lines = fields.List(fields.Nested(QuoteLineSchema), required=True)


class UseSchema(Schema):
    """Real use of a booked slot."""

    started_at = InstantField(required=True)
    ended_at = InstantField(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    consumables = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    answer_due_at = InstantField(required=True, allow_none=True)
    charge = fields.Nested(ChargeSchema, required=True, allow_none=True)


class UsedReservationSchema(ReservationSchema):
    """A booking with its use."""

    use = fields.Nested(UseSchema, required=True)


def use_as_dict(use: Use) -> dict[str, Any]:
    """A use in the form the API speaks."""
    charge = session.get(Charge, use.charge_id) if use.charge_id is not None else None
    return {
        "started_at": use.started_at,
        "ended_at": use.ended_at,
        "minutes": use.used_minutes,
        "state": use.state.value,
        "consumables": use.consumables,
        "answer_due_at": use.answer_due_at,
        "charge": None if charge is None else _charge_as_dict(charge),
    }


def _charge_as_dict(charge: Charge) -> dict[str, Any]:
    return {
        "total": Money(charge.total_minor, charge.currency),
        "state": charge.state.value,
        "lines": quote_lines(charge.lines, charge.currency),
    }


def used_reservation(reservation: Reservation, use: Use) -> dict[str, Any]:
    """A booking and its use in the form the API speaks."""
    return {**reservation_as_dict(reservation), "use": use_as_dict(use)}
