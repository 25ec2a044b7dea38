"""What a person asks the list of patents for, read from the address and written back to it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.core.filters import Check, amount, between, code, identity, mark, matching, one_of, words
from app.core.money import Money, parse_money
from app.core.picking import read_picks, values_of
from app.market.open_licences.models import PriceForm
from app.market.patents.models import PatentKind

STATUSES = ("announced", "pilot", "private")
SHOWN = ("announced", "pilot")  # when nothing is chosen
SORTS = ("relevance", "newest", "ending", "total")
_CLASS = re.compile(r"[A-H]\d{2}[A-Z]?")
USUAL_SALES = 200_000_000
USUAL_MARGIN = 10
USUAL_YEARS = 3


ASKED: dict[str, Check] = {
    "q": words,
    "exact": mark,
    "status": one_of(STATUSES),
    "form": one_of(PriceForm),
    "kind": one_of(PatentKind),
    "section": one_of("ABCDEFGH"),
    "class": matching(_CLASS.pattern),
    "region": matching(r"[0-9]{2}|[0-9]{4}"),
    "owner": code,
    "sales": amount,
    "margin": between(0, 100),
    "years": between(1, 20),
    "sort": one_of(SORTS),
    "pick": identity,
}


@dataclass(frozen=True, slots=True)
class Sales:
    """What I would sell with a patent: yearly net sales in fen, profit in per cent of them, for some years."""

    minor: int = USUAL_SALES
    margin: int = USUAL_MARGIN
    years: int = USUAL_YEARS

    @property
    def profit_minor(self) -> int:
        """Yearly profit, whole fen downwards."""
        return self.minor * self.margin // 100


@dataclass(frozen=True, slots=True)
class Filters:
    """Everything that narrows or orders the list; unknown values are left out, and told."""

    q: str = ""
    is_exact: bool = False
    is_loose: bool = False  # no patent has all the words, so one of them is enough
    statuses: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    chosen_sort: str = ""
    sales: Sales = field(default_factory=Sales)
    picks: tuple[UUID, ...] = field(default=(), compare=False)
    is_pick_refused: bool = field(default=False, compare=False)

    @property
    def sort(self) -> str:
        """How the list is ordered: by fit when words are looked for, else the newest first."""
        return self.chosen_sort or ("relevance" if self.q else "newest")

    @property
    def how_many(self) -> int:
        """How many conditions are on, the words not counted."""
        return sum(len(values) for values in lists(self).values())


def lists(filters: Filters) -> Mapping[str, tuple[str, ...]]:
    """The chosen values by the name of their query argument."""
    return {
        "status": filters.statuses,
        "form": filters.forms,
        "section": filters.sections,
        "class": filters.classes,
        "kind": filters.kinds,
        "region": filters.regions,
        "owner": filters.owners,
    }


def read_filters(arguments: MultiDict[str, str]) -> Filters:
    """The filters of an address."""
    sort = arguments.get("sort", "")
    picks, is_refused = read_picks(arguments)
    return Filters(
        q=" ".join(arguments.get("q", "").replace("\x00", "").split())[:200],
        is_exact=arguments.get("exact", "") == "1",
        statuses=_among(arguments.getlist("status"), STATUSES),
        forms=_among(arguments.getlist("form"), [form.value for form in PriceForm]),
        kinds=_among(arguments.getlist("kind"), [kind.value for kind in PatentKind]),
        sections=_among(arguments.getlist("section"), "ABCDEFGH"),
        classes=tuple(value for value in values_of(arguments.getlist("class")) if _CLASS.fullmatch(value)),
        regions=tuple(v for v in values_of(arguments.getlist("region")) if re.fullmatch(r"\d{2}(\d{2})?", v, re.ASCII)),
        owners=tuple(v for v in values_of(arguments.getlist("owner")) if v.isascii() and v.isalnum()),
        chosen_sort=sort if sort in SORTS else "",
        sales=read_sales(arguments),
        picks=picks,
        is_pick_refused=is_refused,
    )


def read_sales(arguments: MultiDict[str, str]) -> Sales:
    """My sales, profit and years; what cannot be read is the usual."""
    return Sales(
        _amount(arguments.get("sales", "")),
        _number(arguments.get("margin", ""), USUAL_MARGIN, 100),
        max(1, _number(arguments.get("years", ""), USUAL_YEARS, 20)),
    )


def address(filters: Filters, **changes: Any) -> dict[str, Any]:
    """Query arguments for `url_for`, with some changed; what is at its default is left out."""
    sales = filters.sales
    arguments: dict[str, Any] = {
        "q": filters.q,
        "exact": "1" if filters.is_exact else "",
        **{name: list(values) for name, values in lists(filters).items()},
        "sales": yuan(sales.minor) if sales.minor != USUAL_SALES else "",
        "margin": str(sales.margin) if sales.margin != USUAL_MARGIN else "",
        "years": str(sales.years) if sales.years != USUAL_YEARS else "",
        "sort": filters.chosen_sort,
        "pick": [str(each) for each in filters.picks],
    }
    return {name: value for name, value in {**arguments, **changes}.items() if value}


def without(filters: Filters, name: str, value: str) -> dict[str, Any]:
    """The address without one value of a list."""
    return address(filters, **{name: [each for each in lists(filters)[name] if each != value]})


def yuan(minor: int) -> str:
    """An amount as a person types it."""
    return str(Money(minor).decimal).removesuffix(".00")


def _among(values: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for value in values_of(values) if value in tuple(known))


def _amount(text: str) -> int:
    try:
        minor = parse_money(text).minor if text.strip() else USUAL_SALES
    except ValueError:
        return USUAL_SALES
    return minor if 0 <= minor < 10**13 else USUAL_SALES


def _number(text: str, usual: int, most: int) -> int:
    digits = text.strip().removesuffix("%").strip()
    return min(int(digits), most) if digits.isascii() and digits.isdigit() and len(digits) < 4 else usual
