"""Interval arithmetic on half-open stretches of time, linear in their number, and their form in JSON.

A stretch is a plain pair of aware instants; lists of stretches are sorted and do not overlap unless it says
otherwise.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from operator import itemgetter
from zoneinfo import ZoneInfo

Stretch = tuple[datetime, datetime]

DAY = timedelta(days=1)


def merge(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The union of stretches in any order: overlapping and adjoining ones become one, empty ones vanish."""
    merged: list[Stretch] = []
    reached: datetime | None = None
    for begin, end in sorted(stretches):
        if begin >= end:
            continue
        if reached is None or begin > reached:
            merged.append((begin, end))
            reached = end
        elif end > reached:
            merged[-1] = (merged[-1][0], end)
            reached = end
    return merged


def intersect(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """What lies in both."""
    if len(right) == 1:
        return _clip(left, right[0])
    common: list[Stretch] = []
    here = there = 0
    while here < len(left) and there < len(right):
        (a, b), (c, d) = left[here], right[there]
        begin, end = max(a, c), min(b, d)
        if begin < end:
            common.append((begin, end))
        if b < d:
            here += 1
        else:
            there += 1
    return common


def _clip(stretches: Sequence[Stretch], window: Stretch) -> list[Stretch]:
    """What lies in one window: only the first and the last stretch can reach beyond it."""
    begin, end = window
    if begin >= end:
        return []
    first = bisect_right(stretches, begin, key=itemgetter(1))
    found = list(stretches[first : bisect_left(stretches, end, key=itemgetter(0))])
    if found:
        found[0] = (max(found[0][0], begin), found[0][1])
        found[-1] = (found[-1][0], min(found[-1][1], end))
    return found


def subtract(left: Sequence[Stretch], right: Sequence[Stretch]) -> list[Stretch]:
    """What lies in `left` and not in `right`."""
    rest: list[Stretch] = []
    position, amount = 0, len(right)
    for begin, end in left:
        while position < amount and right[position][1] <= begin:
            position += 1
        following = position
        while following < amount and right[following][0] < end:
            taken_from, taken_to = right[following]
            if begin < taken_from:
                rest.append((begin, taken_from))
            begin = taken_to  # noqa: PLW2901
            following += 1
        if begin < end:
            rest.append((begin, end))
        position = max(position, following - 1)
    return rest


def containing(stretches: Sequence[Stretch], moment: datetime) -> Stretch | None:
    """The stretch that `moment` lies in."""
    position = bisect_right(stretches, moment, key=lambda stretch: stretch[0])
    if position and moment < stretches[position - 1][1]:
        return stretches[position - 1]
    return None


def iso_writer(zone: ZoneInfo, window: Stretch) -> Callable[[datetime], str]:
    """The quickest way to write the instants of `window` in RFC 3339 with the offset of `zone`.

    Where the offset never changes within the window (always, in China) a fixed one is used: half the time.
    """
    begin, end = window
    offset = begin.astimezone(zone).utcoffset()
    moment, steady = begin, offset is not None and not offset % timedelta(minutes=1)
    while steady and moment < end:
        moment = min(moment + DAY, end)
        steady = moment.astimezone(zone).utcoffset() == offset
    return _Texts(timezone(offset) if steady and offset is not None else zone).__getitem__


class _Texts(dict[datetime, str]):
    """Instants written once each: most are the end of one stretch and the beginning of the next."""

    def __init__(self, place: tzinfo) -> None:
        super().__init__()
        self.place = place

    def __missing__(self, moment: datetime) -> str:
        self[moment] = text = moment.astimezone(self.place).isoformat()
        return text


def as_json(stretches: Sequence[Stretch], write: Callable[[datetime], str]) -> list[dict[str, str]]:
    """The form the API speaks: ``{"starts_at": …, "ends_at": …}``."""
    return [{"starts_at": write(begin), "ends_at": write(end)} for begin, end in stretches]
