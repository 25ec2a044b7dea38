"""Templates of hours of an institution: saved from one instrument, given to others, never followed in silence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.hours import WeeklyHours
from app.equipment.schedule.models import HoursTemplate
from app.equipment.schedule.operations import set_booking_rules, set_opening_hours
from app.equipment.schedule.policy import SchedulePolicy, TemplatePolicy
from app.equipment.schedule.queries import (
    booking_rules,
    bookings_outside,
    rules_json,
    timetable,
    weekly_hours,
)
from app.equipment.schedule.slots import SlotRules
from app.equipment.settings import settings

MOST_TEMPLATES = 20
LONGEST_NAME = 80
LOOK_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a template would change of one instrument, and how many bookings would then lie outside its hours."""

    instrument: Instrument
    before: WeeklyHours
    changes_hours: bool
    changes_rules: bool
    outside: int

    @property
    def changes(self) -> bool:
        return self.changes_hours or self.changes_rules


def templates_of(organisation_id: UUID) -> Sequence[HoursTemplate]:
    """The templates of an institution by name. The caller has asked whether the actor belongs to it."""
    statement = select(HoursTemplate).where(HoursTemplate.organisation_id == organisation_id)
    return session.scalars(statement.order_by(HoursTemplate.name, HoursTemplate.id)).all()


def week_kept(template: HoursTemplate) -> WeeklyHours:
    """The week that a template gives."""
    return WeeklyHours.from_json(template.hours)


def save_template(actor: Actor, instrument: Instrument, name: str, *, with_rules: bool) -> HoursTemplate:
    """Keep an instrument's week, and its booking rules, under a name; one of that name takes them instead of its own.

    Raises Invalid for an empty week or name, Conflict when there are too many.
    """
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    called, weekly = one_line(name), weekly_hours(instrument.id)
    if not called or len(called) > LONGEST_NAME:
        raise Invalid(_l("A name of at most %(most)s characters.", most=LONGEST_NAME), field="name")
    if weekly.is_empty:
        raise Invalid(_l("Set the opening hours first."), field="name")
    there = templates_of(instrument.owner_id)
    template = next((each for each in there if each.name == called), None)
    before = template.hours if template else None
    if template is None:
        if len(there) >= MOST_TEMPLATES:
            raise Conflict(_l("At most %(most)s templates.", most=MOST_TEMPLATES), field="name", code="too_many")
        template = HoursTemplate(id=uuid7(), organisation_id=instrument.owner_id, name=called)
        session.add(template)
    template.hours = weekly.to_json()
    template.rules = rules_json(booking_rules(instrument.id)) if with_rules else None
    template.changed_at = now()
    taken = Conflict(_l("A colleague has just saved one of this name. Look again."), field="name", code="taken")
    with guard({"hours_templates_organisation_id_name_key": taken}):
        session.flush()
    record(actor, "schedule.save_template", template, {"name": called, "hours": [before, template.hours]})
    return template


def remove_template(actor: Actor, template: HoursTemplate) -> None:
    """Forget a template; instruments keep the hours they have."""
    ensure(actor, TemplatePolicy.manage, template, known_to=TemplatePolicy.view)
    record(actor, "schedule.remove_template", template, {"name": [template.name, None]})
    session.delete(template)
    session.flush()


def apply_template(actor: Actor, template: HoursTemplate, instrument: Instrument) -> bool:
    """Give an instrument the hours (and rules) of its institution's template; says whether anything changed."""
    ensure(actor, TemplatePolicy.view, template)
    changed = set_opening_hours(actor, instrument, week_kept(template))
    if not _rules_differ(template, instrument):
        return changed
    slots, cancellation, needs_approval = _rules_of(template.rules or {})
    set_booking_rules(actor, instrument, slots, cancellation, needs_approval=needs_approval)
    return True


def effect(template: HoursTemplate, instrument: Instrument) -> Effect:
    """What applying a template would do, worked out without doing it."""
    present: datetime = now()
    until = present + LOOK_AHEAD
    times = timetable(instrument, (present, until))
    new = week_kept(template)
    outside = bookings_outside(instrument.id, replace(times, weekly=new), until)
    return Effect(instrument, times.weekly, times.weekly != new, _rules_differ(template, instrument), len(outside))


def instruments_of(organisation_id: UUID, ids: Sequence[UUID], most: int) -> Sequence[Instrument]:
    """Those of the given instruments that belong to the institution, or its first ones when none are given."""
    statement = select(Instrument).where(Instrument.owner_id == organisation_id)
    if ids:
        statement = statement.where(Instrument.id.in_(ids))
    return session.scalars(statement.order_by(Instrument.asset_no).limit(most)).all()


def _rules_differ(template: HoursTemplate, instrument: Instrument) -> bool:
    """Whether the template has rules that are not the instrument's; those with approval need their least notice."""
    if template.rules is None:
        return False
    wanted = dict(template.rules)
    if wanted["needs_approval"]:
        wanted["notice"] = max(wanted["notice"], settings.number("approval_notice_minutes"))
    return rules_json(booking_rules(instrument.id)) != wanted


def _rules_of(kept: dict[str, int | bool]) -> tuple[SlotRules, CancellationRules, bool]:
    names = ("granularity", "shortest", "longest", "notice", "horizon_days")
    slots = SlotRules(*(int(kept[name]) for name in names))
    return slots, CancellationRules.from_json(kept), bool(kept["needs_approval"])
