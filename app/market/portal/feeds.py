"""Feeds for readers: what is newest in a search, as JSON and as RSS 2.0; a pilot says so in its title."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.core.filters import asks
from app.core.i18n import gettext as _
from app.market.open_licences.models import OpenLicence
from app.market.open_licences.wording import price_words
from app.market.portal.facts import facts_of
from app.market.portal.filters import ASKED, SHOWN, Filters, read_filters
from app.market.portal.harvesting import page_url
from app.market.portal.oai import element
from app.market.portal.queries import list_patents
from app.market.portal.showing import two_titles

bp = Blueprint("feeds_patents", __name__)
MOST = 50


@bp.get("/patents/feed.json")
@asks("file", **ASKED)
def json_feed() -> ResponseReturnValue:
    """JSON Feed 1.1; ``_jishi`` holds the facts of each declaration."""
    public_url = str(current_app.config["JISHI"].public_url)
    items = [
        {
            "id": str(row.OpenLicence.id),
            "url": page_url(row.Patent, public_url),
            "title": title_of(row),
            "content_text": text_of(row),
            "date_published": published_at(row.OpenLicence).isoformat(),
            "_jishi": facts_of(row.OpenLicence, row.Patent, page_url(row.Patent, public_url)),
        }
        for row in _rows()
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _("Open patent licences"),
        "home_page_url": f"{public_url}/patents",
        "feed_url": f"{public_url}{request.full_path.rstrip('?')}",
        "items": items,
    }
    answer = jsonify(feed)
    answer.content_type = "application/feed+json"
    return answer


@bp.get("/patents/feed.xml")
@asks("file", **ASKED)
def rss_feed() -> ResponseReturnValue:
    """RSS 2.0 of the same."""
    public_url = str(current_app.config["JISHI"].public_url)
    items = "".join(
        "<item>"
        + element("title", title_of(row))
        + element("link", page_url(row.Patent, public_url))
        + element("guid", f"urn:uuid:{row.OpenLicence.id}", isPermaLink="false")
        + element("category", row.status)
        + element("pubDate", format_datetime(published_at(row.OpenLicence)))
        + element("description", text_of(row))
        + "</item>"
        for row in _rows()
    )
    channel = (
        element("title", _("Open patent licences"))
        + element("link", f"{public_url}/patents")
        + element("description", _("Announced licences and pilots, the newest first"))
        + f'<atom:link rel="self" type="application/rss+xml" href="{public_url}/patents/feed.xml"/>'
    )
    written = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel>{channel}{items}</channel></rss>"
    )
    return Response(written, content_type="application/rss+xml; charset=utf-8")


def _rows() -> Sequence[Row[Any]]:
    asked = read_filters(request.args)
    statuses = tuple(status for status in asked.statuses or SHOWN if status in SHOWN)
    filters = Filters(
        q=asked.q, statuses=statuses or SHOWN, forms=asked.forms, kinds=asked.kinds, sections=asked.sections,
        classes=asked.classes, regions=asked.regions, owners=asked.owners, chosen_sort="newest",
    )  # fmt: skip
    return list_patents(filters, limit=MOST)


def title_of(row: Row[Any]) -> str:
    """The title in the reader's language; a pilot says so before anything else."""
    title = two_titles(row.Patent)[0]
    return str(_("[Pilot] %(title)s", title=title)) if row.status == "pilot" else title


def text_of(row: Row[Any]) -> str:
    """What it is for, the price in words, and whether it can be taken."""
    announced = row.status == "announced"
    taking = (
        _("Announced: can be taken by notice and payment.")
        if announced
        else _("Pilot, not announced: it cannot be taken by notice and payment; interest only.")
    )
    price = price_words(row.OpenLicence)
    asked = price if announced else str(_("Asked: %(price)s", price=price))
    return "\n".join(filter(None, (row.Patent.use_text, asked, str(taking))))


def published_at(open_licence: OpenLicence) -> datetime:
    """When it was recorded here: listed as a pilot, or changed to announced."""
    return open_licence.changed_at if open_licence.is_open else open_licence.pilot_at or open_licence.changed_at
