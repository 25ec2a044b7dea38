"""What tariffs announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class TariffPublished(Event):
    """Prices are out that hold from some day on."""

    tariff_id: UUID
    instrument_id: UUID


@dataclass(frozen=True)
class TariffEnded(Event):
    """Published prices hold shorter than they were to."""

    tariff_id: UUID
    instrument_id: UUID
