"""What ends with a day is told by that day, not as the first minute of the next one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask

from app.core.i18n import force_locale
from app.core.templating import format_deadline, format_last_day
from app.core.workdays import end_of_working_day
from app.notifications.parameters import Deadline, to_json, to_words
from app.site.work import Work

FRIDAY = datetime(2026, 12, 11, 2, tzinfo=UTC)
MIDNIGHT = datetime(2026, 12, 11, 16, tzinfo=UTC)  # 12 December 00:00 in Shanghai


@pytest.mark.parametrize(
    ("locale", "until", "day"),
    [("zh_CN", "12月11日 周五 24:00", "12月11日 周五"), ("en", "Fri 11 Dec 24:00", "Fri 11 Dec")],
)
def test_the_midnight_that_ends_a_day_is_told_as_that_day(app: Flask, locale: str, until: str, day: str) -> None:
    with time_machine.travel(FRIDAY, tick=False), force_locale(locale):
        assert end_of_working_day(0) == MIDNIGHT
        assert (format_deadline(MIDNIGHT), format_last_day(MIDNIGHT)) == (until, day)
        assert to_words(to_json({"day": Deadline.of(MIDNIGHT)})) == {"day": until}
        assert day in Work("timer", "", "", MIDNIGHT, "/", "").due_text


def test_another_moment_is_told_by_its_hour(app: Flask) -> None:
    with time_machine.travel(FRIDAY, tick=False), force_locale("en"):
        assert format_deadline(MIDNIGHT + timedelta(minutes=1)) == "Sat 12 Dec 00:01"
        assert format_deadline(MIDNIGHT, zone=ZoneInfo("UTC")) == "Fri 11 Dec 16:00 UTC"
        assert format_last_day(MIDNIGHT + timedelta(minutes=1)) == "Sat 12 Dec"
        assert (format_deadline(None), format_last_day(None)) == ("–", "–")
        assert to_words(to_json({"day": Deadline.of(None), "then": MIDNIGHT})) == {
            "day": "",
            "then": "Sat 12 Dec 00:00",
        }
