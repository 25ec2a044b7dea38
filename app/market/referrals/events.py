"""What referrals announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class ReferralMoved(Event):
    """A request has taken a step: asked, passed on, answered, agreed, ended."""

    referral_id: UUID
    position: int


@dataclass(frozen=True)
class ReferralDue(Event):
    """Whoever has a request has little time left to act (`due_on`: ISO day, one reminder for each)."""

    referral_id: UUID
    due_on: str
