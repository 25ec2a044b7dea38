"""Patents for programs: the public portfolios, newest first, and everything public about one."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.core.api import Blueprint, page_of
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import lazy_gettext as _l
from app.core.pages import bad_cursor, decode_cursor, encode_cursor
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.queries import WITH_OWNER, WITH_PEOPLE
from app.market.patents.schemas import PatentDetailSchema, PatentQuery, PatentSchema, patent_as_dict
from app.search.queries import matches

bp = Blueprint("patents_api", __name__, url_prefix="/api/v1", description="Published patents")


@bp.route("/patents", methods=["GET"])
@bp.arguments(PatentQuery, location="query")
@bp.response(200, page_of(PatentSchema))
@bp.problems(401, 422)
def list_patents(query: dict[str, Any]) -> dict[str, Any]:
    """Published patents, the newest first; `q` looks in titles, uses, products and abstracts."""
    statement = select(Patent).options(*WITH_OWNER).where(Patent.published_at.is_not(None))
    if query["q"]:
        statement = statement.where(matches(Patent.search_words, query["q"]))
    if query["ipc"]:
        symbol = "".join(query["ipc"].split()).upper()
        symbols = func.unnest(Patent.ipc).column_valued("symbol")
        statement = statement.where(select(symbols).where(symbols.startswith(symbol, autoescape=True)).exists())
    if query["status"]:
        statement = statement.where(Patent.legal_status == LegalStatus(query["status"]))
    if query["owner"]:
        statement = statement.where(
            Patent.owner_id.in_(select(Organisation.id).where(Organisation.code == query["owner"].upper()))
        )
    after = decode_cursor(query["cursor"], 1)
    if after is not None:
        statement = statement.where(Patent.id < _position(after[0]))
    found = session.scalars(statement.order_by(Patent.id.desc()).limit(query["limit"] + 1)).all()
    items = found[: query["limit"]]
    cursor = encode_cursor([items[-1].id]) if len(found) > query["limit"] else None
    return {"items": [patent_as_dict(item) for item in items], "next_cursor": cursor}


def _position(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise bad_cursor() from None


@bp.route("/patents/<uuid:patent_id>", methods=["GET"])
@bp.response(200, PatentDetailSchema)
@bp.problems(401, 404)
def show(patent_id: UUID) -> dict[str, Any]:
    """One published patent. Private ones are nobody's here, not even their owner's."""
    statement = select(Patent).options(*WITH_PEOPLE).where(Patent.id == patent_id, Patent.published_at.is_not(None))
    patent = session.scalars(statement).unique().one_or_none()
    if patent is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return patent_as_dict(patent, PatentDetailSchema)
