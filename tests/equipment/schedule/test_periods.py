"""Interval arithmetic against sets of minutes."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.equipment.schedule.periods import (
    Stretch,
    as_json,
    containing,
    intersect,
    iso_writer,
    merge,
    subtract,
)

pytestmark = pytest.mark.nodb

ZERO = datetime(2026, 11, 24, tzinfo=UTC)


def at(minute: int) -> datetime:
    return ZERO + timedelta(minutes=minute)


def minutes_of(stretches: list[Stretch]) -> set[int]:
    return {
        minute
        for begin, end in stretches
        for minute in range((begin - ZERO) // timedelta(minutes=1), (end - ZERO) // timedelta(minutes=1))
    }


stretch = st.tuples(st.integers(0, 120), st.integers(0, 30)).map(lambda pair: (at(pair[0]), at(pair[0] + pair[1])))
unsorted = st.lists(stretch, max_size=12)


def is_tidy(stretches: list[Stretch]) -> bool:
    return all(begin < end for begin, end in stretches) and all(
        left[1] <= right[0] for left, right in itertools.pairwise(stretches)
    )


@given(unsorted)
def test_merging_keeps_every_minute_and_leaves_gaps_between(given_stretches: list[Stretch]) -> None:
    merged = merge(given_stretches)
    assert minutes_of(merged) == minutes_of(given_stretches)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(merged))


@given(unsorted, unsorted)
def test_intersecting_and_subtracting_agree_with_sets_of_minutes(one: list[Stretch], other: list[Stretch]) -> None:
    left, right = merge(one), merge(other)
    both, rest = intersect(left, right), subtract(left, right)
    assert minutes_of(both) == minutes_of(left) & minutes_of(right)
    assert minutes_of(rest) == minutes_of(left) - minutes_of(right)
    assert is_tidy(both)
    assert is_tidy(rest)


@given(unsorted, unsorted)
def test_subtracting_takes_touching_stretches_that_were_not_merged(one: list[Stretch], other: list[Stretch]) -> None:
    left = merge(one)
    halves = [
        part
        for begin, end in merge(other)
        for part in ((begin, begin + (end - begin) / 2), (begin + (end - begin) / 2, end))
    ]
    assert minutes_of(subtract(left, halves)) == minutes_of(left) - minutes_of(merge(other))


@given(unsorted, st.integers(-5, 160))
def test_the_containing_stretch_is_the_one_with_that_minute(stretches: list[Stretch], minute: int) -> None:
    merged = merge(stretches)
    found = containing(merged, at(minute))
    assert (found is not None) == (minute in minutes_of(merged))
    if found:
        assert found[0] <= at(minute) < found[1]


def test_a_fixed_offset_and_a_changing_one_are_written_alike() -> None:
    window = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    shanghai, paris = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Paris")
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert iso_writer(shanghai, window)(change) == "2026-10-25T09:00:00+08:00"
    write = iso_writer(paris, window)
    assert write(change - timedelta(hours=1)) == "2026-10-25T02:00:00+02:00"
    assert write(change) == "2026-10-25T02:00:00+01:00"
    assert iso_writer(paris, (window[0], change - timedelta(hours=1)))(window[0]) == "2026-10-01T02:00:00+02:00"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Australia/Lord_Howe", "America/St_Johns"])
def test_written_instants_read_back_as_the_same(zone: str) -> None:
    window = (at(0), at(60 * 24 * 400))
    write = iso_writer(ZoneInfo(zone), window)
    for hour in range(0, 24 * 400, 7):
        assert datetime.fromisoformat(write(at(hour * 60))) == at(hour * 60)


def test_the_json_form_names_both_ends() -> None:
    window = (at(0), at(60))
    assert as_json([window], iso_writer(ZoneInfo("Asia/Shanghai"), window)) == [
        {"starts_at": "2026-11-24T08:00:00+08:00", "ends_at": "2026-11-24T09:00:00+08:00"}
    ]
