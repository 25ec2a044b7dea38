"""Working days at home: weekends and public holidays off, 调休 weekends worked; both lists are settings."""

from datetime import date, datetime, timedelta

from app.core.clock import DEFAULT_ZONE, now
from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting, Settings

settings = Settings(
    "calendar",
    {
        "holidays": Setting(
            "2027-01-01",
            _l("Days off besides weekends, as dates with blanks between them"),
            source="国务院办公厅",
        ),
        "working_weekends": Setting("", _l("Weekend days that are worked, as dates with blanks between them")),
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
