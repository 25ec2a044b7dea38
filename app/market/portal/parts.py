"""What slices above put below the results of a search and on the page of a patent, such as watching them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.accounts.models import Actor
from app.market.patents.models import Patent
from app.market.portal.filters import Filters


@dataclass(frozen=True)
class Part:
    """A template, and what it needs below a search or on a patent's page."""

    template: str
    of_search: Callable[[Actor, Filters], Mapping[str, Any]]
    of_patent: Callable[[Actor, Patent], Mapping[str, Any]]


_parts: dict[str, Part] = {}


def register_part(part: Part) -> None:
    """Include a template on both pages, in the order of registration."""
    _parts[part.template] = part


def below_search(actor: Actor, filters: Filters) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Templates with their context below the results."""
    return [(part.template, part.of_search(actor, filters)) for part in _parts.values()]


def on_patent(actor: Actor, patent: Patent) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Templates with their context on a patent's page."""
    return [(part.template, part.of_patent(actor, patent)) for part in _parts.values()]
