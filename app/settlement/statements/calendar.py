"""Months and working days: when a month may be closed, and when it closes by itself."""

import re
from datetime import date, timedelta

from app.core.clock import today
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.workdays import add_working_days
from app.settlement.settings import settings

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def first_day(month: str) -> date:
    """The first day of a month written as ``2026-11``. Raises Invalid for anything else."""
    try:
        if _MONTH.fullmatch(month):
            return date.fromisoformat(f"{month}-01")
    except ValueError:
        pass
    raise Invalid(_l("Write the month as year and month, such as 2026-11."), field="period", code="bad_month")


def following(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def working_day(month: date, number: int) -> date:
    """The day of a month that is its `number`-th working day (1 = the first)."""
    return add_working_days(month.replace(day=1) - timedelta(days=1), number)


def month_due(day: date | None = None) -> date | None:
    """The month that ought to be closed by now on its own, i.e. the one before once working day 6 is reached."""
    day = day or today()
    if day < working_day(day, settings.number("issue_working_day")):
        return None
    return previous(day)
