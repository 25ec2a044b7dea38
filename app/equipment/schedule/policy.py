"""Who may see and change the timetable of an instrument (flows.md §3: hours, rules, maintenance)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.models import HoursTemplate


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


@rule(needs="owner / manager")
def manages_template(actor: Actor, template: HoursTemplate) -> bool:
    """Owner or manager of the institution that keeps the template."""
    return actor.acts_for(template.organisation_id, Role.OWNER, Role.MANAGER)


@rule()
def keeps_template(actor: Actor, template: HoursTemplate) -> bool:
    """Any member of the institution that keeps the template."""
    return actor.acts_for(template.organisation_id)


class TemplatePolicy:
    """One attribute per action."""

    view: Rule = keeps_template
    manage: Rule = manages_template
