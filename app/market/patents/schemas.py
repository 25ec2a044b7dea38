"""The JSON of patents: what everybody may know of a published one."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import PageQuery, Schema, TextField
from app.core.clock import today
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.terms import annuity_state


class PatentQuery(PageQuery):
    """Words, the beginning of an IPC symbol, the legal status, the owner's 统一社会信用代码."""

    q = TextField(load_default="", validate=validate.Length(max=200))
    ipc = TextField(load_default="", validate=validate.Length(max=20))
    status = fields.String(load_default="", validate=validate.OneOf(["", *(state.value for state in LegalStatus)]))
    owner = TextField(load_default="", validate=validate.Length(max=18))


class PatentOwnerSchema(Schema):
    """The organisation that keeps a patent."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


class PatentSchema(Schema):
    """A patent as lists show it; days are calendar days in China, `expires_on` the first one without protection."""

    id = fields.UUID(required=True)
    number = fields.String(required=True, metadata={"description": "with its check digit, e.g. ZL201710601862.3"})
    kind = fields.String(required=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    use_text = fields.String(required=True)
    products = fields.String(required=True)
    industry = fields.String(required=True, metadata={"description": "GB/T 4754-2017"})
    ipc = fields.List(fields.String(), required=True)
    locarno = fields.List(fields.String(), required=True)
    region = fields.String(required=True, metadata={"description": "GB/T 2260"})
    filed_on = fields.Date(required=True)
    granted_on = fields.Date(required=True, allow_none=True)
    expires_on = fields.Date(required=True)
    legal_status = fields.String(required=True)
    annuity_state = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True, format="iso")
    owner = fields.Nested(PatentOwnerSchema, required=True)


class PatentHolderSchema(Schema):
    """A patentee."""

    name = fields.String(required=True)


class PatentDetailSchema(PatentSchema):
    """A patent with its abstract and people; of inventors the names only."""

    abstract = fields.String(required=True)
    publication_no = fields.String(required=True)
    family = fields.String(required=True)
    report_no = fields.String(required=True)
    conclusion = fields.String(required=True)
    register_checked_on = fields.Date(required=True, allow_none=True)
    holders = fields.List(fields.Nested(PatentHolderSchema), required=True)
    inventors = fields.List(fields.String(), required=True)


def patent_as_dict(patent: Patent, schema: type[Schema] = PatentSchema) -> dict[str, Any]:
    """A patent in the form the API speaks; the detail needs its people."""
    worked_out: dict[str, Any] = {
        "number": patent.shown_number,
        "kind": patent.kind.value,
        "legal_status": patent.legal_status.value,
        "annuity_state": annuity_state(patent, today()).value,
        "owner": {"id": patent.owner.id, "code": patent.owner.code, "name": patent.owner.name},
    }
    if schema is PatentDetailSchema:
        worked_out["conclusion"] = patent.conclusion.value
        worked_out["holders"] = [{"name": one.name} for one in patent.holders]
        worked_out["inventors"] = [one.name for one in patent.inventors]
    plain = {name: getattr(patent, name) for name in schema._declared_fields if name not in worked_out}
    return {**plain, **worked_out}
