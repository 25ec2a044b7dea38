"""Holding the proceeds of a charge, and letting them go when prepayment or deposit is agreed."""

from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.ledger.operations import lock_books
from app.settlement.models import Charge
from app.settlement.payments.models import Collection
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.policy import ProceedsPolicy
from app.settlement.statements.models import BillLine, StatementLine


def hold_proceeds(actor: Actor, charge: Charge, reason: str) -> ProceedsHold:
    """Keep what is collected for a charge out of payouts until somebody decides (民法典第四百四十四条).

    Done again it is the first hold, decided or not. Raises Invalid without a reason, Conflict when the money is in a
    payout already.
    """
    ensure(actor, ProceedsPolicy.hold, charge)
    if not reason.strip():
        raise Invalid(_l("Say why."), field="reason")
    lock_books()
    known = session.scalars(select(ProceedsHold).where(ProceedsHold.charge_id == charge.id)).one_or_none()
    if known is not None:
        return known
    paid_out = (
        select(Collection.id)
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .where(StatementLine.charge_id == charge.id, Collection.payout_id.is_not(None))
    )
    if session.scalar(paid_out.limit(1)) is not None:
        raise Conflict(_l("The proceeds of this charge are in a payout already."), code="in_payout")
    hold = ProceedsHold(
        id=uuid7(), charge_id=charge.id, provider_id=charge.provider_id, reason=reason.strip(),
        held_by_id=actor.user_id, held_at=now(),
    )  # fmt: skip
    session.add(hold)
    session.flush()
    record(actor, "proceeds.hold", hold, {"reason": [None, hold.reason]})
    return hold


def move_hold(before: UUID, after: UUID) -> None:
    """A charge was replaced before its bill: what held the proceeds of the one holds those of the other."""
    session.execute(
        update(ProceedsHold)
        .where(ProceedsHold.charge_id == before)
        .values(charge_id=after)
        .execution_options(synchronize_session="fetch")
    )


def release_proceeds(actor: Actor, hold: ProceedsHold, choice: ProceedsChoice) -> ProceedsHold:
    """Prepayment or deposit is agreed: what is collected goes into the next payout. The same again changes nothing.

    Raises Conflict when it was decided otherwise.
    """
    ensure(actor, ProceedsPolicy.release, hold)
    lock_books()
    session.refresh(hold, with_for_update={"of": ProceedsHold})
    if hold.choice is choice:
        return hold
    if hold.choice is not None:
        raise Conflict(_l("This is decided already."), code="decided")
    hold.choice, hold.decided_by_id, hold.decided_at = choice, actor.user_id, now()
    session.flush()
    record(actor, "proceeds.release", hold, {"choice": [None, choice.value]})
    return hold
