"""Who may see and write instruments (flows.md §3)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.instruments.models import Instrument


@rule()
def is_in_catalogue(_actor: Actor, instrument: Instrument) -> bool:
    """Everybody sees what is published."""
    return instrument.is_published


@rule()
def belongs(actor: Actor, instrument: Instrument) -> bool:
    """Any member of the institution that owns the instrument."""
    return actor.acts_for(instrument.owner_id)


@rule("owner / manager")
def manages(actor: Actor, instrument: Instrument) -> bool:
    """Owner or manager of the institution that owns the instrument."""
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.MANAGER)


@rule()
def supervises(actor: Actor, _instrument: Instrument) -> bool:
    """The operator's people see drafts too."""
    return actor.operates()


class InstrumentPolicy:
    """One attribute per action."""

    view: Rule = is_in_catalogue | belongs | supervises
    view_draft: Rule = belongs | supervises
    edit: Rule = manages
    publish: Rule = manages
