"""Late interest: what an amount that is paid after its due day costs more (民法典第五百八十四条).

Actual days over 365, from the day after the due day up to and including the bank's value date, each day at the rate in
force on it; rounded half up once, over the whole time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from typing import Any

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import round_half_up

DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Rate:
    """A yearly rate in hundredths of a per cent, from a day on."""

    since: date
    basis_points: int


def read_rates(table: str) -> list[Rate]:
    """The rates of a setting such as ``2025-01-01:3.00 2026-07-01:3.25`` (per cent a year), the oldest first.

    Raises Invalid for anything else: a day twice, a negative rate, more than two decimals.
    """
    found: dict[date, Rate] = {}
    for entry in table.split():
        day, _colon, percent = entry.partition(":")
        try:
            since, points = date.fromisoformat(day), Decimal(percent) * 100
        except (ValueError, InvalidOperation):
            raise _unreadable(entry) from None
        if since in found or not points.is_finite() or points < 0 or points != points.to_integral_value():
            raise _unreadable(entry)
        found[since] = Rate(since, int(points))
    return [found[since] for since in sorted(found)]


@dataclass(frozen=True, slots=True)
class Stretch:
    """So much (minor units) was owed from `since` up to and including `until`, at one yearly rate. In what takes back,
    the amount is below nothing."""

    since: date
    until: date
    amount_minor: int
    basis_points: int

    @property
    def days(self) -> int:
        """How many days it has, the first and the last one counted."""
        return (self.until - self.since).days + 1

    @property
    def exact(self) -> Fraction:
        """Its interest in minor units, not rounded."""
        return Fraction(self.amount_minor * self.basis_points * self.days, 10_000 * DAYS_A_YEAR)

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "amount_minor": self.amount_minor,
                "basis_points": self.basis_points}  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Stretch":
        """What `to_json` gave."""
        return cls(date.fromisoformat(kept["since"]), date.fromisoformat(kept["until"]), kept["amount_minor"],
                   kept["basis_points"])  # fmt: skip


def stretches(
    owed_minor: int, parts: Sequence[tuple[int, date]], due_on: date, rates: Sequence[Rate], last: date
) -> list[Stretch]:
    """What was still owed day by day after the due day, up to and including `last`, at the rate of each day.

    `parts` are (minor units, value date): money bears interest up to and including its value date, and what comes
    first pays first. Days before the first rate bear none. Adjoining days with the same amount and rate are one.
    """
    first, end = due_on + timedelta(days=1), last + timedelta(days=1)
    after = sorted((day + timedelta(days=1), amount) for amount, day in parts)
    marks = {first, end, *(day for day, _amount in after), *(rate.since for rate in rates)}
    days = sorted(day for day in marks if first <= day <= end)
    found = []
    for since, until in pairwise(days):
        open_minor = max(0, owed_minor - sum(amount for day, amount in after if day <= since))
        found.append(Stretch(since, until - timedelta(days=1), open_minor, _rate_on(rates, since)))
    return _joined(found)


def beyond(now: Sequence[Stretch], before: Sequence[Stretch]) -> list[Stretch]:
    """What `now` has more (or less: amounts below nothing) than `before`, day by day and rate by rate."""
    signed = [(each, 1) for each in now] + [(each, -1) for each in before]
    days = sorted({mark for each, _sign in signed for mark in (each.since, each.until + timedelta(days=1))})
    found = []
    for points in sorted({each.basis_points for each, _sign in signed}):
        for since, until in pairwise(days):
            amount = sum(
                sign * each.amount_minor
                for each, sign in signed
                if each.basis_points == points and each.since <= since <= each.until
            )
            found.append(Stretch(since, until - timedelta(days=1), amount, points))
    return sorted(_joined(found), key=lambda each: (each.since, each.basis_points))


def rounded(found: Iterable[Stretch]) -> int:
    """The interest of some stretches in minor units, rounded half up once over all of them."""
    return round_half_up(sum((each.exact for each in found), Fraction()))


def _rate_on(rates: Sequence[Rate], day: date) -> int:
    in_force = [rate for rate in rates if rate.since <= day]
    return max(in_force, key=lambda rate: rate.since).basis_points if in_force else 0


def _joined(found: Sequence[Stretch]) -> list[Stretch]:
    """Without those that bear nothing; neighbours that differ in nothing are one."""
    joined: list[Stretch] = []
    for each in found:
        if not each.amount_minor or not each.basis_points:
            continue
        last = joined[-1] if joined else None
        if (
            last is not None
            and (last.amount_minor, last.basis_points) == (each.amount_minor, each.basis_points)
            and last.until + timedelta(days=1) == each.since
        ):
            joined[-1] = Stretch(last.since, each.until, each.amount_minor, each.basis_points)
        else:
            joined.append(each)
    return joined


def _unreadable(entry: str) -> Invalid:
    return Invalid(_l("“%(entry)s” is no day with a rate, e.g. 2025-01-01:3.00.", entry=entry), code="rates")
