"""Slots: what of the opening hours is free, whether a slot keeps the rules, and which are free near by.

All functions take opening hours of whole calendar days of the place (`hours.whole_days`), because the grid
of starts counts from the opening, or from midnight where it was open before.
"""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from app.core.clock import Period, bounds, days
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.equipment.schedule.hours import END_OF_DAY, ONE_DAY, instant
from app.equipment.schedule.periods import Stretch, containing, intersect, merge, subtract

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SlotRules:
    """How an instrument may be booked, in minutes except `horizon_days`, which says how far ahead.

    Raises Invalid when it makes no sense.
    """

    granularity: int = 30
    shortest: int = 30
    longest: int = 8 * 60
    notice: int = 120
    horizon_days: int = 60

    def __post_init__(self) -> None:
        if not 5 <= self.granularity <= END_OF_DAY or END_OF_DAY % self.granularity:
            raise Invalid(
                _l("At least 5 minutes, and a day must divide by it: 5, 10, 15, 30, 60, 120 …"),
                field="granularity",
            )
        if self.shortest < 1 or self.shortest % self.granularity:
            raise Invalid(_l("A multiple of the granularity."), field="shortest")
        if self.longest < self.shortest or self.longest % self.granularity:
            raise Invalid(_l("A multiple of the granularity, not below the shortest length."), field="longest")
        if self.longest > 90 * END_OF_DAY:
            raise Invalid(_l("At most 90 days."), field="longest")
        if not 0 <= self.notice <= 60 * END_OF_DAY:
            raise Invalid(_l("Between 0 and 60 days."), field="notice")
        if not 1 <= self.horizon_days <= 730 or self.horizon_days * END_OF_DAY <= self.notice:
            raise Invalid(_l("Between 1 and 730 days, and further than the notice."), field="horizon_days")

    def bookable(self, now: datetime, zone: ZoneInfo) -> Stretch:
        """From the end of the notice to the midnight that ends the last day of the horizon."""
        last_day = now.astimezone(zone).date() + timedelta(days=self.horizon_days)
        return now + self.notice * MINUTE, instant(last_day, END_OF_DAY, zone)


def availability(
    opening: Sequence[Stretch], busy: Sequence[Stretch], bookable: Stretch, window: Stretch
) -> tuple[list[Stretch], list[Stretch], list[Stretch]]:
    """Split `window` into free, busy and closed.

    Free is open, bookable and not busy; closed is neither open nor busy. What is open but too soon or
    too far is none of the three. `busy` may be in any order and overlap.
    """
    whole = [window]
    taken = intersect(merge(busy), whole)
    opened = intersect(opening, whole)
    free = subtract(intersect(opened, [bookable]), taken)
    closed = subtract(subtract(whole, opened), taken)
    return free, taken, closed


def first_start(rules: SlotRules, zone: ZoneInfo, opening: Sequence[Stretch], earliest: datetime) -> datetime:
    """When the first slot may begin from `earliest` on, if it is open then; `earliest` itself where it is closed."""
    open_then = containing(opening, earliest)
    if open_then is None:
        return earliest
    day = earliest.astimezone(zone).date()
    starts = (start for each in (day, day + ONE_DAY) for start in _grid(open_then, each, zone, rules.granularity))
    return min(next((start for start in starts if start >= earliest), open_then[1]), open_then[1])


