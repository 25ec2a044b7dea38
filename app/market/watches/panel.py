"""Watching, below the results of a search and on the page of a patent."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from app.accounts.models import Actor
from app.market.patents.models import Patent
from app.market.portal.filters import Filters
from app.market.portal.parts import Part
from app.market.settings import settings
from app.market.watches.queries import watch_of
from app.market.watches.searches import search_of, search_of_patent


def search_panel(actor: Actor, filters: Filters) -> Mapping[str, Any]:
    """The buttons for a search, with its feed; or that it is watched already."""
    search = search_of(filters)
    feed = url_for("feeds_patents.rss_feed") + (f"?{search}" if search else "")
    return {"search": search, "patent": "", "watch": watch_of(actor, search), "feed": feed}


def patent_panel(actor: Actor, patent: Patent) -> Mapping[str, Any]:
    """The same for one patent."""
    watch, days = watch_of(actor, search_of_patent(patent.id)), settings.number("watch_expiry_days")
    return {"search": "", "patent": patent.id, "watch": watch, "feed": "", "days": days}


PART = Part("market/watches/panel.html", search_panel, patent_panel)
