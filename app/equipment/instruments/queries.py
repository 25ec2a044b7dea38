"""Instruments as they are looked for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true

from app.accounts.models import Actor, Organisation
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState
from app.search.queries import matches


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which instruments an actor may see: the catalogue, and all of one's own institution."""
    published = Instrument.state == InstrumentState.PUBLISHED
    if actor.operates():
        return true()
    if actor.organisation_id is None:
        return published
    return or_(published, Instrument.owner_id == actor.organisation_id)


def instruments_to_copy(owner: Organisation, words: str = "", limit: int = 500) -> Sequence[Row[Any]]:
    """An institution's instruments for choosing one to copy, the latest first, with what tells them apart.

    Each of `words` must stand somewhere in a name, model, asset number or place, or the whole be found by search.
    """
    statement: Any = (
        select(
            Instrument.id, Instrument.asset_no, Instrument.name, Instrument.name_zh, Instrument.model,
            Instrument.site, Instrument.building, Instrument.room,
        )
        .where(Instrument.owner_id == owner.id)
        .order_by(Instrument.id.desc())
        .limit(limit)
    )  # fmt: skip
    if words:
        said = func.concat_ws(
            " ", Instrument.name, Instrument.name_zh, Instrument.model, Instrument.asset_no,
            Instrument.site, Instrument.building, Instrument.room,
        )  # fmt: skip
        every = and_(*(said.icontains(word, autoescape=True) for word in words.split()))
        statement = statement.where(or_(every, matches(Instrument.search_words, words)))
    rows: Sequence[Row[Any]] = session.execute(statement).all()
    return rows
