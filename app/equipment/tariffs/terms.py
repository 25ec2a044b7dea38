"""Price terms of an instrument: what each class of payer pays, in fen including VAT.

Values only; pricing.py computes. Source of the parts: domain.md A.5 (hours in tiers, operator, consumables
and samples, start-up fee, three classes of payer, tax category on every fee) and the published tariffs in
tests/equipment/tariffs/test_published.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Self

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import EXPONENTS
from app.equipment.schedule import strict

LARGEST_AMOUNT = 10**9
LONGEST_TIER = 100 * 24 * 60
DAY = 24 * 60
CENTS = Decimal("0.01")


class PayerClass(StrEnum):
    """Who pays; national statistics tell the own legal person from everybody else (domain.md A.4)."""

    INTERNAL = "internal"
    """本单位: the legal person that owns the instrument."""
    INSTITUTION = "institution"
    """其他高校院所: another university or research institute."""
    ENTERPRISE = "enterprise"
    """企业社会: enterprises and everybody else."""


class ChargeBasis(StrEnum):
    """Which time is charged."""

    USED = "used"
    """The time really used, as recorded."""
    BOOKED = "booked"
    """The time booked, however long the use took."""
    GREATER = "greater"
    """The longer of the two: what was kept free is paid, and so is an overrun."""


class TaxCategory(StrEnum):
    """What is sold in the eyes of the VAT law, art. 10; it goes with every fee line to the invoice."""

    TESTING_SERVICE = "testing_service"
    """Instrument time with an operator or a result: modern service, usually 6 %."""
    EQUIPMENT_HIRE = "equipment_hire"
    """The bare instrument: hire of movable things, usually 13 %."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Time up to `upto_minutes` (None: without end) costs `per_hour` fen an hour."""

    upto_minutes: int | None
    per_hour: int


