"""Who may do what with money (flows.md §3)."""

from typing import Any

from app.accounts.models import Actor, Role
from app.core.policy import rule

PROVIDER_FINANCE = (Role.OWNER, Role.FINANCE)
OFFICE = (Role.OWNER, Role.MANAGER, Role.FINANCE, Role.TRANSFER)


@rule()
def party(actor: Actor, charge: Any) -> bool:
    """Acts for the institution or for the customer."""
    return actor.acts_for(charge.provider_id) or actor.acts_for(charge.payer_id)


@rule()
def provider(actor: Actor, thing: Any) -> bool:
    return actor.acts_for(thing.provider_id)


@rule()
def payer(actor: Actor, thing: Any) -> bool:
    return actor.acts_for(thing.payer_id)


@rule("owner, manager, finance, transfer")
def provider_office(actor: Actor, thing: Any) -> bool:
    return actor.acts_for(thing.provider_id, *OFFICE)


@rule("owner, finance")
def provider_finance(actor: Actor, thing: Any) -> bool:
    return actor.acts_for(thing.provider_id, *PROVIDER_FINANCE)


@rule("owner, finance")
def payer_finance(actor: Actor, thing: Any) -> bool:
    return actor.acts_for(thing.payer_id, Role.OWNER, Role.FINANCE)


@rule("owner, finance")
def paper_reader(actor: Actor, _thing: Any) -> bool:
    """Reads statements, bills and payouts: owner and finance of one's own organisation, and the operator's readers."""
    return reads_papers(actor) or operator_reader(actor, None)


def reads_papers(actor: Actor) -> bool:
    """Whether the actor's roles open the money papers of the organisation acted for (flows.md §3)."""
    return actor.is_system or bool(actor.roles.intersection(PROVIDER_FINANCE))


@rule("settlement")
def settler(actor: Actor, _thing: Any) -> bool:
    """Settles for the platform."""
    return actor.operates(Role.SETTLEMENT)


@rule("settlement, auditor")
def operator_reader(actor: Actor, _thing: Any) -> bool:
    """May look at all money."""
    return actor.operates(Role.OWNER, Role.SETTLEMENT, Role.AUDITOR)


@rule()
def operator_staff(actor: Actor, _thing: Any) -> bool:
    """Works for the platform, in whatever role; such people may know that a page exists."""
    return actor.operates()


class ChargePolicy:
    view = party | operator_reader
    draft = party | settler
    replace = provider | settler
    object = payer
    finalise = party | settler
    void = provider | settler
