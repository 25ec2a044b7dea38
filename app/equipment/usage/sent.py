"""Presses as a phone sends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import marshmallow
from marshmallow import fields, validate

from app.core.api import InstantField, Schema, TextField
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.equipment.tariffs.pricing import MOST_UNITS
from app.equipment.usage.presses import MAX_KEY

MOST_PRESSES = 50


@dataclass(frozen=True, slots=True)
class SentPress:
    """One press with the device's own id and clock."""

    key: str
    action: str
    reservation: str
    pressed_at: datetime
    ended_at: datetime | None
    consumables: dict[str, int]
    fault: str


class SentPressSchema(Schema):
    """One press in JSON."""

    key = TextField(required=True, validate=validate.Length(1, MAX_KEY))
    action = fields.String(required=True, validate=validate.OneOf(["start", "finish"]))
    reservation = TextField(required=True, validate=validate.Length(max=40))
    pressed_at = InstantField(required=True)
    ended_at = InstantField(load_default=None, allow_none=True)
    consumables = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.Integer(strict=True, validate=validate.Range(0, MOST_UNITS)),
        load_default=dict,
    )
    fault = TextField(load_default="", validate=validate.Length(max=500))


def read_presses(body: Any) -> list[SentPress]:
    """The presses of a body ``{"presses": […]}``. Raises Invalid for anything else."""
    presses = body.get("presses") if isinstance(body, dict) else None
    if not isinstance(presses, list) or len(presses) > MOST_PRESSES:
        raise Invalid(_l("This request cannot be understood. Check what you entered."), code="bad_presses")
    try:
        return [SentPress(**loaded) for loaded in SentPressSchema(many=True).load(presses)]
    except marshmallow.ValidationError:
        raise Invalid(_l("This request cannot be understood. Check what you entered."), code="bad_presses") from None
