"""UNIQUIP, the British standard by which universities publish their equipment (equipment.data.ac.uk), as CSV."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core.delimited import write_csv
from app.core.i18n import lazy_gettext as _l
from app.core.wording import has_han
from app.equipment.exchange.identity import KEY, MARK, NAMES, derived_key
from app.equipment.exchange.service_level import service_level
from app.equipment.exchange.techniques import recognise
from app.equipment.instruments.models import Instrument
from app.imports.parsing import line, prose
from app.imports.reading import Field, Reader
from app.imports.records import Values

TYPE = "Type"
SERVICE_LEVEL = "Service Level"

FIELDS = (
    Field(TYPE, line, aliases=("类型",)),
    Field("Name", line, "name", ("Equipment Name", "Item Name", "Title", "名称", "仪器名称", "设备名称")),
    Field("Description", prose, "description", ("描述", "说明")),
    Field("Related Facility ID", line),
    Field("Technique", line, "technique", ("Techniques", "技术", "方法")),
    Field("Location", line, "room", ("Room", "房间", "安放地点")),
    Field("Contact Name", line, "contact_name", ("Contact 1", "Contact", "联系人")),
    Field("Contact Telephone", line, "contact_phone", ("Contact Tel", "Contact Phone", "联系电话")),
    Field("Contact URL", line),
    Field("Contact Email", line, "contact_email", ("Contact E-mail", "联系邮箱")),
    Field("Secondary Contact Name", line, aliases=("Contact 2",)),
    Field("Secondary Contact Telephone", line),
    Field("Secondary Contact URL", line),
    Field("Secondary Contact Email", line),
    Field("ID", line, "asset_no", ("Asset No", "Asset Number", "Equipment ID", "Identifier", "资产编号", "编号")),
    Field("Photo", line, aliases=("Photo URL", "Image")),
    Field("Department", line, aliases=("部门", "院系")),
    Field("Site Location", line, "site", ("Site", "校区", "地点")),
    Field("Building", line, "building", ("楼宇", "楼")),
    Field(SERVICE_LEVEL, service_level, aliases=("开放机时",)),
    Field("Web Address", line, aliases=("URL", "Website", "Web Page")),
)
HEADINGS = tuple(field.heading for field in FIELDS)


def complete(values: Values) -> Mapping[str, Any]:
    """The Chinese name and the class follow from the words of name and technique."""
    chinese, code = recognise(values["name"], values.get("technique", ""))
    if not chinese and has_han(values["name"]):
        chinese = values["name"]
    return {"name_zh": chinese, "class_code": code}


def refuse(values: Values) -> object | None:
    """UNIQUIP lists facilities as well; they are not single instruments. Nothing else is kept of the type."""
    extra = values.get("extra", {})
    kind = extra.pop(TYPE, "equipment")
    if not extra:
        values.pop("extra", None)
    sentence: object = _l("a facility, not a single instrument")
    return sentence if kind.casefold() == "facility" else None


READER = Reader(FIELDS, KEY, NAMES, (("Name",),), complete=complete, refuse=refuse, derive_key=derived_key, mark=MARK)


def write(instruments: Iterable[Instrument]) -> Iterator[bytes]:
    """All instruments as one UNIQUIP file."""
    return write_csv(HEADINGS, (_row(instrument) for instrument in instruments))


def _row(instrument: Instrument) -> list[str]:
    return [
        "equipment"
        if field.heading == TYPE
        else getattr(instrument, field.target)
        if field.target
        else str(instrument.extra.get(field.heading, ""))
        for field in FIELDS
    ]
