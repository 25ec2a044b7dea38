"""What reservations announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class ReservationMade(Event):
    """A slot was booked; it may still need the institution's approval."""

    reservation_id: UUID


@dataclass(frozen=True)
class ReservationConfirmed(Event):
    """A request was approved, or needs no approval any more; `revision` tells a second approval from the first."""

    reservation_id: UUID
    revision: int = 0


@dataclass(frozen=True)
class ReservationDeclined(Event):
    """The institution declined a request, with a reason."""

    reservation_id: UUID


@dataclass(frozen=True)
class ReservationCancelled(Event):
    """The customer cancelled, perhaps for a fee."""

    reservation_id: UUID


@dataclass(frozen=True)
class ReservationWithdrawn(Event):
    """The institution took a confirmed booking back, with a reason; it costs nothing."""

    reservation_id: UUID


@dataclass(frozen=True)
class ReservationMoved(Event):
    """A booking was moved to another time; it may need the institution's approval anew."""

    reservation_id: UUID
    revision: int


@dataclass(frozen=True)
class ReservationExtended(Event):
    """A running use got more time."""

    reservation_id: UUID
    revision: int


@dataclass(frozen=True)
class ReservationShortened(Event):
    """A use ended early and the rest of its time is free again."""

    reservation_id: UUID


@dataclass(frozen=True)
class ReservationExpired(Event):
    """Nobody answered a request in time."""

    reservation_id: UUID


@dataclass(frozen=True)
class ReservationMissed(Event):
    """Nobody came."""

    reservation_id: UUID


@dataclass(frozen=True)
class FeeWaived(Event):
    """The institution lets a late cancellation or a no-show cost nothing."""

    reservation_id: UUID


@dataclass(frozen=True)
class HoldReleased(Event):
    """Somebody gave a held slot back before its time was over."""

    hold_id: UUID
    instrument_id: UUID
