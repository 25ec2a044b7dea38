"""Finding the slot that suits somebody in line: arithmetic on stretches, no database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core.clock import bounds
from app.core.clock import days as calendar_days
from app.equipment.schedule.hours import ONE_DAY, instant
from app.equipment.schedule.periods import Stretch, merge, subtract
from app.equipment.schedule.slots import MINUTE, SlotRules, next_free
from app.equipment.waiting.models import WaitingEntry


def wanted_stretches(entry: WaitingEntry, zone: ZoneInfo) -> list[Stretch]:
    """When a slot would suit: the wished hours of the wished weekdays within the window; whole days adjoin."""
    first, last = (moment.astimezone(zone).date() for moment in (entry.starts_at, entry.ends_at - MINUTE))
    return merge(
        (instant(day, entry.from_minute, zone), instant(day, entry.until_minute, zone))
        for day in calendar_days(first, last + ONE_DAY)
        if not entry.weekdays or day.weekday() in entry.weekdays
    )


def suits(entry: WaitingEntry, slot: Stretch, zone: ZoneInfo) -> bool:
    """Whether a slot lies within what somebody waits for and is long enough."""
    long_enough = slot[1] - slot[0] >= entry.minutes * MINUTE
    return long_enough and any(begin <= slot[0] and slot[1] <= end for begin, end in wanted_stretches(entry, zone))


def fitting_slot(
    entry: WaitingEntry,
    rules: SlotRules,
    zone: ZoneInfo,
    opening: Sequence[Stretch],
    busy: Sequence[Stretch],
    *,
    now: datetime,
    lead: timedelta,
) -> Stretch | None:
    """The first free slot that suits somebody in line and was not offered to them before.

    It begins so late that, after the instrument's notice, `lead` is left to decide.
    """
    begin, end = entry.days.lower, entry.days.upper
    if begin is None or end is None:
        return None
    others = subtract([(begin, end)], wanted_stretches(entry, zone))
    outside = [(min(begin, now) - ONE_DAY, begin), (end, end + ONE_DAY)]
    too_soon = (now - ONE_DAY, now + rules.notice * MINUTE + lead)
    passed = [bounds(each) for each in entry.passed_periods]
    blocked = merge([*busy, *others, *outside, too_soon, *passed])
    found = next_free(rules, zone, opening, blocked, after=max(begin, now), minutes=entry.minutes, now=now)
    return None if found is None or found[1] > end else found
