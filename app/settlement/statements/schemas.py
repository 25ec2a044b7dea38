"""Statements and bills for programs."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import MoneyField, PageQuery, Schema, TextField
from app.core.money import Money
from app.settlement.statements.models import Bill, BillState, Statement


class PaperQuery(PageQuery):
    """Which papers: of one month, of one kind."""

    period = TextField(
        load_default=None, validate=validate.Length(max=10), metadata={"description": "a month, such as 2026-11"}
    )
    kind = fields.String(load_default=None, validate=validate.OneOf(["statement", "bill"]))


class PartySchema(Schema):
    """An organisation as it was called at issue."""

    name = fields.String(required=True)
    code = fields.String(required=True)


class PaperSchema(Schema):
    """A statement of an institution (`kind` statement) or a bill of a customer (`kind` bill)."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["statement", "bill"]))
    number = fields.String(required=True)
    period = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True, format="iso")
    organisation = fields.Nested(PartySchema, required=True)
    state = fields.String(required=True, validate=validate.OneOf(["issued", *(each.value for each in BillState)]))
    lines = fields.Integer(required=True)
    total = MoneyField(required=True, metadata={"description": "all charges, VAT included"})
    tax = MoneyField(required=True)
    commission = MoneyField(allow_none=True, metadata={"description": "statements only"})
    net = MoneyField(allow_none=True, metadata={"description": "what the institution gets; statements only"})
    paid = MoneyField(allow_none=True, metadata={"description": "bills only"})
    outstanding = MoneyField(allow_none=True, metadata={"description": "bills only"})
    due_on = fields.Date(allow_none=True)
    memo_code = fields.String(allow_none=True)


def statement_as_dict(statement: Statement) -> dict[str, Any]:
    """The statement as `PaperSchema` wants it."""
    return {
        **_common(statement, "statement", statement.gross_minor),
        "state": "issued",
        "commission": Money(statement.commission_minor, statement.currency),
        "net": Money(statement.net_minor, statement.currency),
        "paid": None, "outstanding": None, "due_on": None, "memo_code": None,
    }  # fmt: skip


def bill_as_dict(bill: Bill) -> dict[str, Any]:
    """The bill as `PaperSchema` wants it."""
    return {
        **_common(bill, "bill", bill.total_minor),
        "state": bill.state.value,
        "commission": None, "net": None,
        "paid": Money(bill.paid_minor, bill.currency),
        "outstanding": bill.outstanding,
        "due_on": bill.due_on,
        "memo_code": bill.memo_code,
    }  # fmt: skip


def _common(paper: Statement | Bill, kind: str, total: int) -> dict[str, Any]:
    return {
        "id": paper.id,
        "kind": kind,
        "number": paper.number,
        "period": f"{paper.month:%Y-%m}",
        "issued_at": paper.issued_at,
        "organisation": {"name": paper.party["name"], "code": paper.party["code"]},
        "lines": paper.lines_count,
        "total": Money(total, paper.currency),
        "tax": Money(paper.tax_minor, paper.currency),
    }
