"""Income of a pledged patent is held until prepayment or deposit is agreed (民法典第四百四十四条)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import or_, select

from app.accounts.models import SYSTEM
from app.core.clock import today
from app.core.db import session
from app.core.tenancy import everybody
from app.market.patents.models import Encumbrance, EncumbranceKind
from app.settlement.models import Charge
from app.settlement.proceeds.models import ProceedsHold
from app.settlement.proceeds.operations import hold_proceeds


def pledges_on(patent_ids: Collection[UUID]) -> Sequence[Encumbrance]:
    """The pledges of some patents that hold today, the first one first. They are the owner's rows: every side's
    press looks at them."""
    day = today()
    with everybody():
        return session.scalars(
            select(Encumbrance)
            .where(Encumbrance.patent_id.in_(patent_ids), Encumbrance.kind == EncumbranceKind.PLEDGE)
            .where(Encumbrance.starts_on <= day, or_(Encumbrance.ends_on.is_(None), Encumbrance.ends_on > day))
            .order_by(Encumbrance.starts_on, Encumbrance.id)
        ).all()


def hold_if_pledged(patent_id: UUID, charge: Charge) -> ProceedsHold | None:
    """Hold what comes in for a charge of a patent's licence when the patent is pledged today; once."""
    pledges = pledges_on([patent_id])
    if not pledges:
        return None
    reason = "; ".join(" ".join(part for part in ("质押", one.holder, one.reference) if part) for one in pledges)
    with everybody():
        return hold_proceeds(
            SYSTEM, charge, reason, pledgee=pledges[0].holder, email=pledges[0].holder_email
        )  # fmt: skip
