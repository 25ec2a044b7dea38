"""From price terms to money.

Quotes whose lines add up to the fen, and the fees for coming late or not at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money, tax_inside
from app.equipment.tariffs.terms import ClassPrices, Consumable, PayerClass, TaxCategory, Terms

MOST_UNITS = 100_000
NOTHING_COUNTED: Mapping[str, int] = {}


class LineKind(StrEnum):
    """What a line of a quote is for."""

    START_UP = "start_up"
    """Once for every use."""
    MACHINE_TIME = "machine_time"
    """Time within one tier."""
    OPERATOR = "operator"
    """Time of the person who runs the instrument."""
    CONSUMABLE = "consumable"
    """Counted units: material, samples, scans."""
    MINIMUM_TOP_UP = "minimum_top_up"
    """What is missing from start-up, time and operator to the minimum charge.

    Consumables come on top of it.
    """


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `quantity` (minutes, or units) at `unit_price` fen (an hour of time, or a unit).

    `from_minutes` and `upto_minutes` are the bounds of the tier (None: without end), `code`, `name` and
    `unit` those of the consumable. No words in here: the page that shows the line finds them.
    """

    kind: LineKind
    amount: int
    quantity: int = 1
    unit_price: int = 0
    from_minutes: int | None = None
    upto_minutes: int | None = None
    code: str | None = None
    name: str | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form without what is not there."""
        values = ((name, getattr(self, name)) for name in self.__slots__)
        return {name: value for name, value in values if value is not None}


@dataclass(frozen=True, slots=True)
class Quote:
    """A price with its reasons. The amounts of the lines add up to `total`; `tax` is the VAT inside it."""

    lines: tuple[Line, ...]
    total: Money
    tax: Money
    minutes: int
    tax_category: TaxCategory

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form, for freezing with a booking."""
        return {
            "lines": [line.to_json() for line in self.lines],
            "total": self.total.minor,
            "tax": self.tax.minor,
            "currency": self.total.currency,
            "minutes": self.minutes,
            "tax_category": self.tax_category.value,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; trusted, because only we write it."""
        return cls(
            lines=tuple(Line(**{**line, "kind": LineKind(line["kind"])}) for line in value["lines"]),
            total=Money(value["total"], value["currency"]),
            tax=Money(value["tax"], value["currency"]),
            minutes=value["minutes"],
            tax_category=TaxCategory(value["tax_category"]),
        )


def price(
    terms: Terms,
    payer: PayerClass,
    minutes: int,
    *,
    with_operator: bool = False,
    consumables: Mapping[str, int] = NOTHING_COUNTED,
) -> Quote:
    """What `minutes` of use cost `payer`, and why.

    Time is rounded up to the terms' step. Raises Invalid when the class, the operator or a consumable is
    not offered, ValueError when the minutes are negative. Never falls when the minutes grow.
    """
    if minutes < 0:
        raise ValueError("minutes cannot be negative")
    prices = terms.classes.get(payer)
    if prices is None:
        raise Invalid(_l("This instrument is not offered to your kind of organisation."), code="not_offered")
    charged = -(-minutes // terms.rounding_minutes) * terms.rounding_minutes
    lines = list(_time_lines(prices, charged))
    if with_operator:
        lines.append(_operator_line(prices, charged))
    missing = prices.minimum - sum(line.amount for line in lines)
    if missing > 0:
        lines.append(Line(LineKind.MINIMUM_TOP_UP, missing, unit_price=prices.minimum))
    if consumables:
        lines.extend(_consumable_lines(terms, payer, consumables))
    total = sum(line.amount for line in lines)
    return Quote(
        lines=tuple(lines),
        total=Money(total, terms.currency),
        tax=Money(tax_inside(total, terms.vat_rate), terms.currency),
        minutes=charged,
        tax_category=terms.tax_category,
    )


def _time_lines(prices: ClassPrices, minutes: int) -> Iterator[Line]:
    """Start-up and one line a tier.

    The running sum is rounded half up, so that the lines add up to its end.
    """
    if prices.start_up:
        yield Line(LineKind.START_UP, prices.start_up, unit_price=prices.start_up)
    begin = running = given = 0
    for tier in prices.tiers:
        end = minutes if tier.upto_minutes is None else min(minutes, tier.upto_minutes)
        if end <= begin:
            return
        running += (end - begin) * tier.per_hour
        upto = _per_hour(running)
        yield Line(LineKind.MACHINE_TIME, upto - given, end - begin, tier.per_hour, begin, tier.upto_minutes)
        begin, given = end, upto


def _operator_line(prices: ClassPrices, minutes: int) -> Line:
    if prices.operator_per_hour is None:
        raise Invalid(_l("No operator is offered for this instrument."), field="with_operator", code="not_offered")
    return Line(LineKind.OPERATOR, _per_hour(minutes * prices.operator_per_hour), minutes, prices.operator_per_hour)


def _consumable_lines(terms: Terms, payer: PayerClass, counted: Mapping[str, int]) -> Iterator[Line]:
    """Lines in the order of the terms; what was counted zero times makes none."""
    on_list = {thing.code: thing for thing in terms.consumables if payer in thing.prices}
    for code, quantity in counted.items():
        if code not in on_list:
            raise Invalid(_l("This is not on the price list."), field=f"consumables.{code}", code="not_offered")
        if type(quantity) is not int or not 0 <= quantity <= MOST_UNITS:
            raise Invalid(_l("A whole number from 0 on is expected here."), field=f"consumables.{code}")
    for thing in on_list.values():
        if quantity := counted.get(thing.code, 0):
            yield _consumable_line(thing, thing.prices[payer], quantity)


def _consumable_line(thing: Consumable, fen: int, quantity: int) -> Line:
    return Line(LineKind.CONSUMABLE, fen * quantity, quantity, fen, code=thing.code, name=thing.name, unit=thing.unit)


def _per_hour(fen_minutes: int) -> int:
    """Fen for ``minutes × fen an hour``, rounded half up."""
    return (fen_minutes + 30) // 60
