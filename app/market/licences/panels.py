"""What slices above put on a licence's page, such as the royalties."""

from collections.abc import Callable, Mapping
from typing import Any

from app.accounts.models import Actor
from app.market.licences.models import Licence

Build = Callable[[Actor, Licence], Mapping[str, Any]]

_panels: dict[str, Build] = {}


def register_panel(template: str, build: Build) -> None:
    """Include a template on every licence's page; `build` gives its context, nothing when it does not apply.

    `clocks` of that context (as in `showing.clocks_of`) run beside the licence's own.
    """
    _panels[template] = build


def panels_of(actor: Actor, licence: Licence) -> tuple[list[str], dict[str, Any]]:
    """The templates to include and all they need."""
    templates: list[str] = []
    context: dict[str, Any] = {}
    for template, build in _panels.items():
        found = build(actor, licence)
        if found:
            templates.append(template)
            context.update({**found, "clocks": [*context.get("clocks", ()), *found.get("clocks", ())]})
    return templates, context
