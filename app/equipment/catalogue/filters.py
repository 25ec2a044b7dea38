"""What a person asks the catalogue for, read from the address and written back to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.core.filters import Check, amount, code, identity, mark, matching, one_of, words
from app.core.money import Money, parse_money
from app.core.picking import read_picks, values_of

SORTS = ("soonest", "price", "name", "newest", "relevance")
WHEN = ("today", "week")
MODES = ("self", "assisted")


ASKED: dict[str, Check] = {
    "q": words,
    "class": matching(r"[0-9]{2}|[0-9]{4}"),
    "region": matching(r"[0-9]{2}|[0-9]{4}"),
    "owner": code,
    "mode": one_of(MODES),
    "when": one_of(WHEN),
    "from": amount,
    "to": amount,
    "at_once": mark,
    "for_me": mark,
    "sort": one_of(SORTS),
    "pick": identity,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Everything that narrows or orders the list. Amounts in fen; unknown values are left out, and told."""

    q: str = ""
    classes: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    when: str = ""
    low: int | None = None
    high: int | None = None
    at_once: bool = False
    for_me: bool = False
    chosen_sort: str = ""
    # What was picked to compare travels with the address, but narrows nothing: the same filters, the same statements.
    picks: tuple[UUID, ...] = field(default=(), compare=False)
    is_pick_refused: bool = field(default=False, compare=False)

    @property
    def sort(self) -> str:
        """How the list is ordered: by fit when words are looked for, else by what is free soonest."""
        return self.chosen_sort or ("relevance" if self.q else "soonest")

    @property
    def how_many(self) -> int:
        """How many conditions are on, the words not counted."""
        lists = len(self.classes) + len(self.regions) + len(self.owners) + len(self.modes)
        return lists + bool(self.when) + (self.low is not None or self.high is not None) + self.at_once + self.for_me


def read_filters(arguments: MultiDict[str, str]) -> Filters:
    """The filters of an address."""
    sort = arguments.get("sort", "")
    when = arguments.get("when", "")
    picks, is_pick_refused = read_picks(arguments)
    return Filters(
        q=" ".join(arguments.get("q", "").replace("\x00", "").split())[:200],
        classes=_codes(arguments.getlist("class"), (2, 4)),
        regions=_codes(arguments.getlist("region"), (2, 4)),
        owners=tuple(value for value in values_of(arguments.getlist("owner")) if value.isascii() and value.isalnum()),
        modes=tuple(value for value in values_of(arguments.getlist("mode")) if value in MODES),
        when=when if when in WHEN else "",
        low=_amount(arguments.get("from", "")),
        high=_amount(arguments.get("to", "")),
        at_once=arguments.get("at_once", "") == "1",
        for_me=arguments.get("for_me", "") == "1",
        chosen_sort=sort if sort in SORTS else "",
        picks=picks,
        is_pick_refused=is_pick_refused,
    )


def address(filters: Filters, **changes: Any) -> dict[str, Any]:
    """Query arguments for `url_for`, with some changed; what is at its default is left out."""
    arguments: dict[str, Any] = {
        "q": filters.q,
        "class": list(filters.classes),
        "region": list(filters.regions),
        "owner": list(filters.owners),
        "mode": list(filters.modes),
        "when": filters.when,
        "from": yuan(filters.low),
        "to": yuan(filters.high),
        "at_once": "1" if filters.at_once else "",
        "for_me": "1" if filters.for_me else "",
        "sort": filters.chosen_sort,
        "pick": [str(each) for each in filters.picks],
    }
    return {name: value for name, value in {**arguments, **changes}.items() if value}


def without(filters: Filters, name: str, value: str) -> dict[str, Any]:
    """The address without one value of a list."""
    kept: Mapping[str, Sequence[str]] = {
        "class": filters.classes,
        "region": filters.regions,
        "owner": filters.owners,
        "mode": filters.modes,
    }
    return address(filters, **{name: [each for each in kept[name] if each != value]})


def _codes(values: Sequence[str], lengths: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(v for v in values_of(values) if v.isascii() and v.isdigit() and len(v) in lengths)


def _amount(text: str) -> int | None:
    try:
        minor = parse_money(text).minor if text.strip() else None
    except ValueError:
        return None
    return minor if minor is not None and 0 <= minor < 10**12 else None


def yuan(minor: int | None) -> str:
    """An amount as a person types it."""
    return "" if minor is None else str(Money(minor).decimal).removesuffix(".00")
