"""The sitemap for search engines and robots.txt. What there is to find the modules say (`app/core/sitemaps.py`)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Missing
from app.core.i18n import lazy_gettext as _l
from app.core.pages import spooled_response
from app.core.sitemaps import Entry, sections
from app.notifications.links import public_url

bp = Blueprint("sitemap", __name__)
XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
SECONDS = 3600  # how long a copy may be kept
STANDING = ("site.home", "instruments.list", "portal.list", "patent_statistics.show", "site.terms",
            "site.accessibility")  # fmt: skip
PRIVATE = ("/consents/", "/watch-links/", "/desk", "/account", "/sign-in", "/i/", "/patents/compare",
           "/instruments/compare")  # fmt: skip


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Where the sitemap is, and what nobody should look for: pages behind secrets, of accounts, and picks."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in PRIVATE),
        "",
        f"Sitemap: {public_url('/sitemap.xml')}",
        "",
    ]
    return _cached(Response("\n".join(lines), content_type="text/plain; charset=utf-8"))


@bp.get("/sitemap.xml")
def index() -> ResponseReturnValue:
    """The files that there are; each holds 50,000 addresses at most."""
    files = [
        _element("sitemap", f"/sitemap/{name}-{one.first}.xml", one.changed_at)
        for name, section in sections().items()
        for one in section.pages()
    ]
    return _document("sitemapindex", iter([_element("sitemap", "/sitemap/pages.xml", None), *files]))


@bp.get("/sitemap/pages.xml")
def pages() -> ResponseReturnValue:
    """The pages that are always there."""
    known = [endpoint for endpoint in STANDING if endpoint in current_app.view_functions]
    return _document("urlset", (_url(Entry(url_for(endpoint), None)) for endpoint in known))


@bp.get("/sitemap/<name>-<uuid:first>.xml")
def page(name: str, first: UUID) -> ResponseReturnValue:
    """One file of a section."""
    section = sections().get(name)
    if section is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return _document("urlset", map(_url, section.entries(first)))


def _url(entry: Entry) -> str:
    return _element("url", entry.path, entry.changed_at)


def _element(name: str, path: str, changed_at: datetime | None) -> str:
    changed = f"<lastmod>{changed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed_at else ""
    return f"<{name}><loc>{escape(public_url(path))}</loc>{changed}</{name}>\n"


def _document(name: str, lines: Iterator[str]) -> Response:
    def parts() -> Iterator[bytes]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">\n'.encode()
        for line in lines:
            yield line.encode()
        yield f"</{name}>\n".encode()

    return _cached(spooled_response(XML, parts()))


def _cached(response: Response) -> Response:
    response.cache_control.public = True
    response.cache_control.max_age = SECONDS
    return response
