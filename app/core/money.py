"""Money: an integer number of minor units (fen) with a currency. Fractions of a fen never exist; rounding is named."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Self
from unicodedata import normalize

CURRENCY = "CNY"
_TYPED = re.compile(r"[+-]?(?:[0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.[0-9]{0,9})?")
EXPONENTS = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "HKD": 2}


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were put together."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units of `currency`: ``Money(23400)`` is 234 yuan."""

    minor: int
    currency: str = CURRENCY

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("minor units are whole numbers")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")

    def __add__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, factor: int) -> "Money":
        return Money(self.minor * factor, self.currency)

    def __lt__(self, other: Self) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Self) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, for formatting and spreadsheets only."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def as_json(self) -> dict[str, int | str]:
        """The form the API speaks: ``{"amount": minor units, "currency": "CNY"}``."""
        return {"amount": self.minor, "currency": self.currency}


def parse_money(text: str, currency: str = CURRENCY) -> Money:
    """Read an amount as a person types it: ``1,234.5``, ``¥30``, full-width digits.

    Commas stand between groups of three digits; ``1,5`` is refused, because it may mean 1.5 as well as 15.
    Raises ValueError when it is no number or has more decimals than the currency.
    """
    cleaned = normalize("NFKC", text).strip().lstrip("¥").strip()
    if not _TYPED.fullmatch(cleaned):
        raise ValueError(f"{text[:40]!r} is no amount")
    scaled = Decimal(cleaned.replace(",", "")).scaleb(EXPONENTS[currency])
    if scaled != scaled.to_integral_value() or abs(scaled) >= 10**16:
        raise ValueError(f"{text[:40]!r} is no amount of {currency}")
    return Money(int(scaled), currency)


def round_half_up(amount: Fraction | Decimal | int) -> int:
    """Round to the nearest whole number, halves away from zero (四舍五入)."""
    fraction = Fraction(amount)
    quotient, remainder = divmod(abs(fraction.numerator), fraction.denominator)
    rounded = quotient + (2 * remainder >= fraction.denominator)
    return rounded if fraction >= 0 else -rounded


def tax_inside(gross_minor: int, rate_percent: Decimal) -> int:
    """The value-added tax contained in a gross amount, rounded half up to the minor unit."""
    part, whole = rate_percent.as_integer_ratio()
    return round_half_up(Fraction(gross_minor * part, 100 * whole + part))


def allocate(total: int, weights: list[int]) -> list[int]:
    """Split `total` by `weights` so that the parts add up exactly; what rounding leaves goes to the last part."""
    whole = sum(weights)
    if whole <= 0:
        raise ValueError("the weights must add up to more than zero")
    running, given, parts = 0, 0, []
    for weight in weights:
        running += weight
        upto = int((Decimal(total) * running / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        parts.append(upto - given)
        given = upto
    return parts
