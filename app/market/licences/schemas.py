"""The JSON of notices and licences."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import InstantField, MoneyField, PageQuery, Schema, TextField
from app.core.money import Money
from app.market.licences.models import Licence, LicenceKind, LicenceState
from app.market.licences.taking import MAX_USE


class NoticeRequestSchema(Schema):
    """The statutory notice (专利法 art. 51): what is made, used or sold, where, from which day, who answers."""

    product = TextField(required=True, validate=validate.Length(1, MAX_USE))
    place = TextField(required=True, validate=validate.Length(1, 200))
    starts_on = fields.Date(required=True)
    contact_name = TextField(required=True, validate=validate.Length(1, 100))
    contact_phone = TextField(load_default="", validate=validate.Length(max=60))
    address = TextField(load_default="", validate=validate.Length(max=200))


class LicenceQuery(PageQuery):
    """Filters of the list of licences."""

    side = fields.String(load_default="taken", validate=validate.OneOf(["taken", "given"]))
    state = fields.String(load_default="", validate=validate.OneOf(["", *(state.value for state in LicenceState)]))


class LicenceSchema(Schema):
    """A notice, and the licence that it becomes. Days are calendar days in China; `ends_on` is the first without it."""

    id = fields.UUID(required=True)
    notice_number = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in LicenceKind]))
    state = fields.String(required=True, validate=validate.OneOf([state.value for state in LicenceState]))
    is_disputed = fields.Boolean(required=True)
    open_licence_id = fields.UUID(required=True, allow_none=True)
    patent_id = fields.UUID(required=True)
    patent_number = fields.String(required=True)
    licensor_id = fields.UUID(required=True)
    licensee_id = fields.UUID(required=True)
    noticed_at = InstantField(required=True)
    received_on = fields.Date(required=True)
    notice_hash = fields.String(required=True)
    due_now = MoneyField(required=True)
    pay_until = fields.Date(required=True, allow_none=True)
    paid_on = fields.Date(required=True, allow_none=True)
    effective_on = fields.Date(required=True, allow_none=True)
    ends_on = fields.Date(required=True, allow_none=True)
    filing_due_on = fields.Date(required=True, allow_none=True)
    filing_number = fields.String(required=True)
    filed_on = fields.Date(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)


def licence_as_dict(licence: Licence) -> dict[str, Any]:
    """A licence for programs; its patent is loaded."""
    same = (
        "id", "number", "is_disputed", "open_licence_id", "patent_id", "licensor_id", "licensee_id", "noticed_at",
        "received_on", "notice_hash", "paid_on", "effective_on", "ends_on", "filing_due_on", "filed_on", "ended_on",
    )  # fmt: skip
    return {
        **{name: getattr(licence, name) for name in same},
        "notice_number": licence.notice_no,
        "kind": licence.kind.value,
        "state": licence.state.value,
        "patent_number": licence.patent.shown_number,
        "due_now": Money(licence.due_now_minor, licence.currency),
        "pay_until": licence.void_on,
        "filing_number": licence.filing_no,
    }
