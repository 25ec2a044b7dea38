"""Patents as they are looked for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Actor, Organisation
from app.core.db import session
from app.market.patents.models import Patent

WITH_OWNER = (joinedload(Patent.owner),)
WITH_PEOPLE = (
    joinedload(Patent.owner),
    selectinload(Patent.holders),
    selectinload(Patent.inventors),
    selectinload(Patent.encumbrances),
)
"""Loader options for everything that a patent's own page, its blockers and its papers look at."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which patents an actor may see: the public portfolios, and all of one's own organisation."""
    if actor.operates():
        return true()
    published = Patent.published_at.is_not(None)
    if actor.organisation_id is None:
        return published
    return or_(published, Patent.owner_id == actor.organisation_id)


def patents_of(owner: Organisation) -> Select[Patent]:
    """The portfolio of an organisation, published or not, in the order of numbers."""
    return select(Patent).options(*WITH_OWNER).where(Patent.owner_id == owner.id).order_by(Patent.number)


def patents_by_ids(owner_id: UUID, ids: Sequence[UUID]) -> list[Patent]:
    """Those of the given patents that belong to an organisation, locked in order, with their people."""
    statement = select(Patent).options(*WITH_PEOPLE).where(Patent.owner_id == owner_id, Patent.id.in_(ids))
    locked = statement.order_by(Patent.id).with_for_update(of=Patent).execution_options(populate_existing=True)
    return list(session.scalars(locked).unique())


def locked(patent: Patent) -> Patent:
    """The same patent as it is in the database now, locked, with its people."""
    statement = select(Patent).options(*WITH_PEOPLE).where(Patent.id == patent.id)
    fresh = statement.with_for_update(of=Patent).execution_options(populate_existing=True)
    return session.scalars(fresh).unique().one()
