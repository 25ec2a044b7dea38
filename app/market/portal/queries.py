"""Patents for everybody: the list, its counts, one patent, a portfolio."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Actor
from app.core.db import session
from app.market.open_licences.models import OpenLicence, RoyaltyBase, StateChange
from app.market.open_licences.prices import total_cost
from app.market.patents.models import Patent
from app.market.portal.filters import Filters, Sales
from app.market.portal.models import Interest
from app.market.portal.statements import count_statement, list_statement, of_patents

PAGE_SIZE = 20
MOST_SORTED = 2000
MOST_EXPORTED = 5000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many patents each value of each filter would give, all other filters kept."""

    values: dict[str, dict[str, int]] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)  # code → name, English name
    matching: int = 0

    def of(self, name: str) -> dict[str, int]:
        """Value → amount of one filter."""
        return self.values.get(name, {})


def count_patents(filters: Filters) -> Counts:
    """How many match, and the numbers beside the filters: one statement."""
    counts = Counts(values={})
    matching = 0
    for row in session.execute(count_statement(filters)):
        if not row.dimension:
            matching = row.amount
        elif row.value:
            counts.values.setdefault(row.dimension, {})[row.value] = row.amount
            if row.dimension == "owner":
                counts.owners[row.value] = (row.label, row.label_en)
    return Counts(counts.values, counts.owners, matching)


def list_patents(filters: Filters, *, limit: int, offset: int = 0) -> Sequence[Row[Any]]:
    """The rows of a page: what can be taken first, then pilots. By total cost at my sales when that is the order."""
    statement = list_statement(filters)
    if filters.sort != "total":
        return session.execute(statement.limit(limit).offset(offset)).all()
    rows = session.execute(statement.limit(MOST_SORTED)).all()
    order = {"announced": 0, "pilot": 1}
    return sorted(rows, key=lambda row: (order.get(row.status, 2), cost(row.OpenLicence, filters.sales) or 0))[
        offset : offset + limit
    ]


def cost(priced: OpenLicence | None, sales: Sales) -> int | None:
    """What a licence comes to in all at my sales, in fen; None where no price is named."""
    if priced is None:
        return None
    base = sales.profit_minor if priced.royalty_base is RoyaltyBase.PROFIT else sales.minor
    return total_cost(priced, base, sales.years)


def patents_picked(picks: Sequence[UUID]) -> Sequence[Row[Any]]:
    """The rows of the patents picked to compare, in the order of picking; one statement or none."""
    if not picks:
        return []
    return sorted(session.execute(of_patents(list(picks))), key=lambda row: picks.index(row.Patent.id))


def portal_row(patent_id: UUID) -> Row[Any] | None:
    """One patent of a public portfolio with its live declaration, its people and encumbrances."""
    statement = of_patents([patent_id], whole=True).options(
        selectinload(Patent.holders), selectinload(Patent.inventors),
        selectinload(Patent.encumbrances),
    )  # fmt: skip
    return session.execute(statement).one_or_none()


def history_of(open_licence: OpenLicence) -> Sequence[StateChange]:
    """The steps of a declaration, the oldest first."""
    statement = select(StateChange).where(StateChange.open_licence_id == open_licence.id)
    return session.scalars(statement.order_by(StateChange.position)).all()


def last_public(patent_id: UUID) -> OpenLicence | None:
    """The last declaration of a patent that has ended after being announced."""
    return session.scalars(
        select(OpenLicence)
        .where(
            OpenLicence.patent_id == patent_id, OpenLicence.announced_on.is_not(None), OpenLicence.ended_on.is_not(None)
        )
        .order_by(OpenLicence.ended_on.desc())
        .limit(1)
    ).first()


def interest_of(actor: Actor, patent_id: UUID) -> Interest | None:
    """The interest that the organisation acted for has registered in a patent."""
    if actor.organisation_id is None:
        return None
    return session.scalars(
        select(Interest).where(Interest.patent_id == patent_id, Interest.organisation_id == actor.organisation_id)
    ).one_or_none()


def interests_in(owner_id: UUID) -> Any:
    """Who is interested in an owner's patents, the newest first."""
    return (
        select(Interest)
        .options(joinedload(Interest.patent), joinedload(Interest.organisation), joinedload(Interest.user))
        .where(Interest.owner_id == owner_id)
        .order_by(Interest.created_at.desc(), Interest.id)
    )
