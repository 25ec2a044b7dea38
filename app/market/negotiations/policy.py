"""Who may do what with negotiations, contracts and their registration (flows-market.md §2 "Roles")."""

from typing import Any

from sqlalchemy.orm import joinedload

from app.accounts.models import Actor, OrganisationKind
from app.core.policy import Rule, rule
from app.market.negotiations.models import Contract, ContractRegistration, Negotiation
from app.market.patents.models import Patent
from app.market.patents.policy import OFFICERS


@rule("owner, transfer officer")
def may_ask(actor: Actor, patent: Patent) -> bool:
    """Speaks for an organisation that is neither the owner nor the operator."""
    organisation = actor.organisation
    return (
        organisation is not None
        and patent.is_published
        and organisation.kind is not OrganisationKind.OPERATOR
        and organisation.id != patent.owner_id
        and actor.acts_for(organisation.id, *OFFICERS)
    )


@rule()
def is_party(actor: Actor, negotiation: Negotiation) -> bool:
    """Any member of either side."""
    return actor.acts_for(negotiation.asker_id) or actor.acts_for(negotiation.owner_id)


@rule("owner, transfer officer")
def speaks(actor: Actor, negotiation: Negotiation) -> bool:
    """Owner or transfer officer of either side."""
    return actor.acts_for(negotiation.asker_id, *OFFICERS) or actor.acts_for(negotiation.owner_id, *OFFICERS)


@rule()
def supervises(actor: Actor, _thing: Any) -> bool:
    """The operator's people."""
    return actor.operates()


WITH_NEGOTIATION = joinedload(Contract.negotiation)


@rule("", WITH_NEGOTIATION)
def is_contract_party(actor: Actor, contract: Contract) -> bool:
    return bool(is_party(actor, contract.negotiation))


@rule("owner, transfer officer", WITH_NEGOTIATION)
def signs_contract(actor: Actor, contract: Contract) -> bool:
    return bool(speaks(actor, contract.negotiation))


@rule("owner, transfer officer", WITH_NEGOTIATION)
def sells(actor: Actor, contract: Contract) -> bool:
    """The seller registers (domain.md C.2)."""
    return actor.acts_for(contract.negotiation.owner_id, *OFFICERS)


@rule()
def is_registration_party(actor: Actor, registration: ContractRegistration) -> bool:
    return actor.acts_for(registration.seller_id) or actor.acts_for(registration.buyer_id)


@rule("owner, transfer officer")
def registers(actor: Actor, registration: ContractRegistration) -> bool:
    return actor.acts_for(registration.seller_id, *OFFICERS)


class NegotiationPolicy:
    """One attribute per action."""

    ask: Rule = may_ask
    view: Rule = is_party | supervises
    answer: Rule = speaks


class ContractPolicy:
    """One attribute per action."""

    view: Rule = is_contract_party | supervises
    change: Rule = signs_contract
    sign: Rule = signs_contract
    register: Rule = sells


class RegistrationPolicy:
    """One attribute per action."""

    view: Rule = is_registration_party | supervises
    edit: Rule = registers
