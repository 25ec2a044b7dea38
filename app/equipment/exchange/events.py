"""What happens in the exchange of lists."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class InstrumentsImported(Event):
    """A list was imported: instruments of this institution were created or changed."""

    organisation_id: UUID
    created: int
    changed: int
