"""Negotiations, contracts and registrations looked up."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Actor
from app.core.clock import now
from app.core.db import session
from app.market.negotiations.models import (
    AT_CONTRACT,
    LIVE,
    TALKING,
    Contract,
    ContractRegistration,
    Negotiation,
    NegotiationState,
    Side,
)
from app.market.patents.models import Patent

WITH_NAMES = (joinedload(Negotiation.patent), joinedload(Negotiation.asker), joinedload(Negotiation.owner))
WITH_ALL = (
    joinedload(Negotiation.patent).selectinload(Patent.holders),
    joinedload(Negotiation.asker),
    joinedload(Negotiation.owner),
    selectinload(Negotiation.offers),
    joinedload(Negotiation.contract).selectinload(Contract.signatures),
)
CONTRACT_WITH_ALL = (
    joinedload(Contract.negotiation).joinedload(Negotiation.patent).selectinload(Patent.holders),
    joinedload(Contract.negotiation).joinedload(Negotiation.asker),
    joinedload(Contract.negotiation).joinedload(Negotiation.owner),
    joinedload(Contract.offer),
    joinedload(Contract.registration),
    selectinload(Contract.signatures),
)
REGISTRATION_WITH_ALL = (
    joinedload(ContractRegistration.contract).joinedload(Contract.negotiation).joinedload(Negotiation.patent),
    joinedload(ContractRegistration.seller),
    joinedload(ContractRegistration.buyer),
    selectinload(ContractRegistration.steps),
)


def visible_to(actor: Actor) -> Any:
    """The condition under which a negotiation may be seen, the same as NegotiationPolicy.view."""
    if actor.operates():
        return true()
    return or_(Negotiation.asker_id == actor.organisation_id, Negotiation.owner_id == actor.organisation_id)


def visible_negotiations(
    actor: Actor, state: NegotiationState | None = None, patent_id: UUID | None = None
) -> Select[Negotiation]:
    """All that the actor may see, what moved last first."""
    statement = (
        select(Negotiation)
        .options(*WITH_NAMES, joinedload(Negotiation.contract))
        .where(visible_to(actor))
        .order_by(Negotiation.changed_at.desc(), Negotiation.id.desc())
    )
    if state is not None:
        statement = statement.where(Negotiation.state == state)
    return statement if patent_id is None else statement.where(Negotiation.patent_id == patent_id)


def negotiation_with_all(negotiation_id: UUID) -> Negotiation:
    """One with everything that its page and its contract name, as it is now."""
    return session.scalars(
        select(Negotiation)
        .options(*WITH_ALL)
        .where(Negotiation.id == negotiation_id)
        .execution_options(populate_existing=True)
    ).one()


def contract_with_all(contract_id: UUID) -> Contract:
    """One with everything that signing and its page need, as it is now."""
    return session.scalars(
        select(Contract)
        .options(*CONTRACT_WITH_ALL)
        .where(Contract.id == contract_id)
        .execution_options(populate_existing=True)
    ).one()


def live_negotiation(patent_id: UUID, asker_id: UUID | None) -> Negotiation | None:
    """The one that an organisation has going on about a patent."""
    return session.scalars(
        select(Negotiation).where(
            Negotiation.patent_id == patent_id, Negotiation.asker_id == asker_id, Negotiation.state.in_(LIVE)
        )
    ).first()


def waiting_for(actor: Actor, limit: int = 20) -> Sequence[Negotiation]:
    """What waits for an answer or a signature of the organisation acted for, the most urgent first."""
    mine = actor.organisation_id
    turn = or_(
        (Negotiation.turn == Side.ASKER) & (Negotiation.asker_id == mine),
        (Negotiation.turn == Side.OWNER) & (Negotiation.owner_id == mine),
    )
    either = or_(Negotiation.asker_id == mine, Negotiation.owner_id == mine)
    statement = (
        select(Negotiation)
        .options(*WITH_NAMES, joinedload(Negotiation.contract).selectinload(Contract.signatures))
        .where((Negotiation.state.in_(TALKING) & turn) | (Negotiation.state.in_(AT_CONTRACT) & either))
        .order_by(Negotiation.lapses_at, Negotiation.id)
        .limit(limit)
    )
    found = session.scalars(statement).unique().all()
    return [one for one in found if one.is_talking or not _has_signed(one, actor)]


def _has_signed(negotiation: Negotiation, actor: Actor) -> bool:
    side = negotiation.side_of(actor.organisation_id)
    contract = negotiation.contract
    return side is not None and contract is not None and contract.signature_of(side) is not None


def overdue() -> Sequence[UUID]:
    """Negotiations whose answer or signature is overdue."""
    return session.scalars(
        select(Negotiation.id)
        .where(Negotiation.state.in_((*TALKING, *AT_CONTRACT)), Negotiation.lapses_at <= now())
        .order_by(Negotiation.id)
    ).all()


def visible_registrations(actor: Actor) -> Select[ContractRegistration]:
    """Registrations of contracts in which the organisation acted for has a part; all for the operator."""
    statement = (
        select(ContractRegistration)
        .options(*REGISTRATION_WITH_ALL)
        .order_by(ContractRegistration.changed_at.desc(), ContractRegistration.id.desc())
    )
    if actor.operates():
        return statement
    mine = actor.organisation_id
    return statement.where(or_(ContractRegistration.seller_id == mine, ContractRegistration.buyer_id == mine))
