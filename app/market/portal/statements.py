"""The statements behind the list of patents: rows, and how many there are for every value of every filter."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import contains_eager, defer

from app.accounts.models import Organisation
from app.market.open_licences.models import ENDED, OPEN, OpenLicence
from app.market.patents.models import LegalStatus, Patent
from app.market.portal.filters import SHOWN, Filters
from app.market.portal.models import Publication
from app.market.portal.understanding import plain_words
from app.search.queries import matches, rank

ORDER = {"announced": 0, "pilot": 1, "private": 2}
COUNTED = ("status", "form", "section", "class", "kind", "region", "owner", "")


def is_live() -> ColumnElement[bool]:
    """Declarations that everybody sees and that have not ended: at most one for a patent."""
    return and_(
        OpenLicence.patent_id == Patent.id,
        OpenLicence.state.not_in(ENDED),
        or_(OpenLicence.state.in_(OPEN), OpenLicence.pilot_at.is_not(None)),
    )


def status() -> ColumnElement[str]:
    """announced, pilot, or private for a patent of a public portfolio without either."""
    return case(
        (OpenLicence.state.in_(OPEN), "announced"), (OpenLicence.id.is_not(None), "pilot"), else_="private"
    )  # fmt: skip


def from_portal(statement: Any) -> Select[Any]:
    """Published patents with their owner and live declaration; a patent without one must be in force."""
    joined: Select[Any] = (
        statement.select_from(Patent)
        .join(Organisation, Organisation.id == Patent.owner_id)
        .outerjoin(OpenLicence, is_live())
        .outerjoin(Publication, Publication.open_licence_id == OpenLicence.id)
        .where(
            Patent.published_at.is_not(None),
            or_(OpenLicence.id.is_not(None), Patent.legal_status == LegalStatus.IN_FORCE),
        )
    )
    return joined


def rows_statement(*, whole: bool = False) -> Select[Any]:
    """Patent (with its abstract if `whole`), declaration, status and how many licences were given."""
    return from_portal(
        select(Patent, OpenLicence, status().label("status"), func.coalesce(Publication.taken, 0).label("taken"))
    ).options(
        contains_eager(Patent.owner),
        defer(OpenLicence.terms_text), defer(OpenLicence.basis_note), *([] if whole else [defer(Patent.abstract)]),
    )  # fmt: skip


def list_statement(filters: Filters) -> Select[Any]:
    """All rows that match, in order: what can be taken first."""
    found = rows_statement().where(*worded(filters), *conditions(filters).values())
    first = case(ORDER, value=status(), else_=9)
    return found.order_by(first, *_order(filters), Patent.id)


def _order(filters: Filters) -> list[Any]:
    newest = func.coalesce(OpenLicence.announced_on, func.date(OpenLicence.pilot_at)).desc().nulls_last()
    orders: Mapping[str, list[Any]] = {
        "relevance": [rank(Patent.search_words, filters.q).desc(), newest] if filters.q else [newest],
        "newest": [newest],
        "ending": [Patent.expires_on],
        "total": [newest],
    }
    return orders[filters.sort]


def worded(filters: Filters) -> list[ColumnElement[bool]]:
    """All that was typed for `is_exact`; else the words that mean something, all of them or (`is_loose`) one."""
    if not filters.q:
        return []
    words = plain_words(filters.q)
    if filters.is_exact or not words:
        return [matches(Patent.search_words, filters.q)]
    if filters.is_loose:
        return [or_(*(matches(Patent.search_words, word) for word in words))]
    return [and_(*(matches(Patent.search_words, word) for word in words))]


def conditions(filters: Filters) -> dict[str, ColumnElement[bool]]:
    """Each filter by name; the status is always one."""
    found: dict[str, ColumnElement[bool]] = {"status": status().in_(filters.statuses or SHOWN)}
    if filters.forms:
        found["form"] = OpenLicence.price_form.in_(filters.forms)
    if filters.sections:
        found["section"] = has_symbol(filters.sections)
    if filters.classes:
        found["class"] = has_symbol(filters.classes)
    if filters.kinds:
        found["kind"] = Patent.kind.in_(filters.kinds)
    if filters.regions:
        found["region"] = or_(*(Patent.region.startswith(code) for code in filters.regions))
    if filters.owners:
        found["owner"] = Organisation.code.in_(filters.owners)
    return found


def has_symbol(prefixes: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether one of a patent's IPC symbols begins so."""
    symbols = func.concat(" ", func.array_to_string(Patent.ipc, " "))
    return symbols.regexp_match(f" ({'|'.join(prefixes)})")


def count_statement(filters: Filters) -> Select[Any]:
    """(dimension, value, amount) for every value of every filter, all other filters kept; dimension "" is the total."""
    wanted = conditions(filters)
    met = [func.coalesce(one, literal(False)).label(f"is_{name}") for name, one in wanted.items()]
    base: CTE = from_portal(
        select(
            Patent.id, Patent.ipc, Patent.kind, func.left(Patent.region, 4).label("region"),
            Organisation.code.label("owner"), Organisation.name.label("owner_name"),
            Organisation.name_en.label("owner_name_en"), OpenLicence.price_form.label("form"),
            status().label("status"), *met,
        )
    ).where(*worded(filters)).cte("base")  # fmt: skip
    counts = union_all(*(_count(base, name, list(wanted)) for name in COUNTED)).subquery()
    return select(counts)


def _count(base: CTE, name: str, wanted: list[str]) -> Select[Any]:
    others: list[Any] = [base.c[f"is_{other}"] for other in wanted if other != name]
    kept = others or [true()]
    blank = literal("")
    if name in {"section", "class"}:
        symbols = select(base.c.id, func.unnest(base.c.ipc).label("symbol")).where(*kept).subquery()
        value: Any = func.left(symbols.c.symbol, 1 if name == "section" else 4)
        found: Select[Any] = select(
            literal(name).label("dimension"), value.label("value"), blank.label("label"), blank.label("label_en"),
            func.count(symbols.c.id.distinct()).label("amount"),
        )  # fmt: skip
        return found.group_by(literal_column("2"))
    columns = {"owner": (base.c.owner, base.c.owner_name, base.c.owner_name_en)}
    value, label, english = columns.get(name, (cast(base.c[name], String) if name else blank, blank, blank))
    found = select(
        literal(name).label("dimension"), value.label("value"), label.label("label"), english.label("label_en"),
        func.count().label("amount"),
    ).select_from(base).where(*kept)  # fmt: skip
    return found.group_by(literal_column("2"), literal_column("3"), literal_column("4")) if name else found


def of_patents(ids: list[UUID], *, whole: bool = False) -> Select[Any]:
    """The rows of some patents, whatever their status."""
    return rows_statement(whole=whole).where(Patent.id.in_(ids))


def of_owner(owner: Organisation) -> Select[Any]:
    """The public portfolio of one organisation, what can be taken first."""
    first = case(ORDER, value=status(), else_=9)
    return rows_statement().where(Patent.owner_id == owner.id).order_by(first, Patent.number)
