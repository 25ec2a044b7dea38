"""What waits for the operator: four queues, each with how many, since when and how much."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.accounts.models import Organisation, Verification
from app.core.clock import now
from app.core.db import session
from app.core.workdays import end_of_working_day
from app.equipment.settings import settings
from app.equipment.usage.models import UseObjection
from app.settlement.payments.queries import Receivables, receivables
from app.settlement.payouts.models import BatchState, PayoutBatch


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things wait, since when the oldest one does, and their sum in minor units."""

    count: int
    since: datetime | None = None
    amount_minor: int = 0

    @property
    def days(self) -> int:
        """Whole days that the oldest has waited."""
        return (now() - self.since).days if self.since else 0


@dataclass(frozen=True, slots=True)
class Queues:
    """The operator's queues; `disputes_late`: the oldest dispute is past the days in which it should be decided."""

    verifications: Waiting
    disputes: Waiting
    disputes_late: bool
    payouts: Waiting
    money: Receivables


def operator_queues() -> Queues:
    """What waits at this moment. Five statements."""
    waiting = session.execute(
        select(func.count(), func.min(Organisation.created_at)).where(Organisation.verification == Verification.WAITING)
    ).one()
    disputed = session.execute(
        select(func.count(), func.min(UseObjection.escalated_at)).where(
            UseObjection.escalated_at.is_not(None), UseObjection.decided_at.is_(None)
        )
    ).one()
    drafts = session.execute(
        select(func.count(), func.min(PayoutBatch.made_at), func.coalesce(func.sum(PayoutBatch.total_minor), 0)).where(
            PayoutBatch.state == BatchState.DRAFT
        )
    ).one()
    disputes = Waiting(*disputed)
    days = settings.number("decision_days")
    late = disputes.since is not None and end_of_working_day(days, since=disputes.since) < now()
    payouts = Waiting(drafts[0], drafts[1], int(drafts[2]))
    return Queues(Waiting(*waiting), disputes, late, payouts, receivables())
