"""What an announced price comes to: at the notice, by instalments, as a royalty of a period (民法典 846).

All amounts in fen; a royalty is rounded half up once, after the rates and before floor and cap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from app.core.money import round_half_up
from app.core.workdays import add_months
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.patents.models import WHOLE


class Priced(Protocol):
    """What a declaration and a licence say of the price alike."""

    price_form: Any
    lump_minor: Any
    upfront_minor: Any
    instalments: Any
    rate: Any
    royalty_base: Any
    rate_steps: Any
    floor_minor: Any
    cap_minor: Any
    period_months: Any


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the base with its own rate, e.g. what lies above one million."""

    base_minor: int
    rate: int

    @property
    def exact(self) -> Fraction:
        return Fraction(self.base_minor * self.rate, WHOLE)


@dataclass(frozen=True, slots=True)
class Royalty:
    """A period's royalty with its reasons: slices of the base, their sum, and whether floor or cap decided."""

    slices: tuple[Slice, ...]
    computed_minor: int
    due_minor: int
    by_floor: bool = False
    by_cap: bool = False


def royalty(price: Priced, base_minor: int) -> Royalty:
    """What is owed for a whole period in which the base came to so much."""
    return royalty_within(price, base_minor, price.floor_minor, price.cap_minor)


def royalty_within(price: Priced, base_minor: int, floor_minor: int | None, cap_minor: int | None) -> Royalty:
    """What is owed for a period with its own floor and cap; a negative base counts as nothing.

    With steps, each rate holds for what lies above its threshold only; they stay as announced.
    """
    base = max(0, base_minor)
    slices = _slices(price, base)
    computed = round_half_up(sum((one.exact for one in slices), Fraction(0)))
    due = computed
    if floor_minor is not None:
        due = max(due, floor_minor)
    if cap_minor is not None:
        due = min(due, cap_minor)
    return Royalty(slices, computed, due, by_floor=due > computed, by_cap=due < computed)


def _slices(price: Priced, base: int) -> tuple[Slice, ...]:
    if not price.rate_steps:
        return (Slice(base, int(price.rate)),)
    steps = sorted((int(step["from_minor"]), int(step["rate"])) for step in price.rate_steps)
    ends = [start for start, _rate in steps[1:]] + [max(base, steps[-1][0])]
    parts = ((min(base, end) - start, rate) for (start, rate), end in zip(steps, ends, strict=True))
    return tuple(Slice(part, rate) for part, rate in parts if part > 0)


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment that the announced price asks for besides a royalty."""

    number: int
    due_on: date
    minor: int


def instalments(price: Priced, effective_on: date) -> Sequence[Instalment]:
    """Every fixed payment of a licence, the one with the notice first; each counted from the day it takes effect."""
    if price.price_form is PriceForm.INSTALMENTS:
        parts = sorted((int(part["months"]), int(part["minor"])) for part in price.instalments)
    else:
        fixed = int(price.lump_minor if price.price_form is PriceForm.LUMP_SUM else price.upfront_minor)
        parts = [(0, fixed)] if fixed else []
    return [
        Instalment(number, add_months(effective_on, months), amount)
        for number, (months, amount) in enumerate(parts, start=1)
    ]


def total_cost(price: Priced, base_minor: int, years: int) -> int:
    """What a licence costs in all over some years with the same base each year: it makes price forms comparable."""
    if price.price_form is PriceForm.INSTALMENTS:
        fixed = sum(int(part["minor"]) for part in price.instalments if int(part["months"]) < 12 * years)
    else:
        fixed = int(price.lump_minor) + int(price.upfront_minor)
    if not price.price_form.has_royalty:
        return fixed
    periods = -(-12 * years // int(price.period_months))
    each = Fraction(base_minor * int(price.period_months), 12)
    return fixed + periods * royalty(price, round_half_up(each)).due_minor


def limit_exceeded(price: Priced, usual: dict[str, int]) -> str | None:
    """Which usual limit a price goes beyond: ``lump``, ``sales`` or ``profit``; None when it stays within.

    `usual` holds lump (fen), sales and profit (basis points); above them CNIPA expects an ordinary licence or a reason.
    """
    fixed = sum(int(part["minor"]) for part in price.instalments) + int(price.lump_minor) + int(price.upfront_minor)
    if fixed > usual["lump"]:
        return "lump"
    highest = max([int(price.rate), *(int(step["rate"]) for step in price.rate_steps)])
    if price.royalty_base is RoyaltyBase.PROFIT:
        return "profit" if highest > usual["profit"] else None
    return "sales" if highest > usual["sales"] else None
