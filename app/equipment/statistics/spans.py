"""The stretch of time that figures are asked for: the last months, a month, a quarter, a year, or any days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.settlement.statements.calendar import following

LONGEST = timedelta(days=5 * 366)
EARLIEST, LATEST = 1990, 2100
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])")
_YEAR = re.compile(r"\d{4}")


class SpanKind(StrEnum):
    """How a span is named."""

    RECENT = "recent"  # the present month so far and the two before it
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Span:
    """Calendar days from `first` up to and without `end`."""

    kind: SpanKind
    first: date
    end: date

    @property
    def last(self) -> date:
        """The last day of it."""
        return self.end - timedelta(days=1)

    @property
    def key(self) -> str:
        """What stands in the address: recent, 2026-11, 2026-Q4, 2026 or custom."""
        if self.kind is SpanKind.MONTH:
            return f"{self.first:%Y-%m}"
        if self.kind is SpanKind.QUARTER:
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return str(self.first.year) if self.kind is SpanKind.YEAR else self.kind.value

    @property
    def arguments(self) -> dict[str, str]:
        """The query arguments that name this span."""
        if self.kind is not SpanKind.CUSTOM:
            return {"period": self.key}
        return {"period": self.key, "first": self.first.isoformat(), "last": self.last.isoformat()}

    @property
    def before(self) -> "Span":
        """The span of the same kind just before."""
        if self.kind in {SpanKind.CUSTOM, SpanKind.RECENT}:
            return Span(SpanKind.CUSTOM, self.first - (self.end - self.first), self.first)
        return _around(self.kind, self.first - timedelta(days=1))

    @property
    def after(self) -> "Span":
        """The span of the same kind just after."""
        if self.kind in {SpanKind.CUSTOM, SpanKind.RECENT}:
            return Span(SpanKind.CUSTOM, self.end, self.end + (self.end - self.first))
        return _around(self.kind, self.end)

    def elapsed_days(self, today: date) -> int:
        """How many of its days have begun."""
        return max(0, (min(self.end, today + timedelta(days=1)) - self.first).days)

    def share_of_year(self, today: date) -> Fraction:
        """What its elapsed days are of a year: norms by the year are cut down to this."""
        end = self.first + timedelta(days=self.elapsed_days(today))
        share = Fraction(0)
        for year in range(self.first.year, end.year + 1):
            begin, finish = date(year, 1, 1), date(year + 1, 1, 1)
            days = (min(end, finish) - max(self.first, begin)).days
            share += Fraction(max(0, days), (finish - begin).days)
        return share

    def months(self, today: date) -> list[date]:
        """The first days of the months that it touches, none that are still to come."""
        found, month = [], self.first.replace(day=1)
        while month < self.end and month <= today:
            found.append(month)
            month = following(month)
        return found


def _around(kind: SpanKind, day: date) -> Span:
    """The month, quarter or year in which a day lies, or the months that led up to it."""
    if kind is SpanKind.RECENT:
        months = day.year * 12 + day.month - 3
        return Span(kind, date(months // 12, months % 12 + 1, 1), day + timedelta(days=1))
    if kind is SpanKind.YEAR:
        return Span(kind, date(day.year, 1, 1), date(day.year + 1, 1, 1))
    if kind is SpanKind.QUARTER:
        first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        return Span(kind, first, following(following(following(first))))
    first = day.replace(day=1)
    return Span(SpanKind.MONTH, first, following(first))


def present(kind: SpanKind, today: date) -> Span:
    """The month, quarter or year that runs, or the last months."""
    return _around(kind, today)


def read_span(arguments: Mapping[str, str], today: date) -> Span:
    """The span named by `period`, with `first` and `last` when that is ``custom``; the last months without any.

    Raises Invalid with the field at fault.
    """
    text = arguments.get("period", "").strip()
    if text == SpanKind.CUSTOM.value:
        return _custom(arguments, today)
    if text in {"", SpanKind.RECENT.value}:
        return _around(SpanKind.RECENT, today)
    for kind, pattern in ((SpanKind.MONTH, _MONTH), (SpanKind.QUARTER, _QUARTER), (SpanKind.YEAR, _YEAR)):
        if found := pattern.fullmatch(text):
            return _named(kind, int(text[:4]), int(found[2]) if kind is not SpanKind.YEAR else 1)
    raise _unreadable()


def _named(kind: SpanKind, year: int, number: int) -> Span:
    month = number * 3 - 2 if kind is SpanKind.QUARTER else number
    if not EARLIEST <= year <= LATEST or not 1 <= month <= 12:
        raise _unreadable()
    return _around(kind, date(year, month, 1))


def _custom(arguments: Mapping[str, str], today: date) -> Span:
    first = _day(arguments.get("first", ""), "first") or today.replace(day=1)
    last = _day(arguments.get("last", ""), "last") or max(first, today)
    if last < first:
        raise Invalid(_l("The last day must not be before the first."), field="last", code="empty_period")
    if last - first > LONGEST:
        raise Invalid(_l("At most five years at once."), field="last", code="too_long")
    return Span(SpanKind.CUSTOM, first, last + timedelta(days=1))


def _day(text: str, field: str) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = date.min
    if not EARLIEST <= day.year <= LATEST:
        raise Invalid(_l("Write a day like 2026-11-24."), field=field, code="bad_date")
    return day


def _unreadable() -> Invalid:
    return Invalid(_l("Write a period like 2026-11, 2026-Q4 or 2026."), field="period", code="bad_period")
