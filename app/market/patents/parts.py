"""What higher slices put on the pages of a portfolio: how a patent is listed, and panels on its own page.

A slice above registers what it knows, so that this slice need not know it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from app.accounts.models import Actor
from app.market.patents.models import Patent


@dataclass(frozen=True, slots=True)
class Listing:
    """One state of listing by which a portfolio is filtered, e.g. pilot; `condition` is on patents."""

    code: str
    label: object
    condition: Callable[[], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a patent's own page: `template` is included with `build(actor, patent)` as its context."""

    template: str
    build: Callable[[Actor, Patent], Mapping[str, Any]]


Words = Callable[[Sequence[UUID]], Mapping[UUID, tuple[str, object]]]

_listings: dict[str, Listing] = {}
_words: list[Words] = []
_panels: dict[str, Panel] = {}


def register_listings(listings: Sequence[Listing], words: Words) -> None:
    """Name the states of listing, and the function from patents to (state of a badge, word)."""
    _listings.update({listing.code: listing for listing in listings})
    if words not in _words:
        _words.append(words)


def listings() -> Mapping[str, Listing]:
    """All states of listing by their codes."""
    return _listings


def listing_words(ids: Sequence[UUID]) -> dict[UUID, tuple[str, object]]:
    """(state of a badge, word) of those patents that are listed."""
    return {identity: word for words in _words for identity, word in words(ids).items()} if ids else {}


def register_panel(name: str, panel: Panel) -> None:
    """Put a panel on the patent's own page."""
    _panels[name] = panel


def panels() -> Mapping[str, Panel]:
    """The panels in order of registration."""
    return _panels
