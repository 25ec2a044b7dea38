"""How lengths are written."""

import pytest
from flask import Flask

from app.core.i18n import force_locale
from app.core.templating import format_hours


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