@dataclass(frozen=True, slots=True)
class ClassPrices:
    """Prices of one class in fen: once a use, by time, at least, and with an operator (None.

    No operator on offer).
    """

    tiers: tuple[Tier, ...]
    start_up: int = 0
    minimum: int = 0
    operator_per_hour: int | None = None

    @classmethod
    def from_json(cls, value: object, path: str = "") -> Self:
        """Read what `to_json` writes; raises Invalid with the path."""
        given = strict.members(value, path, required=("tiers",), optional=("start_up", "minimum", "operator_per_hour"))
        at = strict.below(path, "tiers")
        return cls(
            tiers=tuple(_tier(tier, strict.below(at, n)) for n, tier in enumerate(strict.items(given["tiers"], at))),
            start_up=strict.whole(given.get("start_up", 0), strict.below(path, "start_up")),
            minimum=strict.whole(given.get("minimum", 0), strict.below(path, "minimum")),
            operator_per_hour=strict.whole_or_none(
                given.get("operator_per_hour"), strict.below(path, "operator_per_hour")
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "start_up": self.start_up,
            "tiers": [{"upto_minutes": tier.upto_minutes, "per_hour": tier.per_hour} for tier in self.tiers],
            "minimum": self.minimum,
            "operator_per_hour": self.operator_per_hour,
        }


@dataclass(frozen=True, slots=True)
class Consumable:
    """What is counted and not timed: material, a sample, a scan.

    `prices`: fen a unit; a class not named gets none.
    """

    code: str
    name: str
    unit: str
    prices: Mapping[PayerClass, int]

    @classmethod
    def from_json(cls, value: object, path: str = "") -> Self:
        """Read what `to_json` writes; raises Invalid with the path."""
        given = strict.members(value, path, required=("code", "name", "unit", "prices"))
        at = strict.below(path, "prices")
        prices = strict.members(given["prices"], at, required=(), optional=tuple(PayerClass))
        return cls(
            code=strict.text(given["code"], strict.below(path, "code"), longest=40),
            name=strict.text(given["name"], strict.below(path, "name"), longest=120),
            unit=strict.text(given["unit"], strict.below(path, "unit"), longest=20),
            prices={PayerClass(key): strict.whole(fen, strict.below(at, key)) for key, fen in prices.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "code": self.code,
            "name": self.name,
            "unit": self.unit,
            "prices": {payer.value: fen for payer, fen in self.prices.items()},
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """The whole price list of one instrument.

    Time is rounded up to `rounding_minutes` before it is priced. `vat_rate` is in percent and lies
    inside every amount. A class missing from `classes` is not offered.
    """

    classes: Mapping[PayerClass, ClassPrices]
    consumables: tuple[Consumable, ...] = ()
    rounding_minutes: int = 30
    vat_rate: Decimal = Decimal(6)
    charge_basis: ChargeBasis = ChargeBasis.GREATER
    tax_category: TaxCategory = TaxCategory.TESTING_SERVICE
    currency: str = "CNY"

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` writes.

        Unknown keys, wrong types and terms that make no sense raise Invalid with the path in `field`.
        """
        terms = cls._read(value)
        for fault in faults(terms):
            raise fault
        return terms

    @classmethod
    def _read(cls, value: object) -> Self:
        keys = (
            "classes",
            "consumables",
            "rounding_minutes",
            "vat_rate",
            "charge_basis",
            "tax_category",
            "currency",
        )
        given = strict.members(value, "", required=keys)
        classes = strict.members(given["classes"], "classes", required=(), optional=tuple(PayerClass))
        return cls(
            classes={
                PayerClass(key): ClassPrices.from_json(prices, f"classes.{key}") for key, prices in classes.items()
            },
            consumables=tuple(
                Consumable.from_json(thing, f"consumables.{number}")
                for number, thing in enumerate(strict.items(given["consumables"], "consumables"))
            ),
            rounding_minutes=strict.whole(given["rounding_minutes"], "rounding_minutes"),
            vat_rate=_percent(given["vat_rate"], "vat_rate"),
            charge_basis=strict.choice(given["charge_basis"], ChargeBasis, "charge_basis"),
            tax_category=strict.choice(given["tax_category"], TaxCategory, "tax_category"),
            currency=strict.text(given["currency"], "currency", longest=3),
        )

    def to_json(self) -> dict[str, Any]:
        """JSON-ready form, the same for equal terms: classes in the order of PayerClass."""
        return {
            "currency": self.currency,
            "rounding_minutes": self.rounding_minutes,
            "vat_rate": str(self.vat_rate),
            "charge_basis": self.charge_basis.value,
            "tax_category": self.tax_category.value,
            "classes": {payer.value: self.classes[payer].to_json() for payer in PayerClass if payer in self.classes},
            "consumables": [thing.to_json() for thing in self.consumables],
        }

    def offers(self, payer: PayerClass) -> bool:
        """Whether there is a price for this class."""
        return payer in self.classes

    def chargeable_minutes(self, *, booked: int, used: int) -> int:
        """The minutes to price by `charge_basis`, before rounding."""
        if self.charge_basis is ChargeBasis.USED:
            return used
        return booked if self.charge_basis is ChargeBasis.BOOKED else max(booked, used)


def faults(terms: Terms) -> Iterator[Invalid]:
    """Everything wrong with `terms`, as errors that carry the path in `field`.

    Nothing when they are sound.
    """
    if terms.currency not in EXPONENTS:
        yield Invalid(_l("This currency is not known."), field="currency")
    if not 1 <= terms.rounding_minutes <= DAY:
        yield Invalid(_l("Between 1 and 1440 minutes."), field="rounding_minutes")
    if not 0 <= terms.vat_rate <= 100 or terms.vat_rate != terms.vat_rate.quantize(CENTS):
        yield Invalid(_l("Between 0 and 100 percent, with at most two decimals."), field="vat_rate")
    for payer, prices in terms.classes.items():
        yield from _class_faults(prices, f"classes.{payer.value}")
    codes: set[str] = set()
    for number, thing in enumerate(terms.consumables):
        if thing.code in codes:
            yield Invalid(_l("This code is used twice."), field=f"consumables.{number}.code")
        codes.add(thing.code)
        for payer, fen in thing.prices.items():
            yield from _amount_faults(fen, f"consumables.{number}.prices.{payer.value}")


def _class_faults(prices: ClassPrices, path: str) -> Iterator[Invalid]:
    yield from _amount_faults(prices.start_up, f"{path}.start_up")
    yield from _amount_faults(prices.minimum, f"{path}.minimum")
    if prices.operator_per_hour is not None:
        yield from _amount_faults(prices.operator_per_hour, f"{path}.operator_per_hour")
    if not prices.tiers:
        yield Invalid(_l("Give at least one price for time; it may be 0."), field=f"{path}.tiers")
    before, last = 0, len(prices.tiers) - 1
    for number, tier in enumerate(prices.tiers):
        at = f"{path}.tiers.{number}"
        yield from _amount_faults(tier.per_hour, f"{at}.per_hour")
        if number == last and tier.upto_minutes is not None:
            yield Invalid(_l("The last tier has no end: it holds for all longer uses."), field=f"{at}.upto_minutes")
        elif number < last and tier.upto_minutes is None:
            yield Invalid(_l("Only the last tier may be without end."), field=f"{at}.upto_minutes")
        elif tier.upto_minutes is not None:
            if not before < tier.upto_minutes <= LONGEST_TIER:
                yield Invalid(
                    _l("A tier ends later than the one before it and within 100 days."),
                    field=f"{at}.upto_minutes",
                )
            before = tier.upto_minutes


def _amount_faults(fen: int, path: str) -> Iterator[Invalid]:
    if fen < 0:
        yield Invalid(_l("An amount cannot be negative."), field=path)
    elif fen > LARGEST_AMOUNT:
        yield Invalid(_l("This amount is too large."), field=path)


def _tier(value: object, path: str) -> Tier:
    given = strict.members(value, path, required=("upto_minutes", "per_hour"))
    return Tier(
        upto_minutes=strict.whole_or_none(given["upto_minutes"], strict.below(path, "upto_minutes")),
        per_hour=strict.whole(given["per_hour"], strict.below(path, "per_hour")),
    )


def _percent(value: object, path: str) -> Decimal:
    try:
        rate = Decimal(strict.text(value, path, longest=8))
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite() or rate.adjusted() > 3:
        raise Invalid(_l("A percentage is expected here."), field=path)
    return rate
