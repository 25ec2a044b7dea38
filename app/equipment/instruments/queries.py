"""Instruments as they are looked for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from app.accounts.models import Actor, Organisation
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which instruments an actor may see: the catalogue, and all of one's own institution."""
    published = Instrument.state == InstrumentState.PUBLISHED
    if actor.operates():
        return true()
    if actor.organisation_id is None:
        return published
    return or_(published, Instrument.owner_id == actor.organisation_id)


def instruments_to_copy(owner: Organisation) -> Sequence[tuple[UUID, str, str]]:
    """(id, asset number, name) of an institution's instruments, the latest first, for choosing one to copy."""
    statement = (
        select(Instrument.id, Instrument.asset_no, Instrument.name)
        .where(Instrument.owner_id == owner.id)
        .order_by(Instrument.id.desc())
        .limit(500)
    )
    return [(row.id, row.asset_no, row.name) for row in session.execute(statement)]
