"""How far a statement's or bill's money has come."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import session
from app.settlement.payments.models import Collection
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.statements.models import BillLine, StatementLine


@dataclass(frozen=True, slots=True)
class Progress:
    """Of a statement's net amount, in minor units: what customers have paid, and what has reached the institution."""

    net_minor: int
    collected_minor: int
    paid_out_minor: int

    @property
    def step(self) -> int:
        """0 issued, 1 being collected, 2 all collected, 3 all paid out."""
        if self.paid_out_minor >= self.net_minor:
            return 3
        if self.collected_minor >= self.net_minor:
            return 2
        return 1 if self.collected_minor else 0


def statement_progress(statement_id: UUID, net_minor: int) -> Progress:
    """How much of a statement has been collected and paid out."""
    collected, paid_out = session.execute(
        select(
            func.coalesce(func.sum(Collection.net_minor), 0),
            func.coalesce(func.sum(Collection.net_minor).filter(Payout.state == PayoutState.PAID), 0),
        )
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .outerjoin(Payout, Payout.id == Collection.payout_id)
        .where(StatementLine.statement_id == statement_id)
    ).one()
    return Progress(net_minor, int(collected), int(paid_out))
