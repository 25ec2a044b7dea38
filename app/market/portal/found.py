"""What search engines find of the portal: the pages of public patents and open licences, and the portfolios.

An open licence has no page of its own: it stands on its patent's, which is listed while a visitor is shown it.
"""

from typing import Any

from sqlalchemy import Select, func, select

from app.accounts.models import Organisation
from app.core.sitemaps import Section, register_section
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Patent
from app.market.portal.statements import from_portal

CHANGED = func.greatest(Patent.changed_at, Patent.published_at, OpenLicence.changed_at)


def public_patents() -> Select[Any]:
    """Id and last change of every patent that the portal shows."""
    return from_portal(select(Patent.id, CHANGED.label("changed_at")))


def public_portfolios() -> Select[Any]:
    """Every organisation with a patent that the portal shows, and the last change among them."""
    statement = from_portal(select(Organisation.id, Organisation.code, func.max(CHANGED).label("changed_at")))
    return statement.group_by(Organisation.id, Organisation.code)


def register_found() -> None:
    """Let them be found."""
    register_section(Section("patents", public_patents, lambda row: f"/patents/{row.id}"))
    register_section(Section("portfolios", public_portfolios, lambda row: f"/organisations/{row.code}/patents"))
