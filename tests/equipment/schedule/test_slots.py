"""Which slots can be booked, against models that try every minute."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import clock
from app.core.clock import Period
from app.core.errors import Invalid
from app.equipment.schedule.hours import (
    ALWAYS_OPEN,
    NO_EXCEPTIONS,
    WallStretch,
    WeeklyHours,
    open_stretches,
    whole_days,
)
from app.equipment.schedule.periods import Stretch, as_json, iso_writer, merge
from app.equipment.schedule.slots import (
    SlotRules,
    availability,
    check_slot,
    free_slots,
    is_aligned,
    next_free,
)

pytestmark = pytest.mark.nodb

MINUTE = timedelta(minutes=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
OFFICE = WeeklyHours.from_json({day: ["08:30-12:00", "13:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")})
NIGHT = WeeklyHours(((WallStretch(0, 135), WallStretch(1290, 1440)),) * 7)
RULES = SlotRules(granularity=30, shortest=60, longest=240, notice=120, horizon_days=30)


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def slot(begin: str, end: str, zone: ZoneInfo = SHANGHAI) -> Period:
    return clock.period(local(begin, zone), local(end, zone))


def office_hours() -> list[Stretch]:
    return open_stretches(OFFICE, NO_EXCEPTIONS, SHANGHAI, (local("2026-11-23"), local("2027-01-10")))


def minutes_in(stretches: list[Stretch]) -> set[datetime]:
    return {begin + n * MINUTE for begin, end in stretches for n in range((end - begin) // MINUTE)}


some_stretches = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(1, 400)).map(
        lambda pair: (NOW + pair[0] * MINUTE, NOW + (pair[0] + pair[1]) * MINUTE)
    ),
    max_size=10,
)


@given(
    some_stretches,
    some_stretches,
    st.integers(-100, 2000),
    st.integers(0, 2000),
    st.integers(-100, 2500),
    st.integers(1, 800),
)
def test_availability_agrees_with_sets_of_minutes(
    hours: list[Stretch], busy: list[Stretch], soon: int, span: int, start: int, length: int
) -> None:
    opening, bookable = merge(hours), (NOW + soon * MINUTE, NOW + (soon + span) * MINUTE)
    window = (NOW + start * MINUTE, NOW + (start + length) * MINUTE)
    free, taken, closed = (minutes_in(part) for part in availability(opening, busy, bookable, window))
    whole, opened = minutes_in([window]), minutes_in(opening)
    assert taken == minutes_in(merge(busy)) & whole
    assert free == (opened & minutes_in([bookable]) & whole) - taken
    assert closed == whole - opened - taken


def test_a_month_with_ten_thousand_bookings_stays_linear() -> None:
    window = (local("2026-12-01"), local("2027-01-01"))
    step = (window[1] - window[0]) / 10_000
    busy = [(window[0] + n * step, window[0] + (n + 0.5) * step) for n in range(10_000)]
    write = iso_writer(SHANGHAI, window)
    opening = open_stretches(ALWAYS_OPEN, NO_EXCEPTIONS, SHANGHAI, window)
    began = perf_counter()
    free, taken, closed = availability(opening, busy, window, window)
    text = json.dumps({"free": as_json(free, write), "busy": as_json(taken, write), "closed": as_json(closed, write)})
    assert (len(free), len(taken), closed) == (10_000, 10_000, [])
    assert len(text) > 10_000
    assert perf_counter() - began < 1


@pytest.mark.parametrize(
    ("begin", "end", "field", "code"),
    [
        ("2026-11-24 11:00", "2026-11-24 12:00", "starts_at", "past"),
        ("2026-11-24 18:00", "2026-11-24 19:00", "starts_at", "closed"),
        ("2026-11-28 10:00", "2026-11-28 12:00", "starts_at", "closed"),
        ("2026-11-25 11:00", "2026-11-25 12:30", "ends_at", "closed"),
        ("2026-11-25 11:00", "2026-11-25 14:00", "ends_at", "closed"),
        ("2026-11-25 08:45", "2026-11-25 10:15", "starts_at", "granularity"),
        ("2026-11-25 08:30", "2026-11-25 09:45", "ends_at", "granularity"),
        ("2026-11-25 08:30", "2026-11-25 09:00", "ends_at", "too_short"),
        ("2026-11-25 13:00", "2026-11-25 18:00", "ends_at", "too_long"),
        ("2026-11-24 13:30", "2026-11-24 14:30", "starts_at", "too_soon"),
        ("2026-12-25 09:00", "2026-12-25 10:00", "starts_at", "too_far"),
    ],
)
def test_a_slot_that_breaks_a_rule_says_which_and_where(begin: str, end: str, field: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_slot(RULES, SHANGHAI, office_hours(), slot(begin, end), NOW)
    assert (refusal.value.field, refusal.value.code) == (field, code)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-11-24 14:00", "2026-11-24 15:00"),
        ("2026-11-25 08:30", "2026-11-25 12:00"),
        ("2026-11-25 14:00", "2026-11-25 18:00"),
        ("2026-12-24 14:00", "2026-12-24 18:00"),
    ],
)
def test_a_slot_at_the_very_edge_of_the_rules_is_fine(begin: str, end: str) -> None:
    check_slot(RULES, SHANGHAI, office_hours(), slot(begin, end), NOW)


def test_too_soon_names_the_earliest_time_and_closing_the_closing_time() -> None:
    with pytest.raises(Invalid) as refusal:
        check_slot(
            RULES,
            SHANGHAI,
            office_hours(),
            slot("2026-11-24 13:30", "2026-11-24 14:30"),
            NOW + timedelta(seconds=1),
        )
    assert str(refusal.value) == "Book 2 h ahead: earliest 2026-11-24 14:01."
    assert refusal.value.details == {"earliest": "2026-11-24T14:01:00+08:00"}
    with pytest.raises(Invalid) as refusal:
        check_slot(RULES, SHANGHAI, office_hours(), slot("2026-11-25 17:00", "2026-11-25 19:00"), NOW)
    assert refusal.value.details == {"closes_at": "2026-11-25T18:00:00+08:00"}


def test_seconds_are_off_the_grid() -> None:
    begin = local("2026-11-25 09:00") + timedelta(seconds=1)
    with pytest.raises(Invalid) as refusal:
        check_slot(RULES, SHANGHAI, office_hours(), clock.period(begin, begin + timedelta(hours=1)), NOW)
    assert refusal.value.code == "granularity"


def test_the_grid_counts_from_the_opening_of_the_day_and_from_midnight_after_it() -> None:
    opening = [(local("2026-11-25 08:30"), local("2026-11-26 12:00"))]
    aligned = [
        text
        for text in (
            "2026-11-25 09:00",
            "2026-11-25 09:30",
            "2026-11-25 23:30",
            "2026-11-26 00:00",
            "2026-11-26 00:30",
        )
        if is_aligned(local(text), opening[0], SHANGHAI, 60)
    ]
    assert aligned == ["2026-11-25 09:30", "2026-11-25 23:30", "2026-11-26 00:00"]


def test_length_is_real_time_when_the_clocks_change() -> None:
    opening = open_stretches(ALWAYS_OPEN, {}, PARIS, (local("2027-03-28", PARIS), local("2027-03-29", PARIS)))
    rules = SlotRules(granularity=60, shortest=60, longest=60, notice=0, horizon_days=300)
    begin = local("2027-03-28 01:00", PARIS)
    check_slot(rules, PARIS, opening, clock.period(begin, local("2027-03-28 03:00", PARIS)), NOW)
    with pytest.raises(Invalid) as refusal:
        check_slot(rules, PARIS, opening, clock.period(begin, local("2027-03-28 04:00", PARIS)), NOW)
    assert refusal.value.code == "too_long"


def tried_slots(
    rules: SlotRules,
    zone: ZoneInfo,
    opening: list[Stretch],
    busy: list[Stretch],
    length: timedelta,
    now: datetime,
) -> list[Stretch]:
    """Every free slot of `length`: all starts of five days, five minutes apart, through the check a booking meets."""
    found = []
    for number in range(5 * 288):
        begin = now + 5 * number * MINUTE
        if any(begin < end and start < begin + length for start, end in busy):
            continue
        with suppress(Invalid):
            check_slot(rules, zone, opening, clock.period(begin, begin + length), now)
            found.append((begin, begin + length))
    return found


def nearest_apart(slots: list[Stretch], wished: datetime, count: int) -> list[Stretch]:
    """The nearest of `slots` that do not overlap, the later of two equally near first."""
    chosen: list[Stretch] = []
    for one in sorted(slots, key=lambda one: (abs(one[0] - wished), one[0] < wished)):
        if len(chosen) < count and all(one[1] <= begin or end <= one[0] for begin, end in chosen):
            chosen.append(one)
    return chosen


@pytest.mark.parametrize(
    ("zone", "now"),
    [
        (SHANGHAI, NOW),
        (PARIS, datetime(2027, 3, 27, 4, tzinfo=UTC)),
        (PARIS, datetime(2027, 10, 30, 4, tzinfo=UTC)),
        (ZoneInfo("Australia/Lord_Howe"), datetime(2027, 4, 3, 4, tzinfo=UTC)),
    ],
    ids=str,
)
@settings(max_examples=40, deadline=None)
@given(
    busy=st.lists(st.tuples(st.integers(0, 5000), st.integers(10, 700)), max_size=15),
    week=st.sampled_from([ALWAYS_OPEN, OFFICE, NIGHT]),
    step=st.sampled_from([15, 30, 60, 90]),
    steps=st.integers(1, 3),
    wished=st.integers(0, 6000),
    notice=st.sampled_from([0, 7, 600]),
)
def test_the_nearest_free_slots_are_those_that_trying_every_start_finds(
    zone: ZoneInfo,
    now: datetime,
    busy: list[tuple[int, int]],
    week: WeeklyHours,
    step: int,
    steps: int,
    wished: int,
    notice: int,
) -> None:
    rules = SlotRules(step, step, step * 3, notice, horizon_days=3)
    opening = open_stretches(week, {}, zone, whole_days((now - timedelta(days=1), now + timedelta(days=6)), zone))
    taken = [(now + start * MINUTE, now + (start + length) * MINUTE) for start, length in busy]
    begin, length = now + wished * MINUTE, steps * step * MINUTE
    possible = tried_slots(rules, zone, opening, taken, length, now)
    near = clock.period(begin, begin + length)
    assert free_slots(rules, zone, opening, taken, near=near, now=now) == nearest_apart(possible, begin, 3)
    found = next_free(rules, zone, opening, taken, after=begin, minutes=steps * step, now=now)
    assert found == min((one for one in possible if one[0] >= begin), default=None)


def test_around_the_change_of_the_clocks_only_existing_starts_are_offered() -> None:
    now = local("2027-03-27 22:00", PARIS)
    opening = open_stretches(ALWAYS_OPEN, {}, PARIS, (now - timedelta(days=1), now + timedelta(days=2)))
    rules = SlotRules(120, 120, 240, 0, 1)
    starts = []
    after = now
    while found := next_free(rules, PARIS, opening, [], after=after, minutes=120, now=now):
        starts.append(f"{found[0].astimezone(PARIS):%H:%M}")
        after = found[0] + MINUTE
    assert starts[:5] == ["22:00", "00:00", "04:00", "06:00", "08:00"]


def test_a_fully_booked_year_has_no_next_slot() -> None:
    busy = [(NOW - timedelta(days=1), NOW + timedelta(days=400))]
    opening = open_stretches(ALWAYS_OPEN, {}, SHANGHAI, (NOW, NOW + timedelta(days=300)))
    assert next_free(RULES, SHANGHAI, opening, busy, after=NOW, minutes=60, now=NOW) is None
    assert free_slots(RULES, SHANGHAI, opening, busy, near=slot("2026-11-25 10:00", "2026-11-25 11:00"), now=NOW) == []


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"granularity": 7}, "granularity"),
        ({"granularity": 0}, "granularity"),
        ({"shortest": 45}, "shortest"),
        ({"shortest": 0}, "shortest"),
        ({"longest": 30, "shortest": 60}, "longest"),
        ({"longest": 91 * 1440}, "longest"),
        ({"notice": -1}, "notice"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"horizon_days": 1, "notice": 1440}, "horizon_days"),
    ],
)
def test_rules_that_make_no_sense_are_refused(overrides: dict[str, int], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        SlotRules(**overrides)
    assert refusal.value.field == field
