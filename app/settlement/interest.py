"""Late interest: what an amount that is paid after its due day costs more (民法典第六百七十六条).

Actual days over 365, from the day after the due day up to and including the bank's value date, each day at the rate in
force on it; rounded half up once, over the whole time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction

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


def interest(amount_minor: int, due_on: date, value_on: date, rates: Sequence[Rate]) -> Fraction:
    """The exact interest on an amount in minor units that came in on `value_on`; 0 when that is not late.

    Days before the first rate bear none.
    """
    first, end = due_on + timedelta(days=1), value_on + timedelta(days=1)
    ordered = sorted(rates, key=lambda rate: rate.since)
    points_and_days = 0
    for place, rate in enumerate(ordered):
        until = min(end, ordered[place + 1].since) if place + 1 < len(ordered) else end
        points_and_days += rate.basis_points * max(0, (until - max(first, rate.since)).days)
    return Fraction(amount_minor * points_and_days, 10_000 * DAYS_A_YEAR)


def late_interest(parts: Sequence[tuple[int, date]], due_on: date, rates: Sequence[Rate]) -> int:
    """Interest in minor units on an amount that came in in parts (minor units, value date), rounded half up once."""
    return round_half_up(sum((interest(amount, due_on, day, rates) for amount, day in parts), Fraction()))


def _unreadable(entry: str) -> Invalid:
    return Invalid(_l("“%(entry)s” is no day with a rate, e.g. 2025-01-01:3.00.", entry=entry), code="rates")
