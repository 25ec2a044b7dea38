"""What instruments announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class InstrumentPublished(Event):
    """An instrument is in the catalogue from now on."""

    instrument_id: UUID


@dataclass(frozen=True)
class InstrumentWithdrawn(Event):
    """An instrument was taken out of the catalogue."""

    instrument_id: UUID


@dataclass(frozen=True)
class InstrumentDescribed(Event):
    """What an instrument is, or where, was changed."""

    instrument_id: UUID
