"""What royalties announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class RoyaltyDue(Event):
    """A period is over (reminder 0), or its report is due in some days and not there (1, 2, …)."""

    period_id: UUID
    reminder: int


@dataclass(frozen=True)
class RoyaltyLate(Event):
    """The day for a report has passed."""

    period_id: UUID


@dataclass(frozen=True)
class RoyaltyReported(Event):
    """A report, a correction, or the announced floor where no report was sent."""

    report_id: UUID


@dataclass(frozen=True)
class RoyaltyQuestioned(Event):
    """The licensor asks about a report."""

    question_id: UUID


@dataclass(frozen=True)
class RoyaltyAnswered(Event):
    """The licensee has answered."""

    question_id: UUID


@dataclass(frozen=True)
class RoyaltySettled(Event):
    """A period is accepted and paid."""

    period_id: UUID
