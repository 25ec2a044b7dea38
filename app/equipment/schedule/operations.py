"""Setting when an instrument is open, how it may be booked, and when it is out of service."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import Period, bounds, now, today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.claims import claim, release
from app.equipment.schedule.events import TimetableChanged
from app.equipment.schedule.hours import DayHours, WeeklyHours, day_hours_to_json
from app.equipment.schedule.models import BookingRules, Occupation, OccupationKind, OpeningException, OpeningStretch
from app.equipment.schedule.policy import SchedulePolicy
from app.equipment.schedule.queries import (
    booking_rules,
    occupations_within,
    rules_json,
    weekly_hours,
)
from app.equipment.schedule.slots import SlotRules
from app.equipment.settings import settings

LONGEST_REASON = 200
FURTHEST_DAY = timedelta(days=3 * 366)
LONGEST_MAINTENANCE = timedelta(days=366)
MOST_NAMED = 20


def set_opening_hours(actor: Actor, instrument: Instrument, weekly: WeeklyHours) -> bool:
    """Replace the weekly template; says whether anything changed. Bookings already made stay as they are."""
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    lock_settings(instrument.id)
    before = weekly_hours(instrument.id).to_json()
    if before == weekly.to_json():
        return False
    session.execute(delete(OpeningStretch).where(OpeningStretch.instrument_id == instrument.id))
    rows = [
        {
            "id": uuid7(),
            "instrument_id": instrument.id,
            "weekday": weekday,
            "starts_minute": one.start,
            "ends_minute": one.end,
        }
        for weekday, day in enumerate(weekly.days)
        for one in day
    ]
    if rows:
        session.execute(insert(OpeningStretch), rows)
    record(actor, "schedule.set_hours", instrument, {"hours": [before, weekly.to_json()]})
    emit(TimetableChanged(instrument.id))
    return True


def copy_opening_hours(actor: Actor, source: Instrument, instrument: Instrument) -> bool:
    """Give an instrument the weekly template of another one that the actor may see; says whether anything changed."""
    ensure(actor, SchedulePolicy.view, source)
    return set_opening_hours(actor, instrument, weekly_hours(source.id))


def set_exception(actor: Actor, instrument: Instrument, day: date, hours: DayHours, reason: str) -> OpeningException:
    """Other hours, or none, on one day in place of the template; a second setting replaces the first.

    Raises Invalid for a day that has passed or is more than three years off, or a reason that is too long.
    """
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    first = today(instrument.timezone)
    if not first <= day <= first + FURTHEST_DAY:
        raise Invalid(_l("Choose a day from today on, within three years."), field="day")
    values = {
        "stretches": [[one.start, one.end] for one in hours],
        "reason": _reason(reason),
    }
    statement = upsert(OpeningException).values(id=uuid7(), instrument_id=instrument.id, day=day, **values)
    exception = session.scalars(
        statement.on_conflict_do_update(index_elements=["instrument_id", "day"], set_=values).returning(
            OpeningException
        ),
        execution_options={"populate_existing": True},
    ).one()
    record(
        actor,
        "schedule.set_exception",
        instrument,
        {"day": str(day), "hours": [None, day_hours_to_json(hours)], "reason": values["reason"]},
    )
    emit(TimetableChanged(instrument.id))
    return exception


def remove_exception(actor: Actor, instrument: Instrument, exception: OpeningException) -> None:
    """Let the template hold on that day again."""
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    record(actor, "schedule.remove_exception", instrument, {"day": str(exception.day)})
    emit(TimetableChanged(instrument.id))
    session.delete(exception)
    session.flush()


def add_maintenance(actor: Actor, instrument: Instrument, stretch: Period, reason: str) -> UUID:
    """Keep a stretch of time free of bookings; gives the id of the occupation.

    Raises Invalid for a stretch that has passed or is too long, and Conflict naming in `bookings` what stands in the
    way: they are moved or cancelled first (flows.md §4 "breaks with bookings").
    """
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    starts_at, ends_at = bounds(stretch)
    if ends_at <= now():
        raise Invalid(_l("This time has passed."), field="ends_at", code="past")
    if ends_at - starts_at > LONGEST_MAINTENANCE or ends_at > now() + FURTHEST_DAY:
        raise Invalid(_l("At most a year long, and within three years."), field="ends_at", code="too_long")
    identity = uuid7()
    if not claim(identity, instrument.id, stretch, OccupationKind.MAINTENANCE, reason=_reason(reason)):
        raise _in_the_way(occupations_within(instrument.id, (starts_at, ends_at)))
    record(
        actor,
        "schedule.add_maintenance",
        instrument,
        {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "reason": _reason(reason)},
    )
    emit(TimetableChanged(instrument.id))
    return identity


def _in_the_way(occupations: Iterable[Occupation]) -> Conflict:
    found = list(occupations)
    return Conflict(
        _l("In the way: %(count)s bookings or blocks. Move or cancel them first.", count=len(found)),
        field="starts_at",
        code="occupied",
        details={
            "bookings": [
                {
                    "id": str(each.id),
                    "kind": each.kind.value,
                    "starts_at": bounds(each.period)[0].isoformat(),
                    "ends_at": bounds(each.period)[1].isoformat(),
                }
                for each in found[:MOST_NAMED]
            ]
        },
    )


def remove_maintenance(actor: Actor, instrument: Instrument, block: Occupation) -> None:
    """End a maintenance block; its time can be booked at once. Raises Invalid for what is no maintenance."""
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    if block.kind is not OccupationKind.MAINTENANCE or block.instrument_id != instrument.id:
        raise Invalid(_l("This is no maintenance block of this instrument."))
    release(block.id, instrument.id)
    session.expire(block)
    record(actor, "schedule.remove_maintenance", instrument, {"block": str(block.id)})
    emit(TimetableChanged(instrument.id))


def set_booking_rules(
    actor: Actor, instrument: Instrument, slots: SlotRules, cancellation: CancellationRules, *, needs_approval: bool
) -> BookingRules:
    """Set how an instrument may be booked from now on; bookings made keep the rules they were made under.

    Where requests are answered by people the notice is raised to `approval_notice_minutes` (flows.md §2 ⚙).
    """
    ensure(actor, SchedulePolicy.manage, instrument, known_to=SchedulePolicy.view)
    if needs_approval:
        slots = replace(slots, notice=max(slots.notice, settings.number("approval_notice_minutes")))
    lock_settings(instrument.id)
    rules = booking_rules(instrument.id)
    before = rules_json(rules) if rules else {}
    if rules is None:
        rules = BookingRules(id=uuid7(), instrument_id=instrument.id)
        session.add(rules)
    rules.granularity, rules.shortest, rules.longest = slots.granularity, slots.shortest, slots.longest
    rules.notice, rules.horizon_days, rules.needs_approval = slots.notice, slots.horizon_days, needs_approval
    rules.free_until, rules.late_percent = cancellation.free_until, cancellation.late_percent
    rules.no_show_percent = cancellation.no_show_percent
    session.flush()
    after = rules_json(rules)
    changes = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    if changes:
        record(actor, "schedule.set_rules", instrument, changes)
        emit(TimetableChanged(instrument.id))
    return rules


def lock_settings(instrument_id: UUID) -> None:
    """Let two people who change the same instrument's hours, rules or tariff do so one after the other."""
    session.execute(select(Instrument.id).where(Instrument.id == instrument_id).with_for_update(key_share=True))


def _reason(text: str) -> str:
    cleaned = one_line(text)
    if len(cleaned) > LONGEST_REASON:
        raise Invalid(_l("At most %(longest)s characters.", longest=LONGEST_REASON), field="reason")
    return cleaned
