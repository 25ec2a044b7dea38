"""Which periods a licence has, and what floor and cap come to in one that is cut short."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from app.core.money import round_half_up
from app.core.workdays import add_months, working_day_from


@dataclass(frozen=True, slots=True)
class Span:
    """A period: its place among the licence's, its first day, the first day after it, and how long it would be whole.

    `part` is 1 but for a last period that the licence's end cuts short: days it has, of the days of a whole one.
    """

    position: int
    starts_on: date
    ends_on: date
    part: Fraction


def spans(effective_on: date, ends_on: date, months: int) -> Iterator[Span]:
    """The periods of a licence from the day it takes effect up to and without `ends_on`.

    Each is counted from the first day, never from the one before (31 January + 1 month + 1 month is 31 March).
    """
    position, starts_on = 1, effective_on
    while starts_on < ends_on:
        whole_until = add_months(effective_on, position * months)
        until = min(whole_until, ends_on)
        part = Fraction((until - starts_on).days, (whole_until - starts_on).days)
        yield Span(position, starts_on, until, part)
        position, starts_on = position + 1, whole_until


def portion(amount_minor: int | None, part: Fraction) -> int | None:
    """A floor or cap for a part of a period, rounded half up to the fen; None stays None."""
    return None if amount_minor is None else round_half_up(amount_minor * part)


def report_due(ends_on: date, days: int) -> date:
    """The last day for a report: so many days after the period's last day, the next working day when that is none
    (民法典 201, 203)."""
    return working_day_from(ends_on - timedelta(days=1) + timedelta(days=days))


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights so that it adds up: every part rounded towards zero, the fen that are left go one
    each to the largest remainders, the first of equal ones first. A negative amount is split like a positive one.

    Raises ValueError when no weight is above zero or one is below.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("the weights must add up to more than zero, none below")
    amount = abs(total)
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts if total >= 0 else [-part for part in parts]
