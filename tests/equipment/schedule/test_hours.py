"""Opening hours against a model that looks at the clock on the wall every minute."""

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.clock import period
from app.core.errors import Invalid
from app.equipment.schedule.hours import (
    ALWAYS_OPEN,
    NO_EXCEPTIONS,
    DayHours,
    ExceptionDay,
    WallStretch,
    WeeklyHours,
    day_hours,
    day_hours_from_json,
    day_hours_to_json,
    instant,
    open_periods,
    open_stretches,
    parse_clock,
    parse_day_hours,
    whole_days,
)
from app.equipment.schedule.periods import Stretch

pytestmark = pytest.mark.nodb

MINUTE = timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Pacific/Chatham",
    "Africa/Casablanca",
)


def change_overs(zone: ZoneInfo, year: int) -> list[datetime]:
    """The instants of a year at which the offset of a zone changes, found by looking at every hour."""
    moment, found = datetime(year, 1, 1, tzinfo=UTC), []
    while moment.year == year:
        if moment.astimezone(zone).utcoffset() != (moment + timedelta(hours=1)).astimezone(zone).utcoffset():
            found.append(moment + timedelta(hours=1))
        moment += timedelta(hours=1)
    return found


CHANGES = [(name, change) for name in ZONES for change in change_overs(ZoneInfo(name), 2027)]


def watched(
    weekly: WeeklyHours, exceptions: Mapping[date, ExceptionDay], zone: ZoneInfo, window: Stretch
) -> set[datetime]:
    """The open minutes, by a porter who opens and closes when the clock first reaches start and end."""
    open_minutes: set[datetime] = set()
    first, last = (moment.astimezone(zone).date() for moment in window)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        hours = exceptions[day].hours if day in exceptions else weekly.days[day.weekday()]
        minutes = minutes_of_day(day, zone)
        for one in hours:
            opened = next((n for n, (_, wall) in enumerate(minutes) if wall >= one.start), len(minutes))
            closed = next((n for n, (_, wall) in enumerate(minutes) if wall >= one.end), len(minutes))
            open_minutes |= {moment for moment, _ in minutes[opened:closed]}
    return {moment for moment in open_minutes if window[0] <= moment < window[1]}


def minutes_of_day(day: date, zone: ZoneInfo) -> list[tuple[datetime, int]]:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    minutes = []
    for _ in range(60 * 58):
        local = moment.astimezone(zone)
        if local.date() == day:
            minutes.append((moment, local.hour * 60 + local.minute))
        moment += MINUTE
    return minutes


def minutes_in(stretches: list[Stretch]) -> set[datetime]:
    return {begin + n * MINUTE for begin, end in stretches for n in range((end - begin) // MINUTE)}


@st.composite
def some_day_hours(draw: st.DrawFn) -> DayHours:
    marks = sorted(draw(st.sets(st.integers(0, 1440), min_size=0, max_size=6)))
    return tuple(WallStretch(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False))


week = st.tuples(*[some_day_hours()] * 7).map(WeeklyHours)
all_week_like = some_day_hours().map(lambda day: WeeklyHours((day,) * 7))


@given(week, st.dictionaries(st.integers(-1, 3), some_day_hours(), max_size=2), st.sampled_from(CHANGES))
def test_around_every_change_of_the_clocks_it_agrees_with_the_porter(
    weekly: WeeklyHours, others: dict[int, DayHours], change: tuple[str, datetime]
) -> None:
    zone, moment = ZoneInfo(change[0]), change[1]
    window = (moment - timedelta(hours=20), moment + timedelta(hours=30))
    exceptions = {
        window[0].astimezone(zone).date() + timedelta(days=number): ExceptionDay(hours)
        for number, hours in others.items()
    }
    found = open_stretches(weekly, exceptions, zone, window)
    assert minutes_in(found) == watched(weekly, exceptions, zone, window)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(found))


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=str)
def test_every_change_of_ten_zones_in_2027_with_hours_that_cut_through_it(name: str, change: datetime) -> None:
    zone = ZoneInfo(name)
    local = change.astimezone(zone)
    minute = local.hour * 60 + local.minute
    marks = sorted({(minute + shift) % 1440 for shift in (-90, -30, -15, 15, 45)})
    for start, end in [(a, b) for a in [0, *marks] for b in [*marks, 1440] if a < b]:
        weekly = WeeklyHours(((WallStretch(start, end),),) * 7)
        window = (change - timedelta(hours=26), change + timedelta(hours=26))
        assert minutes_in(open_stretches(weekly, {}, zone, window)) == watched(weekly, {}, zone, window)


@given(all_week_like, st.integers(0, 2000), st.integers(1, 4000))
@example(ALWAYS_OPEN, 0, 4000)
def test_in_china_it_agrees_with_the_porter_over_the_end_of_the_year(
    weekly: WeeklyHours, start: int, length: int
) -> None:
    begin = datetime(2026, 12, 30, 16, tzinfo=UTC) + start * MINUTE
    window = (begin, begin + length * MINUTE)
    found = open_stretches(weekly, NO_EXCEPTIONS, SHANGHAI, window)
    assert minutes_in(found) == watched(weekly, {}, SHANGHAI, window)


