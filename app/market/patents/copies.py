"""Co-owners each keep a copy of one patent (专利法 art. 14): what stands on it, stands on its number."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from app.core.db import hold_key, session
from app.core.tenancy import everybody
from app.market.patents.models import Encumbrance, EncumbranceKind, Patent


def lock_number(number: str) -> None:
    """Let nobody else note what stands on a patent, with any copy of it, until the transaction ends.

    Taken after the row of the own copy, as the triggers of the database do (migration 0047).
    """
    hold_key(f"patent:{number}")


def noted_elsewhere(patent: Patent, day: date, *kinds: EncumbranceKind) -> Sequence[Encumbrance]:
    """What other copies of a patent say of it and holds on a day; all kinds when none is named.

    These are rows of other organisations: nothing is told of them but what the register says too.
    """
    wanted = (
        select(Encumbrance)
        .join(Patent, Patent.id == Encumbrance.patent_id)
        .where(Patent.number == patent.number, Patent.id != patent.id, *_holding(day, kinds))
        .order_by(Encumbrance.starts_on, Encumbrance.id)
    )
    with everybody():
        return session.scalars(wanted).all()


def pledges_on(patent_ids: Collection[UUID], day: date) -> dict[UUID, list[Encumbrance]]:
    """The pledges of some patents that hold on a day, by patent: those noted with it first, then its other copies'."""
    asked = aliased(Patent)
    wanted = (
        select(asked.id, Encumbrance)
        .join(Patent, Patent.number == asked.number)
        .join(Encumbrance, Encumbrance.patent_id == Patent.id)
        .where(asked.id.in_(patent_ids), *_holding(day, (EncumbranceKind.PLEDGE,)))
        .order_by(Patent.id != asked.id, Encumbrance.starts_on, Encumbrance.id)
    )
    found: dict[UUID, list[Encumbrance]] = {}
    with everybody():
        for patent_id, pledge in session.execute(wanted):
            found.setdefault(patent_id, []).append(pledge)
    return found


def _holding(day: date, kinds: Collection[EncumbranceKind]) -> list[ColumnElement[bool]]:
    holds = [Encumbrance.starts_on <= day, or_(Encumbrance.ends_on.is_(None), Encumbrance.ends_on > day)]
    return [*holds, Encumbrance.kind.in_(kinds)] if kinds else holds
