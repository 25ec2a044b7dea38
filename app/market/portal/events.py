"""What the portal announces."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class InterestRegistered(Event):
    """An organisation would like to use a patent that cannot be taken by notice."""

    interest_id: UUID
