"""What negotiations announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class OfferMade(Event):
    """A proposal waits for the other side."""

    offer_id: UUID


@dataclass(frozen=True)
class ContractToSign(Event):
    """A contract waits for signatures: newly agreed, signed by one side, or changed after a signature."""

    contract_id: UUID
    sha256: str
    signatures: int


@dataclass(frozen=True)
class ContractSigned(Event):
    """Both sides have signed the same text."""

    contract_id: UUID


@dataclass(frozen=True)
class NegotiationEnded(Event):
    """A negotiation lapsed, was declined, or could not take effect."""

    negotiation_id: UUID
