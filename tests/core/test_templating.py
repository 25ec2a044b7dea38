"""How lengths and times are written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.core.clock import period
from app.core.i18n import force_locale
from app.core.templating import format_datetime, format_hours, format_period


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (None, "–", "–"),
        (15, "15 min", "15分钟"),
        (30, "0.5 h", "0.5小时"),
        (210, "3.5 h", "3.5小时"),
        (480, "8 h", "8小时"),
        (486, "8 h 6 min", "8小时6分"),
        (226, "3 h 46 min", "3小时46分"),
    ],
)
def test_only_half_hours_are_written_as_a_fraction(app: Flask, minutes: int | None, english: str, chinese: str) -> None:
    with app.test_request_context(), force_locale("en"):
        assert format_hours(minutes).replace("\u202f", " ").replace("\u00a0", " ") == english
    with app.test_request_context(), force_locale("zh_CN"):
        assert format_hours(minutes) == chinese


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Shanghai", "Fri 12 Mar 2027 22:00–23:00"),
        ("America/New_York", "Fri 12 Mar 2027 09:00–10:00 UTC−5"),
        ("Asia/Kolkata", "Fri 12 Mar 2027 19:30–20:30 UTC+5:30"),
    ],
)
def test_another_zone_stands_beside_the_time(app: Flask, zone: str, said: str) -> None:
    begin, end = (datetime(2027, 3, 12, hour, tzinfo=UTC) for hour in (14, 15))
    with app.test_request_context(), force_locale("en"):
        assert format_period(period(begin, end), ZoneInfo(zone)) == said
        assert format_datetime(begin, zone=ZoneInfo(zone)).startswith(said[:21])
        assert format_datetime(begin, zone=ZoneInfo(zone)).endswith(said[27:])
        assert "UTC" not in format_datetime(begin, "iso", ZoneInfo(zone))
