"""The calendar of the demonstration: everything is told from the first of the present month, so it looks alive."""

from datetime import date

from app.core.clock import today


def this_month() -> date:
    """The first day of the present month."""
    return today().replace(day=1)


def months_before(count: int) -> date:
    """The first day of an earlier month."""
    months = this_month().year * 12 + this_month().month - 1 - count
    return date(months // 12, months % 12 + 1, 1)
