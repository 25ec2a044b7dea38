"""Royalty reports for programs."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import MoneyField, Schema, TextField
from app.core.money import Money
from app.market.royalties.models import PeriodState, RoyaltyPeriod, RoyaltyReport

MOST_MINOR = 10**15


class ProductSchema(Schema):
    """What was sold of one product; amounts in minor units of the licence's currency."""

    name = TextField(required=True, validate=validate.Length(min=1, max=200))
    units = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MOST_MINOR))
    gross_minor = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MOST_MINOR))
    deductions_minor = fields.Integer(load_default=0, strict=True, validate=validate.Range(min=0, max=MOST_MINOR))


class SoldSchema(ProductSchema):
    """The same with its net."""

    deductions_minor = fields.Integer(required=True)
    net_minor = fields.Integer(required=True)


class NewReportSchema(Schema):
    """A report of one period; no products mean no sales. A second one corrects the first and says why."""

    starts_on = fields.Date(load_default=None, metadata={"description": "the period's first day; else the first due"})
    products = fields.List(fields.Nested(ProductSchema), required=True, validate=validate.Length(max=200))
    reason = TextField(load_default="", validate=validate.Length(max=1000))


class RoyaltyReportSchema(Schema):
    """One revision of one period's report."""

    id = fields.UUID(required=True)
    licence_id = fields.UUID(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, metadata={"description": "the first day after the period"})
    due_on = fields.Date(required=True)
    state = fields.String(required=True, validate=validate.OneOf([each.value for each in PeriodState]))
    revision = fields.Integer(required=True)
    is_floor_only = fields.Boolean(required=True, metadata={"description": "the floor, for want of a report"})
    products = fields.List(fields.Nested(SoldSchema), required=True)
    net = MoneyField(required=True)
    computed = MoneyField(required=True, metadata={"description": "by the rates alone"})
    royalty = MoneyField(required=True, metadata={"description": "after floor and cap"})
    difference = MoneyField(required=True, metadata={"description": "beyond the revision before"})
    fee_note = fields.String(allow_none=True)
    reported_at = fields.AwareDateTime(required=True, format="iso")


class RoyaltyReportListSchema(Schema):
    """All reports of a licence."""

    items = fields.List(fields.Nested(RoyaltyReportSchema), required=True)


def report_as_dict(period: RoyaltyPeriod, report: RoyaltyReport) -> dict[str, Any]:
    """The report as `RoyaltyReportSchema` wants it; the fee note is loaded."""
    return {
        "id": report.id, "licence_id": period.licence_id, "starts_on": period.starts_on, "ends_on": period.ends_on,
        "due_on": period.due_on, "state": period.state.value, "revision": report.revision,
        "is_floor_only": report.is_floor_only, "products": report.products,
        "net": Money(report.net_minor, report.currency), "computed": Money(report.computed_minor, report.currency),
        "royalty": Money(report.due_minor, report.currency),
        "difference": Money(report.difference_minor, report.currency),
        "fee_note": report.fee_note.number if report.fee_note else None, "reported_at": report.reported_at,
    }  # fmt: skip
