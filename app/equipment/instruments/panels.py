"""What higher slices put on an instrument's public page: the calendar with the quote, the price table.

A slice above registers a template and a function that builds its context, so that this slice need not know it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.accounts.models import Actor
from app.equipment.instruments.models import Instrument

Build = Callable[[Actor, Instrument, Mapping[str, str]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page: `template` is included with `build(actor, instrument, query arguments)` as its context."""

    place: str
    template: str
    build: Build
    label: object = ""


_panels: dict[str, Panel] = {}


def register_panel(name: str, panel: Panel) -> None:
    """Put a panel on the page, at `place`: main (calendar), aside (quote), tab (beside the description)."""
    _panels[name] = panel


def panels_at(place: str) -> dict[str, Panel]:
    """The panels of a place, in order of registration."""
    return {name: panel for name, panel in _panels.items() if panel.place == place}
