"""What a notice speaks of: stored as JSON, worded only when it is read, in the reader's language."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from app.core.clock import bounds, period
from app.core.i18n import DEFAULT_LOCALE, LOCALES, LazyText, current_locale, in_every_language
from app.core.money import Money
from app.core.templating import format_date, format_datetime, format_deadline, format_money, format_period


class Month(date):
    """The month of a day, worded as such: 2026年10月, October 2026."""

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month in which a day lies."""
        return cls(day.year, day.month, 1)


class Deadline(datetime):
    """Until when something can be done, worded as such: the midnight that ends a day belongs to that day."""

    @classmethod
    def of(cls, value: datetime | None) -> "Deadline | None":
        """The same moment; None stays None."""
        return None if value is None else cls.fromtimestamp(value.timestamp(), UTC)


def to_json(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Texts and numbers stay; Money, periods, instants, deadlines and dates are tagged, so as to be worded later.

    A name in both languages is a mapping such as ``{"zh_CN": "…", "en": "…"}``; a lazy text becomes one.
    """
    return {name: _stored(value) for name, value in parameters.items()}


def to_words(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The stored parameters as texts in the current language."""
    return {name: _worded(value) for name, value in parameters.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, Money):
        return {"money": [value.minor, value.currency]}
    if isinstance(value, Range):
        return {"period": [end.isoformat() for end in bounds(value)]}
    if isinstance(value, Deadline):  # the release before words it as an instant
        return {"instant": value.isoformat(), "ends": True}
    if isinstance(value, datetime):
        return {"instant": value.astimezone(UTC).isoformat()}
    if isinstance(value, Month):
        return {"month": value.isoformat()}
    if isinstance(value, LazyText):
        return in_every_language(value)
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, (str, int, dict)):
        return value
    return str(value)


def _worded(value: Any) -> Any:
    if not isinstance(value, dict):
        return "" if value is None else value
    if "money" in value:
        minor, currency = value["money"]
        return format_money(Money(minor, currency))
    if "period" in value:
        starts_at, ends_at = (datetime.fromisoformat(end) for end in value["period"])
        return format_period(period(starts_at, ends_at))
    if "instant" in value:
        worded = format_deadline if value.get("ends") else format_datetime
        return worded(datetime.fromisoformat(value["instant"]))
    if "month" in value:
        return format_date(date.fromisoformat(value["month"]), "month")
    if "date" in value:
        return format_date(date.fromisoformat(value["date"]))
    named = [value.get(locale) for locale in (current_locale(), DEFAULT_LOCALE, *LOCALES)]
    return next((name for name in named if name), "")
