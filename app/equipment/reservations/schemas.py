"""The JSON of quotes and reservations."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import InstantField, MoneyField, PageQuery, Schema, TextField
from app.core.money import Money
from app.equipment.reservations.booking import MAX_PURPOSE, Offer
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import MAX_REASON
from app.equipment.reservations.stamps import MAX_STAMP


class SlotSchema(Schema):
    """A stretch of time, half-open."""

    starts_at = InstantField(required=True)
    ends_at = InstantField(required=True)


class QuoteRequestSchema(SlotSchema):
    """What to price."""

    with_operator = fields.Boolean(load_default=False)


class QuoteLineSchema(Schema):
    """One line of a quote: `quantity` minutes or units at `unit_price` (an hour of time, or a unit)."""

    kind = fields.String(required=True)
    amount = MoneyField(required=True)
    quantity = fields.Integer(required=True)
    unit_price = MoneyField(required=True)
    from_minutes = fields.Integer(allow_none=True)
    upto_minutes = fields.Integer(allow_none=True)
    name = fields.String(allow_none=True)


class QuoteSchema(Schema):
    """A price with its reasons; the lines add up to the total."""

    instrument_id = fields.UUID(required=True)
    starts_at = InstantField(required=True)
    ends_at = InstantField(required=True)
    payer_class = fields.String(required=True)
    lines = fields.List(fields.Nested(QuoteLineSchema), required=True)
    total = MoneyField(required=True)
    tax = MoneyField(required=True)
    needs_approval = fields.Boolean(required=True)
    free_until = InstantField(required=True)
    quoted_until = InstantField(
        required=True, metadata={"description": "Until when a booking with `quote` is priced by this price list."}
    )
    quote = fields.String(
        required=True,
        metadata={"description": "Names this quote when the slot is booked; of no use for any other wish."},
    )


class ReservationRequestSchema(SlotSchema):
    """A booking."""

    instrument_id = fields.UUID(required=True)
    purpose = TextField(required=True, validate=validate.Length(1, MAX_PURPOSE))
    with_operator = fields.Boolean(load_default=False)
    quote = TextField(
        load_default=None,
        validate=validate.Length(1, MAX_STAMP),
        metadata={"description": "`quote` as it came with the price of this slot: that price is kept."},
    )


class LaterEndSchema(Schema):
    """Until when a running use shall go on."""

    ends_at = InstantField(required=True)


class ReasonSchema(Schema):
    """Why."""

    reason = TextField(required=True, validate=validate.Length(1, MAX_REASON))


class OptionalReasonSchema(Schema):
    """Why, if one wants to say."""

    reason = TextField(load_default="", validate=validate.Length(max=MAX_REASON))


class ReservationQuery(PageQuery):
    """Filters of the list of reservations."""

    side = fields.String(load_default="customer", validate=validate.OneOf(["customer", "provider"]))
    state = fields.Enum(ReservationState, by_value=True, load_default=None)
    instrument_id = fields.UUID(load_default=None)


class ReservationSchema(Schema):
    """A booking as its parties see it."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    instrument_id = fields.UUID(required=True)
    starts_at = InstantField(required=True)
    ends_at = InstantField(required=True)
    state = fields.String(required=True)
    purpose = fields.String(required=True)
    with_operator = fields.Boolean(required=True)
    payer_id = fields.UUID(required=True)
    provider_id = fields.UUID(required=True)
    payer_class = fields.String(required=True)
    estimate = MoneyField(required=True)
    lines = fields.List(fields.Nested(QuoteLineSchema), required=True)
    cancellation_fee = MoneyField(required=True)
    decline_reason = fields.String(required=True)
    cancel_reason = fields.String(required=True)
    answer_due_at = InstantField(required=True, allow_none=True)
    created_at = InstantField(required=True)
    changed_at = InstantField(required=True)


def quote_lines(lines: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Lines of a frozen quote in the form the API speaks."""
    return [
        {
            "kind": line["kind"],
            "amount": Money(line["amount"], currency),
            "quantity": line.get("quantity", 1),
            "unit_price": Money(line.get("unit_price", 0), currency),
            "from_minutes": line.get("from_minutes"),
            "upto_minutes": line.get("upto_minutes"),
            "name": line.get("name"),
        }
        for line in lines
    ]


def offer_as_dict(offer: Offer, starts_at: Any, ends_at: Any) -> dict[str, Any]:
    """An offer in the form the API speaks."""
    quote = offer.quote.to_json()
    return {
        "instrument_id": offer.sheet.instrument_id,
        "starts_at": starts_at.astimezone(offer.sheet.zone),
        "ends_at": ends_at.astimezone(offer.sheet.zone),
        "payer_class": offer.payer.value,
        "lines": quote_lines(quote["lines"], quote["currency"]),
        "total": offer.quote.total,
        "tax": offer.quote.tax,
        "needs_approval": offer.needs_approval,
        "free_until": offer.free_until.astimezone(offer.sheet.zone),
        "quoted_until": offer.told.until.astimezone(offer.sheet.zone),
    }


def reservation_as_dict(reservation: Reservation) -> dict[str, Any]:
    """A reservation in the form the API speaks."""
    plain = (
        "id", "number", "instrument_id", "starts_at", "ends_at", "purpose", "with_operator", "payer_id",
        "provider_id", "payer_class", "decline_reason", "cancel_reason", "answer_due_at", "created_at", "changed_at",
    )  # fmt: skip
    fee = 0 if reservation.is_fee_waived else reservation.cancellation_fee_minor
    return {
        **{name: getattr(reservation, name) for name in plain},
        "decline_reason": reservation.decline_reason or "",
        "cancel_reason": reservation.cancel_reason or "",
        "state": reservation.state.value,
        "estimate": Money(reservation.estimate_minor, reservation.currency),
        "lines": quote_lines(reservation.quote["lines"], reservation.currency),
        "cancellation_fee": Money(fee or 0, reservation.currency),
    }
