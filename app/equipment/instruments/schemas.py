"""The JSON of instruments."""

from typing import Any

from marshmallow import fields, validate

from app.core.api import PageQuery, Schema, TextField
from app.equipment.instruments.models import Instrument


class InstrumentQuery(PageQuery):
    """Words to look for in the catalogue."""

    q = TextField(load_default="", validate=validate.Length(max=200))


class OwnerSchema(Schema):
    """The institution that shares an instrument."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


class InstrumentSchema(Schema):
    """An instrument as lists show it; `region` is GB/T 2260, `class_code` that of 大型科学仪器设备分类与代码."""

    id = fields.UUID(required=True)
    asset_no = fields.String(required=True)
    name = fields.String(required=True)
    name_zh = fields.String(required=True)
    model = fields.String(required=True)
    manufacturer = fields.String(required=True)
    class_code = fields.String(required=True)
    region = fields.String(required=True)
    site = fields.String(required=True)
    zone = fields.String(required=True, metadata={"description": "IANA name of the place's zone"})
    share_mode = fields.String(required=True)
    operation_mode = fields.String(required=True)
    state = fields.String(required=True)
    owner = fields.Nested(OwnerSchema, required=True)


class InstrumentDetailSchema(InstrumentSchema):
    """An instrument with everything that is said about it."""

    technique = fields.String(required=True)
    description = fields.String(required=True)
    functions = fields.String(required=True)
    specifications = fields.String(required=True)
    services = fields.String(required=True)
    subjects = fields.String(required=True)
    sharing_rule = fields.String(required=True)
    fee_note = fields.String(required=True)
    country = fields.String(required=True)
    building = fields.String(required=True)
    room = fields.String(required=True)
    in_service_on = fields.Date(required=True, allow_none=True)


def instrument_as_dict(instrument: Instrument, schema: type[Schema] = InstrumentSchema) -> dict[str, Any]:
    """An instrument in the form the API speaks; texts that are not known are empty."""
    shown: dict[str, Any] = {
        name: getattr(instrument, name)
        for name in schema._declared_fields
        if name not in {"owner", "share_mode", "operation_mode", "state"}
    }
    owner = instrument.owner
    return {
        **shown,
        "share_mode": instrument.share_mode.value,
        "operation_mode": instrument.operation_mode.value,
        "state": instrument.state.value,
        "owner": {"id": owner.id, "code": owner.code, "name": owner.name},
    }
