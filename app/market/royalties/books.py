"""What fee notes and the books call a royalty report, and where it is shown."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.ledger.subjects import Subject
from app.market.licences.models import Licence
from app.market.royalties.models import RoyaltyPeriod, RoyaltyReport


def reports(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Reports by the number of their period, leading to it."""
    rows = session.execute(
        select(RoyaltyReport.id, RoyaltyPeriod.id.label("period_id"), RoyaltyPeriod.position, Licence.number)
        .join(RoyaltyPeriod, RoyaltyPeriod.id == RoyaltyReport.period_id)
        .join(Licence, Licence.id == RoyaltyPeriod.licence_id)
        .where(RoyaltyReport.id.in_(ids))
    )
    return {
        row.id: Subject(f"{row.number}-{row.position:02d}", "royalties.show", (("period_id", row.period_id),))
        for row in rows
    }
