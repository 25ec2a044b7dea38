"""Working days with holidays and worked weekends as configured, against a calendar walked day by day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.accounts.models import SYSTEM
from app.core.clock import DEFAULT_ZONE, now, today
from app.core.errors import Invalid
from app.core.settings import forget_settings
from app.core.workdays import add_working_days, after_working_days, end_of_working_day, is_working_day, working_day_from
from app.core.workdays import settings as calendar

BEGIN = date(2027, 12, 20)  # over the end of the year, and over 29 February
DAYS = [BEGIN + timedelta(days=number) for number in range(120)]
CALENDARS = st.tuples(
    st.lists(st.sampled_from(DAYS), max_size=25), st.lists(st.sampled_from(DAYS), max_size=10)
)  # fmt: skip
BRIEF = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def configure(holidays: Sequence[date], worked: Sequence[date]) -> None:
    for name, days in (("holidays", holidays), ("working_weekends", worked)):
        calendar.change(SYSTEM, name, " ".join(day.isoformat() for day in days))
    forget_settings()


def is_worked(day: date, holidays: Sequence[date], worked: Sequence[date]) -> bool:
    """The plain model: what is worked is worked; else neither a weekend nor a holiday."""
    return day in worked or (day.isoweekday() <= 5 and day not in holidays)


@BRIEF
@given(CALENDARS, st.sampled_from(DAYS[:60]), st.integers(0, 20))
def test_working_days_are_those_of_the_configured_calendar(
    transaction: None, days: tuple[list[date], list[date]], start: date, count: int
) -> None:
    configure(*days)
    worked = [day for day in [*DAYS, *(DAYS[-1] + timedelta(days=n) for n in range(1, 60))] if is_worked(day, *days)]
    assert [day for day in DAYS if is_working_day(day)] == [day for day in worked if day in DAYS]
    assert working_day_from(start) == next(day for day in worked if day >= start)
    later = [day for day in worked if day > start]
    assert add_working_days(start, count) == ([start, *later][count])


@BRIEF
@given(CALENDARS, st.sampled_from(DAYS[:60]), st.times(), st.integers(1, 20))
def test_terms_in_working_days_count_the_days_of_the_place(
    transaction: None, days: tuple[list[date], list[date]], start: date, hour: time, count: int
) -> None:
    """Whatever the hour in UTC: the first day is that in Asia/Shanghai, and the term ends with the midnight there."""
    configure(*days)
    instant = datetime.combine(start, hour.replace(microsecond=0), UTC)
    at_home = (instant + timedelta(hours=8)).date()  # no summer time since 1991
    last = add_working_days(at_home, count)
    assert end_of_working_day(count, since=instant).astimezone(UTC) == datetime.combine(
        last + timedelta(days=1), time(0), UTC
    ) - timedelta(hours=8)
    assert after_working_days(count, since=instant) - instant == timedelta(days=(last - at_home).days)


@pytest.mark.nodb
@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_day_is_that_of_the_home_zone_at_every_instant(instant: datetime) -> None:
    with time_machine.travel(instant, tick=False):
        assert now() == instant
        assert today() == (instant + timedelta(hours=8)).date()


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2028, 2, 28, 15, 59, 59, tzinfo=UTC), date(2028, 2, 28)),
        (datetime(2028, 2, 28, 16, 0, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2028, 2, 29, 16, 0, tzinfo=UTC), date(2028, 3, 1)),
        (datetime(2027, 12, 31, 16, 0, tzinfo=UTC), date(2028, 1, 1)),
    ],
)
def test_midnight_in_shanghai_is_the_border_of_days(instant: datetime, day: date) -> None:
    with time_machine.travel(instant, tick=False):
        assert today() == day == instant.astimezone(DEFAULT_ZONE).date()


@pytest.mark.parametrize("name", ["holidays", "working_weekends"])
@pytest.mark.parametrize("days", ["2027/01/01", "2027-02-30", "2027-01-01, 2027-01-02", "20270101", "soon"])
def test_days_that_cannot_be_read_are_refused_and_not_passed_over(transaction: None, name: str, days: str) -> None:
    with pytest.raises(Invalid):
        calendar.change(SYSTEM, name, days)
