"""Who may see, draft and publish the tariffs of an instrument (flows.md §3)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.instruments.models import Instrument


@rule(needs="owner / manager / finance")
def prices(actor: Actor, instrument: Instrument) -> bool:
    """Owner, manager or finance of the institution that owns the instrument."""
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.MANAGER, Role.FINANCE)


@rule(needs="owner / manager")
def drafts(actor: Actor, instrument: Instrument) -> bool:
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.MANAGER)


@rule(needs="owner / finance")
def publishes(actor: Actor, instrument: Instrument) -> bool:
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.FINANCE)


@rule()
def audits(actor: Actor, instrument: Instrument) -> bool:
    """The operator's settlement desk and auditor read every tariff."""
    return actor.operates(Role.OWNER, Role.SETTLEMENT, Role.AUDITOR)


@rule()
def belongs(actor: Actor, instrument: Instrument) -> bool:
    """Any member of the institution that owns the instrument knows that it is there."""
    return actor.acts_for(instrument.owner_id)


class TariffPolicy:
    """One attribute per action, on the instrument. Published prices are public and need none of these."""

    known: Rule = belongs | audits
    view: Rule = prices | audits
    draft: Rule = drafts
    publish: Rule = publishes
