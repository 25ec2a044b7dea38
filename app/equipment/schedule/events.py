"""What the timetable announces."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class TimetableChanged(Event):
    """Opening hours, an exception, a maintenance block or the booking rules of an instrument are others now."""

    instrument_id: UUID
