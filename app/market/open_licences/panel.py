"""The declaration on the patent's own page: where it stands, or the button that begins one."""

from collections.abc import Mapping
from typing import Any

from app.accounts.models import Actor
from app.market.open_licences.queries import live_declaration
from app.market.patents.models import Patent
from app.market.patents.parts import Panel
from app.market.patents.policy import PatentPolicy


def declaration_panel(actor: Actor, patent: Patent) -> Mapping[str, Any]:
    """What the template shows: the live declaration, and whether this person may begin or go on with one."""
    return {"declared": live_declaration(patent.id), "patent": patent, "may": PatentPolicy.edit(actor, patent)}


PANEL = Panel("market/open_licences/panel.html", declaration_panel)
