"""Opening hours: a weekly template of wall times with exceptions by date, turned into instants of a place.

A stretch opens when the clocks of the place first reach its start and closes when they first reach its end.
So a time the clocks jump over means the jump, and a time that comes twice means the first
(tests/…/test_hours.py has the model).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from app.core.clock import Period, bounds, period
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.equipment.schedule import strict
from app.equipment.schedule.periods import Stretch, intersect, merge

END_OF_DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_STRETCHES = 12
ONE_DAY = timedelta(days=1)

_CLOCK = re.compile(r"(\d{1,2})[:：.](\d{2})")
_STRETCH = re.compile(r"\s*(\d{1,2}[:：.]\d{2})\s*[-–—−~～至到]+\s*(\d{1,2}[:：.]\d{2})\s*")
_SEPARATORS = re.compile(r"[,，;；、\n]")


@dataclass(frozen=True, slots=True, order=True)
class WallStretch:
    """From `start` up to `end` by the clock on the wall, in minutes since midnight; 1440 is 24:00."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.end)}"


DayHours = tuple[WallStretch, ...]
"""The stretches of one day, sorted; empty means closed."""

WHOLE_DAY: DayHours = (WallStretch(0, END_OF_DAY),)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """The template: seven days from Monday on."""

    days: tuple[DayHours, ...] = field(default=((),) * 7)

    def __post_init__(self) -> None:
        if len(self.days) != len(WEEKDAYS):
            raise ValueError("a week has seven days")

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read ``{"mon": ["09:00-12:00", "13:00-24:00"], …}``; a weekday left out is closed.

        Raises Invalid.
        """
        given = strict.members(value, "", required=(), optional=WEEKDAYS)
        return cls(
            tuple(day_hours_from_json(given.get(weekday, []), weekday) for weekday in WEEKDAYS),
        )

    def to_json(self) -> dict[str, list[str]]:
        """What `from_json` reads, without the closed days."""
        return {weekday: [str(one) for one in day] for weekday, day in zip(WEEKDAYS, self.days, strict=True) if day}

    @property
    def is_empty(self) -> bool:
        """Whether it is never open."""
        return not any(self.days)

    @property
    def minutes(self) -> int:
        """Open minutes of a week without exceptions."""
        return sum(one.end - one.start for day in self.days for one in day)


ALWAYS_OPEN = WeeklyHours((WHOLE_DAY,) * 7)


@dataclass(frozen=True, slots=True)
class ExceptionDay:
    """What holds on one date in place of the template: other `hours`, or none, for a `reason`."""

    hours: DayHours = ()
    reason: str = ""


NO_EXCEPTIONS: Mapping[date, ExceptionDay] = {}


def clock_text(minute: int) -> str:
    """A minute of the day as clocks show it: 570 is ``09:30``, 1440 is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def parse_clock(text: str) -> int:
    """Minutes since midnight from ``9:30``, ``09：30`` or ``24:00``. Raises Invalid."""
    found = _CLOCK.fullmatch(text.strip())
    if found:
        minute = int(found[1]) * 60 + int(found[2])
        if int(found[2]) < 60 and minute <= END_OF_DAY:
            return minute
    raise Invalid(_l("“%(text)s” is no time of day; write it like 09:30.", text=text.strip()[:20]))


def parse_day_hours(text: str) -> DayHours:
    """The stretches in ``09:00-12:00, 13:30–24:00`` as a person types them; nothing means closed.

    Raises Invalid.
    """
    stretches = []
    for part in filter(str.strip, _SEPARATORS.split(text)):
        found = _STRETCH.fullmatch(part)
        if not found:
            raise Invalid(_l("“%(text)s” is no stretch of time; write it like 09:00-17:30.", text=part.strip()[:30]))
        stretches.append(WallStretch(parse_clock(found[1]), parse_clock(found[2])))
    return day_hours(stretches)


def day_hours(stretches: Iterable[WallStretch]) -> DayHours:
    """Sorted stretches of a day, adjoining ones joined. Raises Invalid when one is empty or two overlap."""
    joined: list[WallStretch] = []
    for one in sorted(stretches):
        if not 0 <= one.start < one.end <= END_OF_DAY:
            raise Invalid(_l("%(stretch)s: the end must be later than the start.", stretch=str(one)))
        if joined and one.start < joined[-1].end:
            raise Invalid(_l("%(one)s and %(other)s overlap.", one=str(joined[-1]), other=str(one)))
        if joined and one.start == joined[-1].end:
            joined[-1] = WallStretch(joined[-1].start, one.end)
        else:
            joined.append(one)
    if len(joined) > MOST_STRETCHES:
        raise Invalid(_l("At most %(most)s stretches a day.", most=MOST_STRETCHES))
    return tuple(joined)


def day_hours_from_json(value: object, path: str) -> DayHours:
    """Read ``["09:00-12:00", …]``. Raises Invalid with `path` as its field."""
    try:
        texts = [strict.text(text, path, longest=20) for text in strict.items(value, path)]
        return day_hours(stretch for text in texts for stretch in parse_day_hours(text))
    except Invalid as fault:
        fault.field = path
        raise


def day_hours_to_json(hours: DayHours) -> list[str]:
    """What `day_hours_from_json` reads."""
    return [str(one) for one in hours]


def open_stretches(
    weekly: WeeklyHours, exceptions: Mapping[date, ExceptionDay], zone: ZoneInfo, window: Stretch
) -> list[Stretch]:
    """When it is open within `window`, in UTC; stretches that adjoin, also across midnight, are one."""
    begin, end = window[0].astimezone(UTC), window[1].astimezone(UTC)
    day, last = begin.astimezone(zone).date() - ONE_DAY, end.astimezone(zone).date()
    found: list[Stretch] = []
    while day <= last:
        exception = exceptions.get(day)
        for one in weekly.days[day.weekday()] if exception is None else exception.hours:
            opens, closes = instant(day, one.start, zone), instant(day, one.end, zone)
            if opens < closes:
                found.append((opens, closes))
        day += ONE_DAY
    return intersect(merge(found), [(begin, end)])


def open_periods(
    weekly: WeeklyHours, exceptions: Mapping[date, ExceptionDay], zone: ZoneInfo, window: Period
) -> list[Period]:
    """`open_stretches` for those who speak in periods."""
    return [period(*stretch) for stretch in open_stretches(weekly, exceptions, zone, bounds(window))]


def whole_days(stretch: Stretch, zone: ZoneInfo) -> Stretch:
    """`stretch` widened to whole calendar days of the place: the checks of slots need the hours of these."""
    first, last = (
        stretch[0].astimezone(zone).date(),
        (stretch[1] - timedelta(microseconds=1)).astimezone(zone).date(),
    )
    return instant(first, 0, zone), instant(last, END_OF_DAY, zone)


@lru_cache(maxsize=8192)
def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When the clocks of `zone` first reach `minute` of `day`.

    The jump if they jump over it, the first of two.
    """
    if minute == END_OF_DAY:
        day, minute = day + ONE_DAY, 0
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    return _jump(wall.replace(fold=1).astimezone(UTC), moment, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second in ``(before, after]`` with the offset that `after` has."""
    offset = after.astimezone(zone).utcoffset()
    seconds = range(1, int((after - before).total_seconds()) + 1)
    position = bisect_left(
        seconds, True, key=lambda s: (before + timedelta(seconds=s)).astimezone(zone).utcoffset() == offset
    )
    return before + timedelta(seconds=seconds[position])
