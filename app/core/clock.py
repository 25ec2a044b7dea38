"""Time: aware UTC instants inside, a place's own zone at the edges, half-open periods everywhere."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range

Period = Range[datetime]

DEFAULT_ZONE = ZoneInfo("Asia/Shanghai")


class NonexistentTime(ValueError):
    """The clocks jump over this wall time (start of daylight saving)."""


class AmbiguousTime(ValueError):
    """The clocks show this wall time twice (end of daylight saving)."""


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo = DEFAULT_ZONE) -> date:
    """The present calendar day at a place."""
    return now().astimezone(zone).date()


def period(starts_at: datetime, ends_at: datetime) -> Period:
    """A half-open stretch of time ``[starts_at, ends_at)`` in UTC.

    Raises ValueError when an instant is naive or the end is not after the start.
    """
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise ValueError("instants must carry a zone")
    if ends_at <= starts_at:
        raise ValueError("the end must be later than the start")
    return Range(starts_at.astimezone(UTC), ends_at.astimezone(UTC), bounds="[)")


def bounds(stretch: Period) -> tuple[datetime, datetime]:
    """Both ends of a bounded period."""
    if stretch.lower is None or stretch.upper is None:
        raise ValueError("the period is not bounded")
    return stretch.lower, stretch.upper


def minutes(stretch: Period) -> int:
    """Real length in whole minutes, measured in UTC (a wall clock may say otherwise on a change-over night)."""
    starts_at, ends_at = bounds(stretch)
    return int((ends_at - starts_at) / timedelta(minutes=1))


def at_place(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the clocks of `zone` show `wall` on `day`.

    Raises NonexistentTime for an hour that is jumped over and AmbiguousTime for one that comes twice.
    """
    local = datetime.combine(day, wall, tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NonexistentTime(f"{day} {wall} does not exist in {zone.key}")
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        raise AmbiguousTime(f"{day} {wall} comes twice in {zone.key}")
    return instant


def nearest_at_place(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Like `at_place`, for templates: a jumped-over time moves behind the jump, a double one is the first."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def day_period(day: date, zone: ZoneInfo) -> Period:
    """The whole calendar day at a place (23 or 25 hours long on change-over days)."""
    return period(nearest_at_place(day, time(0), zone), nearest_at_place(day + timedelta(days=1), time(0), zone))


def noon(day: date, zone: ZoneInfo = DEFAULT_ZONE) -> datetime:
    """The middle of a calendar day: the instant of what is known by its day alone, such as the bank's value date."""
    return nearest_at_place(day, time(12), zone)


def days(first: date, last: date) -> Iterator[date]:
    """Calendar days from `first` up to and without `last`."""
    for offset in range((last - first).days):
        yield first + timedelta(days=offset)