def check_slot(rules: SlotRules, zone: ZoneInfo, opening: Sequence[Stretch], wished: Period, now: datetime) -> None:
    """Whether a slot keeps the rules of the instrument, whoever else may have booked it.

    Raises Invalid with `field` starts_at or ends_at, a code, and in `details` what would be allowed.
    """
    begin, end = bounds(wished)
    if begin < now:
        raise Invalid(_l("This time has passed."), field="starts_at", code="past")
    _check_open(zone, opening, begin, end)
    _check_grid(rules, zone, opening, begin, end)
    _check_length(rules, (end - begin) // MINUTE)
    _check_distance(rules, zone, (begin, end), now)


def _check_open(zone: ZoneInfo, opening: Sequence[Stretch], begin: datetime, end: datetime) -> None:
    open_then = containing(opening, begin)
    if open_then is None:
        raise Invalid(_l("It is closed at that time."), field="starts_at", code="closed")
    if end > open_then[1]:
        closes_at = open_then[1].astimezone(zone)
        raise Invalid(
            _l("It closes at %(time)s.", time=f"{closes_at:%Y-%m-%d %H:%M}"),
            field="ends_at",
            code="closed",
            details={"closes_at": closes_at.isoformat()},
        )


def _check_grid(rules: SlotRules, zone: ZoneInfo, opening: Sequence[Stretch], begin: datetime, end: datetime) -> None:
    step = rules.granularity
    if not is_aligned(begin, containing(opening, begin), zone, step):
        raise Invalid(
            _l("Bookings start every %(minutes)s minutes, counted from the opening.", minutes=step),
            field="starts_at",
            code="granularity",
            details={"granularity_minutes": step},
        )
    if (end - begin) % (step * MINUTE):
        raise Invalid(
            _l("The length must be a multiple of %(minutes)s minutes.", minutes=step),
            field="ends_at",
            code="granularity",
            details={"granularity_minutes": step},
        )


def _check_length(rules: SlotRules, minutes: int) -> None:
    if minutes < rules.shortest:
        raise Invalid(
            _l("At least %(minutes)s minutes.", minutes=rules.shortest),
            field="ends_at",
            code="too_short",
            details={"shortest_minutes": rules.shortest},
        )
    if minutes > rules.longest:
        raise Invalid(
            _l("At most %(minutes)s minutes.", minutes=rules.longest),
            field="ends_at",
            code="too_long",
            details={"longest_minutes": rules.longest},
        )


def _check_distance(rules: SlotRules, zone: ZoneInfo, wished: Stretch, now: datetime) -> None:
    earliest, latest = rules.bookable(now, zone)
    if wished[0] < earliest:
        shown = _whole_minute(earliest).astimezone(zone)
        raise Invalid(
            _l(
                "Book %(hours)s h ahead: earliest %(time)s.",
                hours=f"{rules.notice / 60:g}",
                time=f"{shown:%Y-%m-%d %H:%M}",
            ),
            field="starts_at",
            code="too_soon",
            details={"earliest": shown.isoformat()},
        )
    if wished[1] > latest:
        last_day = (latest - MINUTE).astimezone(zone).date()
        raise Invalid(
            _l(
                "Book at most %(days)s days ahead: until %(date)s.",
                days=rules.horizon_days,
                date=f"{last_day}",
            ),
            field="starts_at" if wished[0] >= latest else "ends_at",
            code="too_far",
            details={"latest": latest.astimezone(zone).isoformat()},
        )


def _whole_minute(moment: datetime) -> datetime:
    """The next full minute, or `moment` when it is one."""
    floor = moment.replace(second=0, microsecond=0)
    return floor if floor == moment else floor + MINUTE


def is_aligned(moment: datetime, open_then: Stretch | None, zone: ZoneInfo, step: int) -> bool:
    """Whether a slot may begin at `moment`.

    `step` minutes by the wall clock from the opening of that day or midnight.
    """
    local = moment.astimezone(zone)
    if local.second or local.microsecond:
        return False
    minute = local.hour * 60 + local.minute
    return (minute - _anchor(open_then, local.date(), zone)) % step == 0


def _anchor(open_then: Stretch | None, day: date, zone: ZoneInfo) -> int:
    """The minute of `day` from which its grid counts."""
    if open_then is None:
        return 0
    opens_at = open_then[0].astimezone(zone)
    return opens_at.hour * 60 + opens_at.minute if opens_at.date() == day else 0


def free_slots(
    rules: SlotRules,
    zone: ZoneInfo,
    opening: Sequence[Stretch],
    busy: Sequence[Stretch],
    *,
    near: Period,
    now: datetime,
    count: int = 3,
) -> list[Stretch]:
    """The `count` free slots as long as `near` and nearest to it on either side, nearest first.

    They do not overlap each other; of two equally near the later comes first. Looks no further than `opening` reaches.
    """
    wished, until = bounds(near)
    length = until - wished
    room = _room(rules, zone, opening, busy, now, length)
    later = ((start - wished, 0, start) for start in _starts_from(rules, zone, opening, room, wished))
    sooner = ((wished - start, 1, start) for start in _starts_before(rules, zone, opening, room, wished))
    chosen: list[Stretch] = []
    for _distance, _side, start in heapq.merge(later, sooner):
        if len(chosen) == count:
            break
        if all(start + length <= begin or end <= start for begin, end in chosen):
            chosen.append((start, start + length))
    return chosen


def next_free(
    rules: SlotRules,
    zone: ZoneInfo,
    opening: Sequence[Stretch],
    busy: Sequence[Stretch],
    *,
    after: datetime,
    minutes: int,
    now: datetime,
) -> Stretch | None:
    """The first free slot of `minutes` that begins at `after` or later."""
    length = minutes * MINUTE
    room = _room(rules, zone, opening, busy, now, length)
    start = next(_starts_from(rules, zone, opening, room, after), None)
    return None if start is None else (start, start + length)


def _room(
    rules: SlotRules,
    zone: ZoneInfo,
    opening: Sequence[Stretch],
    busy: Sequence[Stretch],
    now: datetime,
    length: timedelta,
) -> list[Stretch]:
    """From when until when a slot of `length` may begin, both included: a pair for each free stretch."""
    free = subtract(intersect(opening, [rules.bookable(now, zone)]), merge(busy))
    return [(begin, end - length) for begin, end in free if end - begin >= length]


def _starts_from(
    rules: SlotRules, zone: ZoneInfo, opening: Sequence[Stretch], room: Sequence[Stretch], wished: datetime
) -> Iterator[datetime]:
    """Starts of free slots at `wished` or later, ascending."""
    for first, last in room[max(0, bisect_right(room, wished, key=itemgetter(0)) - 1) :]:
        if last >= wished:
            open_then = containing(opening, first)
            lowest = max(first, wished)
            for day in days(lowest.astimezone(zone).date(), last.astimezone(zone).date() + ONE_DAY):
                grid = _grid(open_then, day, zone, rules.granularity)
                yield from grid[bisect_left(grid, lowest) : bisect_right(grid, last)]


def _starts_before(
    rules: SlotRules, zone: ZoneInfo, opening: Sequence[Stretch], room: Sequence[Stretch], wished: datetime
) -> Iterator[datetime]:
    """Starts of free slots earlier than `wished`, descending."""
    for first, last in reversed(room[: bisect_left(room, wished, key=itemgetter(0))]):
        open_then = containing(opening, first)
        highest = min(last, wished)
        day, first_day = highest.astimezone(zone).date(), first.astimezone(zone).date()
        while day >= first_day:
            grid = _grid(open_then, day, zone, rules.granularity)
            upto = min(bisect_right(grid, last), bisect_left(grid, wished))
            yield from reversed(grid[bisect_left(grid, first) : upto])
            day -= ONE_DAY


def _grid(open_then: Stretch | None, day: date, zone: ZoneInfo, step: int) -> list[datetime]:
    """All instants of `day` at which a slot may begin by the grid, ascending."""
    begin, end = instant(day, 0, zone), instant(day, END_OF_DAY, zone)
    if end - begin == ONE_DAY:
        return [begin + minute * MINUTE for minute in range(_anchor(open_then, day, zone) % step, END_OF_DAY, step)]
    minutes = (begin + minute * MINUTE for minute in range((end - begin) // MINUTE))
    return [moment for moment in minutes if is_aligned(moment, open_then, zone, step)]
