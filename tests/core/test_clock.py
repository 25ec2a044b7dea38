"""Instants, periods and the nights on which clocks change (scorecard A 9)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from app.core.clock import (
    AmbiguousTime,
    NonexistentTime,
    at_place,
    bounds,
    day_period,
    minutes,
    nearest_at_place,
    now,
    period,
    today,
)

pytestmark = pytest.mark.nodb

NEW_YORK, SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")


def test_now_is_aware_and_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)


def test_today_depends_on_the_place() -> None:
    with time_machine.travel(datetime(2026, 11, 24, 17, tzinfo=UTC), tick=False):
        assert (today(SHANGHAI), today(NEW_YORK)) == (date(2026, 11, 25), date(2026, 11, 24))


def test_a_period_is_half_open_and_in_utc() -> None:
    start = datetime(2026, 11, 26, 13, tzinfo=SHANGHAI)
    stretch = period(start, start + timedelta(hours=2))
    assert stretch.bounds == "[)"
    assert bounds(stretch)[0] == datetime(2026, 11, 26, 5, tzinfo=UTC)
    assert minutes(stretch) == 120


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1)])
def test_a_period_without_length_is_refused(length: timedelta) -> None:
    with pytest.raises(ValueError, match="later"):
        period(now(), now() + length - timedelta(seconds=1))


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        period(datetime(2026, 1, 1), datetime(2026, 1, 2))  # noqa: DTZ001


def test_an_hour_that_is_jumped_over_does_not_exist() -> None:
    with pytest.raises(NonexistentTime):
        at_place(date(2025, 3, 9), time(2, 30), NEW_YORK)


def test_an_hour_that_comes_twice_must_be_asked_about() -> None:
    with pytest.raises(AmbiguousTime):
        at_place(date(2025, 11, 2), time(1, 30), NEW_YORK)


def test_templates_of_hours_take_the_nearest_instant() -> None:
    assert nearest_at_place(date(2025, 3, 9), time(2, 30), NEW_YORK) == datetime(2025, 3, 9, 7, 30, tzinfo=UTC)
    assert nearest_at_place(date(2025, 11, 2), time(1, 30), NEW_YORK) == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [((2025, 3, 9), 23), ((2025, 11, 2), 25), ((2025, 6, 1), 24)])
def test_days_of_change_are_shorter_or_longer(day: tuple[int, int, int], hours: int) -> None:
    assert minutes(day_period(date(*day), NEW_YORK)) == hours * 60
