"""What follows from offers, signatures and licences. Every handler may run twice."""

from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.events import subscribe
from app.market.licences.events import LicenceEnded, LicenceTookEffect, NoticeVoid
from app.market.licences.models import Licence
from app.market.negotiations.events import ContractToSign, NegotiationEnded, OfferMade
from app.market.negotiations.models import Contract, Negotiation, Offer, Side
from app.market.negotiations.notices import tell_ended, tell_offer, tell_to_sign
from app.market.negotiations.operations import end_without_licence
from app.market.negotiations.queries import negotiation_with_all
from app.market.negotiations.signing import carry_out, release_patent


@subscribe(OfferMade)
def tell_of_offer(event: OfferMade) -> None:
    """The other side learns of the last offer; one that is answered already needs no notice."""
    offer = session.get_one(Offer, event.offer_id)
    negotiation = negotiation_with_all(offer.negotiation_id)
    if negotiation.is_talking and negotiation.rounds == offer.revision:
        tell_offer(negotiation, offer.revision)


@subscribe(ContractToSign)
def tell_of_contract(event: ContractToSign) -> None:
    """Who has not signed this text yet learns that it waits."""
    contract = session.get_one(Contract, event.contract_id)
    negotiation = negotiation_with_all(contract.negotiation_id)
    whole = negotiation.contract
    if whole is None or whole.sha256 != event.sha256 or not negotiation.is_at_contract:
        return
    missing = [side for side in Side if whole.signature_of(side) is None]
    tell_to_sign(negotiation, whole, missing, f"{event.sha256[:16]}:{event.signatures}")


@subscribe(NegotiationEnded)
def tell_of_end(event: NegotiationEnded) -> None:
    """Both sides learn that it is over."""
    tell_ended(negotiation_with_all(event.negotiation_id))


@subscribe(LicenceTookEffect)
def carry_contract_out(event: LicenceTookEffect) -> None:
    """A signed and paid contract: the patent carries the licence, or changes its owner."""
    negotiation = _negotiation_of(event.licence_id)
    if negotiation is not None:
        carry_out(negotiation, session.get_one(Licence, event.licence_id))


@subscribe(NoticeVoid)
def end_unpaid_contract(event: NoticeVoid) -> None:
    """Not paid in time, or barred meanwhile."""
    negotiation = _negotiation_of(event.licence_id)
    if negotiation is not None:
        end_without_licence(negotiation, session.get_one(Licence, event.licence_id).end_reason)


@subscribe(LicenceEnded)
def free_patent(event: LicenceEnded) -> None:
    """An exclusive licence that is over no longer stands on the patent."""
    release_patent(session.get_one(Licence, event.licence_id))


def _negotiation_of(licence_id: UUID) -> Negotiation | None:
    found = session.scalar(select(Negotiation.id).where(Negotiation.licence_id == licence_id))
    return negotiation_with_all(found) if found is not None else None
