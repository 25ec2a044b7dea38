"""A search as it is kept and as it is called: the address without order, sales and picks, always written alike."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.accounts.models import Organisation
from app.core.db import session
from app.core.i18n import gettext as _
from app.market.portal.filters import Filters, Sales, address, lists, read_filters
from app.market.portal.queries import Counts
from app.market.portal.showing import value_name

PATENT = "patent="
Owners = Mapping[str, tuple[str, str]]


def search_of(filters: Filters) -> str:
    """The canonical text of a search, e.g. ``class=C09J&q=%E8%83%B6``; empty for everything."""
    bare = replace(filters, sales=Sales(), chosen_sort="", picks=(), is_loose=False)
    pairs = []
    for name, value in address(bare).items():
        pairs += [(name, one) for one in sorted(set(value))] if isinstance(value, list) else [(name, value)]
    return urlencode(sorted(pairs))


def filters_of(search: str) -> Filters:
    """The search behind a kept text."""
    return read_filters(MultiDict(parse_qsl(search)))


def canonical(text: str) -> str:
    """Whatever a form sends as a search, in the one way of writing it; what is unknown is left out."""
    return search_of(filters_of(text.removeprefix("?")[:8000]))


def search_of_patent(patent_id: UUID) -> str:
    """How the watch of one patent is kept."""
    return f"{PATENT}{patent_id}"


def owners_in(searches: Iterable[str]) -> Owners:
    """Name and English name of every patentee that these searches name, by code; one statement or none."""
    codes = {code for search in searches if not search.startswith(PATENT) for code in filters_of(search).owners}
    if not codes:
        return {}
    rows = session.execute(
        select(Organisation.code, Organisation.name, Organisation.name_en).where(Organisation.code.in_(codes))
    )
    return {row.code: (row.name, row.name_en) for row in rows}


def name_of_search(search: str, owners: Owners) -> str:
    """A search in the reader's language: its words, then its filters."""
    filters = filters_of(search)
    counts = Counts(owners=dict(owners))
    chosen = [value_name(name, value, counts) for name, values in lists(filters).items() for value in values]
    words = [_("“%(words)s”", words=filters.q)] if filters.q else []
    return " · ".join([*words, *chosen]) or str(_("All open patent licences"))
