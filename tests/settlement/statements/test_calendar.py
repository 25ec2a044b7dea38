"""Working days and months."""

from datetime import date

import pytest

from app.core.errors import Invalid
from app.settlement.statements.calendar import first_day, following, month_due, previous, working_day


def test_months_are_written_as_year_and_month() -> None:
    assert first_day("2026-11") == date(2026, 11, 1)
    spelled = "２０２６-11", "2026-+1", " 026-11"
    for wrong in ("2026", "2026-13", "2026-1", "11-2026", "november", "", "2026-11-01", *spelled):
        with pytest.raises(Invalid):
            first_day(wrong)


def test_months_follow_each_other_over_the_year() -> None:
    assert following(date(2026, 12, 1)) == date(2027, 1, 1)
    assert previous(date(2027, 1, 1)) == date(2026, 12, 1)


def test_the_sixth_working_day_skips_weekends_and_holidays() -> None:
    assert working_day(date(2026, 11, 1), 6) == date(2026, 11, 9)
    assert working_day(date(2027, 1, 1), 1) == date(2027, 1, 4)


def test_the_month_before_is_due_from_the_sixth_working_day_on() -> None:
    assert month_due(date(2026, 11, 8)) is None
    assert month_due(date(2026, 11, 9)) == date(2026, 10, 1)
    assert month_due(date(2026, 11, 30)) == date(2026, 10, 1)
