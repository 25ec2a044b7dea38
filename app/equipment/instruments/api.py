"""The catalogue for programs: published instruments, newest first, and everything about one."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.identity import current_actor
from app.core.api import Blueprint, page_of
from app.core.db import session
from app.core.pages import bad_cursor, decode_cursor, encode_cursor
from app.core.policy import load
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.instruments.policy import InstrumentPolicy
from app.equipment.instruments.schemas import (
    InstrumentDetailSchema,
    InstrumentQuery,
    InstrumentSchema,
    instrument_as_dict,
)
from app.search.queries import matches

bp = Blueprint("instruments_api", __name__, url_prefix="/api/v1", description="The catalogue of shared instruments")

WITH_OWNER = joinedload(Instrument.owner)


@bp.route("/instruments", methods=["GET"])
@bp.arguments(InstrumentQuery, location="query")
@bp.response(200, page_of(InstrumentSchema))
@bp.problems(401, 422)
def list_instruments(query: dict[str, Any]) -> dict[str, Any]:
    """Published instruments, the newest first; `q` looks for words in names, models, makers and uses."""
    statement = select(Instrument).options(WITH_OWNER).where(Instrument.state == InstrumentState.PUBLISHED)
    if query["q"]:
        statement = statement.where(matches(Instrument.search_words, query["q"]))
    after = decode_cursor(query["cursor"], 1)
    if after is not None:
        statement = statement.where(Instrument.id < _position(after[0]))
    found = session.scalars(statement.order_by(Instrument.id.desc()).limit(query["limit"] + 1)).all()
    items = found[: query["limit"]]
    cursor = encode_cursor([items[-1].id]) if len(found) > query["limit"] else None
    return {"items": [instrument_as_dict(item) for item in items], "next_cursor": cursor}


def _position(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise bad_cursor() from None


@bp.route("/instruments/<uuid:instrument_id>", methods=["GET"])
@bp.response(200, InstrumentDetailSchema)
@bp.problems(401, 404)
def show(instrument_id: UUID) -> dict[str, Any]:
    """One instrument of the catalogue, or of one's own institution."""
    instrument = load(Instrument, instrument_id, current_actor(), InstrumentPolicy.view, options=(WITH_OWNER,))
    return instrument_as_dict(instrument, InstrumentDetailSchema)
