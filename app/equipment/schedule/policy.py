"""Who may see and change the timetable of an instrument (flows.md §3: hours, rules, maintenance)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.instruments.models import Instrument


@rule(needs="owner / manager")
def manages(actor: Actor, instrument: Instrument) -> bool:
    """Owner or manager of the institution that owns the instrument."""
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.MANAGER)


@rule()
def belongs(actor: Actor, instrument: Instrument) -> bool:
    """Any member of the institution that owns the instrument."""
    return actor.acts_for(instrument.owner_id)


@rule()
def supervises(actor: Actor, instrument: Instrument) -> bool:
    """The operator's people read what institutions set."""
    return actor.operates()


class SchedulePolicy:
    """One attribute per action."""

    view: Rule = belongs | supervises
    manage: Rule = manages
