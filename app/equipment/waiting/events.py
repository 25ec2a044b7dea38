"""What the waiting list announces."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class SlotOffered(Event):
    """A free slot is held for somebody in line."""

    entry_id: UUID
    hold_id: UUID


@dataclass(frozen=True)
class OfferPassed(Event):
    """Somebody does not want the slot that was held for them, or left the line: the next one's turn."""

    entry_id: UUID
    instrument_id: UUID


@dataclass(frozen=True)
class WaitingOver(Event):
    """The days that somebody waited for have passed without a slot."""

    entry_id: UUID
