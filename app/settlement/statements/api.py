"""Statements and bills for programs: an institution sees its statements, a customer its bills."""

from datetime import date
from typing import Any

from sqlalchemy import Select, literal, select, tuple_, union_all

from app.accounts.identity import acting_required, current_actor
from app.core.api import Blueprint, page_of
from app.core.db import session
from app.core.pages import bad_cursor, decode_cursor, encode_cursor
from app.settlement.statements.calendar import first_day
from app.settlement.statements.models import Bill, Statement
from app.settlement.statements.queries import visible_bills, visible_statements
from app.settlement.statements.schemas import PaperQuery, PaperSchema, bill_as_dict, statement_as_dict

bp = Blueprint("statements_api", __name__, url_prefix="/api/v1", description="Monthly statements and bills")


@bp.route("/statements", methods=["GET"])
@acting_required
@bp.arguments(PaperQuery, location="query")
@bp.response(200, page_of(PaperSchema))
@bp.problems(401, 403, 422)
def list_statements(query: dict[str, Any]) -> dict[str, Any]:
    """Statements and bills of the organisation acted for, the newest month first."""
    actor = current_actor()
    month = first_day(query["period"]) if query["period"] else None
    sources: list[Select[Any]] = []
    if query["kind"] != "bill":
        sources.append(_positions(visible_statements(actor, month=month), Statement))
    if query["kind"] != "statement":
        sources.append(_positions(visible_bills(actor, month=month), Bill))
    papers = union_all(*sources).subquery()
    position = tuple_(papers.c.month, papers.c.number)
    statement = select(papers).order_by(papers.c.month.desc(), papers.c.number.desc()).limit(query["limit"] + 1)
    after = decode_cursor(query["cursor"], 2)
    if after is not None:
        statement = statement.where(position < tuple_(_day(after[0]), literal(after[1])))
    found = session.execute(statement).all()
    chosen = found[: query["limit"]]
    statements = _by_id(Statement, [row.id for row in chosen if row.kind == "statement"])
    bills = _by_id(Bill, [row.id for row in chosen if row.kind == "bill"])
    items = [
        statement_as_dict(statements[row.id]) if row.kind == "statement" else bill_as_dict(bills[row.id])
        for row in chosen
    ]
    more = len(found) > query["limit"]
    return {"items": items, "next_cursor": encode_cursor([chosen[-1].month, chosen[-1].number]) if more else None}


def _positions(papers: Select[Any], model: type[Statement] | type[Bill]) -> Select[Any]:
    kind = "statement" if model is Statement else "bill"
    chosen: Any = papers.order_by(None).with_only_columns(
        model.id, literal(kind).label("kind"), model.month, model.number
    )
    return chosen  # type: ignore[no-any-return]


def _by_id(model: type[Any], ids: list[Any]) -> dict[Any, Any]:
    return {one.id: one for one in session.scalars(select(model).where(model.id.in_(ids)))} if ids else {}


def _day(text: str) -> Any:
    try:
        return literal(date.fromisoformat(text))
    except ValueError:
        raise bad_cursor() from None
