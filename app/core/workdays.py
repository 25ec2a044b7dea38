"""Working days at home: weekends and public holidays off, 调休 weekends worked; both lists are settings."""

import calendar
from datetime import date, datetime, timedelta

from app.core.clock import DEFAULT_ZONE, now
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings


def _check_days(text: str) -> None:
    """Raise Invalid for what is no list of days: it would be passed over in silence and every deadline be wrong."""
    for word in text.split():
        try:
            is_day = date.fromisoformat(word).isoformat() == word
        except ValueError:
            is_day = False
        if not is_day:
            raise Invalid(_l("“%(value)s” is no date, e.g. 2026-11-24.", value=word[:40]))


settings = Settings(
    "calendar",
    {
        "holidays": Setting(
            "2027-01-01",
            _l("Days off besides weekends, as dates with blanks between them"),
            source="国务院办公厅",
            check=_check_days,
        ),
        "working_weekends": Setting(
            "", _l("Weekend days that are worked, as dates with blanks between them"), check=_check_days
        ),
    },
)


def is_working_day(day: date) -> bool:
    """Whether offices work on a day."""
    if day.isoformat() in str(settings["working_weekends"]).split():
        return True
    return day.weekday() < 5 and day.isoformat() not in str(settings["holidays"]).split()


def add_working_days(start: date, count: int) -> date:
    """The `count`-th working day after `start`."""
    day = start
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def after_working_days(count: int, *, since: datetime | None = None) -> datetime:
    """The same time of day on the `count`-th working day from now (or `since`), at home."""
    begin = (since or now()).astimezone(DEFAULT_ZONE)
    return begin + (add_working_days(begin.date(), count) - begin.date())


def end_of_working_day(count: int, *, since: datetime | None = None) -> datetime:
    """The midnight that ends the `count`-th working day from now (or `since`), at home."""
    last = add_working_days((since or now()).astimezone(DEFAULT_ZONE).date(), count) + timedelta(days=1)
    return datetime(last.year, last.month, last.day, tzinfo=DEFAULT_ZONE)


def add_months(start: date, count: int) -> date:
    """The same day of the month `count` months later, or that month's last day (专利法实施细则 rule 5).

    Always counted from the first day, never chained: 31 January + 1 month is 28 or 29 February, + 2 is 31 March.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def working_day_from(day: date) -> date:
    """The day itself, or the next one on which offices work: where a term that ends on a holiday really ends."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
