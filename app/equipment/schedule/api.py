"""When an instrument is free, for programs."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app
from flask.typing import ResponseReturnValue
from marshmallow import fields

from app.accounts.identity import current_actor
from app.core.api import Blueprint, InstantField, Schema
from app.core.policy import load
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.policy import InstrumentPolicy
from app.equipment.schedule.queries import availability_of

bp = Blueprint("schedule_api", __name__, url_prefix="/api/v1", description="When instruments are free")

_PLUS_LOST = re.compile(r"(T[\d:.]+) (\d\d:\d\d)$")


class QueryInstantField(InstantField):
    """An instant in an address, where a ``+`` that was not written as ``%2B`` arrives as a blank."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        sent = _PLUS_LOST.sub(r"\1+\2", value) if isinstance(value, str) else value
        return super()._deserialize(sent, attr, data, **kwargs)


class WindowQuery(Schema):
    """The window looked at; at most 366 days."""

    starts_at = QueryInstantField(required=True, data_key="from")
    ends_at = QueryInstantField(required=True, data_key="to")


class StretchSchema(Schema):
    """A stretch of time, half-open, with the offset of the place."""

    starts_at = InstantField(required=True)
    ends_at = InstantField(required=True)


class AvailabilitySchema(Schema):
    """A window split into three; what is open but too soon or too far ahead is in none of them."""

    free = fields.List(fields.Nested(StretchSchema), required=True)
    busy = fields.List(fields.Nested(StretchSchema), required=True)
    closed = fields.List(fields.Nested(StretchSchema), required=True)


@bp.route("/instruments/<uuid:instrument_id>/availability", methods=["GET"])
@bp.arguments(WindowQuery, location="query")
@bp.response(200, AvailabilitySchema)
@bp.problems(401, 404, 422)
def availability(query: dict[str, Any], instrument_id: UUID) -> ResponseReturnValue:
    """What of a window is free, busy and closed at this moment."""
    instrument = load(Instrument, instrument_id, current_actor(), InstrumentPolicy.view)
    parts = availability_of(instrument, (query["starts_at"], query["ends_at"]))
    # Written directly: a schema would walk ten thousand stretches one field at a time.
    return Response(current_app.json.dumps(parts.to_json()), mimetype="application/json")
