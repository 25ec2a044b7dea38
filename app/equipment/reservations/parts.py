"""What slices above put on a booking's page and above the list of bookings (as `instruments/panels.py` does)."""

from collections.abc import Callable, Mapping
from typing import Any

from app.accounts.models import Actor
from app.equipment.reservations.models import Reservation

Build = Callable[[Actor, Reservation], Mapping[str, Any]]

BuildForList = Callable[[Actor], Mapping[str, Any]]

_parts: dict[str, Build] = {}
_list_parts: dict[str, BuildForList] = {}


def register_part(template: str, build: Build) -> None:
    """Include a template on every booking's page; `build` gives its context, nothing when it does not apply."""
    _parts[template] = build


def parts_of(actor: Actor, reservation: Reservation) -> tuple[list[str], dict[str, Any]]:
    """The templates to include and all they need."""
    templates: list[str] = []
    context: dict[str, Any] = {}
    for template, build in _parts.items():
        found = build(actor, reservation)
        if found:
            templates.append(template)
            context.update(found)
    return templates, context


def register_list_part(template: str, build: BuildForList) -> None:
    """Include a template above the list of my bookings; `build` gives its context, nothing when it does not apply."""
    _list_parts[template] = build


def list_parts_of(actor: Actor) -> tuple[list[str], dict[str, Any]]:
    """The templates to include above the list and all they need."""
    templates: list[str] = []
    context: dict[str, Any] = {}
    for template, build in _list_parts.items():
        found = build(actor)
        if found:
            templates.append(template)
            context.update(found)
    return templates, context