def test_hours_that_end_at_midnight_join_those_that_begin_there() -> None:
    weekly = WeeklyHours.from_json({"thu": ["20:00-24:00"], "fri": ["00:00-06:00", "22:00-24:00"]})
    window = (instant(date(2026, 12, 31), 0, SHANGHAI), instant(date(2027, 1, 3), 0, SHANGHAI))
    local = [
        tuple(f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" for moment in stretch)
        for stretch in open_stretches(weekly, NO_EXCEPTIONS, SHANGHAI, window)
    ]
    assert local == [("12-31 20:00", "01-01 06:00"), ("01-01 22:00", "01-02 00:00")]


def test_an_exception_replaces_the_whole_day_and_nothing_else() -> None:
    new_year = date(2027, 1, 1)
    window = (instant(date(2026, 12, 31), 0, SHANGHAI), instant(date(2027, 1, 3), 0, SHANGHAI))
    exceptions = {new_year: ExceptionDay((WallStretch(600, 660),), "元旦")}
    found = open_stretches(ALWAYS_OPEN, exceptions, SHANGHAI, window)
    assert [(end - begin) // MINUTE for begin, end in found] == [1440, 60, 1440]
    assert len(open_stretches(ALWAYS_OPEN, {new_year: ExceptionDay()}, SHANGHAI, window)) == 2


def test_being_always_open_is_one_stretch_however_long() -> None:
    paris = ZoneInfo("Europe/Paris")
    window = period(datetime(2027, 3, 1, tzinfo=paris), datetime(2027, 4, 1, tzinfo=paris))
    assert open_periods(ALWAYS_OPEN, NO_EXCEPTIONS, paris, window) == [window]


def test_a_date_that_a_place_skipped_has_no_hours() -> None:
    apia = ZoneInfo("Pacific/Apia")
    window = (datetime(2011, 12, 29, tzinfo=UTC), datetime(2012, 1, 2, tzinfo=UTC))
    weekly = WeeklyHours(((WallStretch(480, 960),),) * 7)
    days = [begin.astimezone(apia).day for begin, _ in open_stretches(weekly, {}, apia, window)]
    assert days == [28, 29, 31, 1, 2]


def test_whole_days_ends_with_the_last_day_touched() -> None:
    midnight = instant(date(2026, 11, 25), 0, SHANGHAI)
    assert whole_days((midnight - MINUTE, midnight), SHANGHAI) == (midnight - timedelta(days=1), midnight)
    assert whole_days((midnight - MINUTE, midnight + MINUTE), SHANGHAI)[1] == midnight + timedelta(days=1)


@given(week)
def test_json_reads_back_as_the_same_week(weekly: WeeklyHours) -> None:
    again = WeeklyHours.from_json(weekly.to_json())
    assert again.minutes == weekly.minutes
    assert again.to_json() == WeeklyHours.from_json(again.to_json()).to_json()
    assert again.is_empty == weekly.is_empty


def test_day_hours_are_sorted_and_joined_as_typed_by_people() -> None:
    assert parse_day_hours("13:30–24:00，9：00-12:00; 12:00至13:00") == (
        WallStretch(540, 780),
        WallStretch(810, 1440),
    )
    assert parse_day_hours("  ") == ()
    assert day_hours_to_json(parse_day_hours("9:00-17:30")) == ["09:00-17:30"]


@pytest.mark.parametrize(
    "text",
    ["9-5", "09:00", "25:00-26:00", "09:60-10:00", "12:00-12:00", "13:00-12:00", "09:00-12:00,11:00-13:00",
     "24:00-24:30", "<script>", "٩:00-10:00x", ",".join(f"{n:02d}:00-{n:02d}:30" for n in range(13))],
)  # fmt: skip
def test_what_is_no_stretch_of_a_day_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Invalid):
        parse_day_hours(text)


def test_a_clock_shows_from_midnight_to_midnight() -> None:
    assert [parse_clock(text) for text in ("0:00", "24:00", " 09：05 ")] == [0, 1440, 545]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"funday": []}, "funday"),
        ({"mon": "09:00-10:00"}, "mon"),
        ({"mon": [9]}, "mon"),
        ({"tue": ["10:00-09:00"]}, "tue"),
        ([], None),
    ],
)
def test_a_wrong_week_in_json_names_the_day(value: object, field: str | None) -> None:
    with pytest.raises(Invalid) as refusal:
        WeeklyHours.from_json(value)
    assert refusal.value.field == field


def test_overlapping_hours_are_refused_and_touching_ones_joined() -> None:
    assert day_hours([WallStretch(60, 120), WallStretch(0, 60)]) == (WallStretch(0, 120),)
    with pytest.raises(Invalid):
        day_hours([WallStretch(0, 61), WallStretch(60, 120)])
    assert day_hours_from_json(["00:00-24:00"], "mon") == (WallStretch(0, 1440),)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven"):
        WeeklyHours(((),) * 6)
