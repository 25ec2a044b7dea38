"""The record of the national platform for shared instruments (NRII), with its JSON keys.

Source of the keys, units and words: domain.md A.2 (record type 4).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.core.wording import has_han
from app.equipment.exchange.identity import KEY, MARK, NAMES, derived_key
from app.equipment.exchange.parsing import SHARE_MODE_TEXT, class_code, share_mode, wan_text, wan_yuan
from app.equipment.exchange.regions import region_of
from app.equipment.exchange.techniques import recognise
from app.equipment.instruments.models import Instrument
from app.imports.parsing import day, line, prose, yes_no
from app.imports.reading import Field, Reader
from app.imports.records import Values

FIELDS = (
    Field("cname", line, "name_zh", ("仪器名称", "中文名称")),
    Field("ename", line, "name", ("英文名称",)),
    Field("innerId", line, "asset_no", ("所属单位内部编码", "内部编码", "资产编号")),
    Field("insCode", line, aliases=("管理单位编码",)),
    Field("instrBelongsType", line, aliases=("所属资源载体类型",)),
    Field("instrBelongsName", line, aliases=("所属资源载体编码",)),
    Field("instrCategory", class_code, "class_code", ("仪器分类编码",)),
    Field("instrSource", line, aliases=("仪器来源",)),
    Field("instrSupervise", yes_no, "is_customs_supervised", ("是否海关监管",)),
    Field("worth", wan_yuan, "value_minor", ("原值",)),
    Field("nation", line, "country", ("产地国别",)),
    Field("manufacturer", line, "manufacturer", ("生产制造商",)),
    Field("beginDate", day, "in_service_on", ("启用日期",)),
    Field("type", line, aliases=("仪器类别",)),
    Field("instrVersion", line, "model", ("规格型号",)),
    Field("technical", prose, "specifications", ("主要技术指标",)),
    Field("function", prose, "functions", ("主要功能",)),
    Field("subject", line, "subjects", ("主要学科领域",)),
    Field("serviceContent", prose, "services", ("服务内容",)),
    Field("achievement", prose, aliases=("服务的主要成效",)),
    Field("status", line, aliases=("运行状态",)),
    Field("requirement", prose, "sharing_rule", ("对外开放共享规定",)),
    Field("fee", prose, "fee_note", ("参考收费标准",)),
    Field("serviceUrl", line, aliases=("预约服务网址",)),
    Field("contact", line, "contact_name", ("联系人",)),
    Field("phone", line, "contact_phone", ("联系电话", "电话")),
    Field("email", line, "contact_email", ("电子邮箱", "邮箱")),
    Field("address", line, "site", ("安放地址",)),
    Field("province", line, aliases=("省",)),
    Field("city", line, aliases=("市",)),
    Field("county", line, aliases=("县", "区县")),
    Field("street", line, aliases=("街道",)),
    Field("postalcode", line, aliases=("邮政编码", "邮编")),
    Field("shareMode", share_mode, "share_mode", ("共享模式",)),
    Field("image", line, aliases=("图片",)),
    Field("auditStatus", line, aliases=("审核状态",)),
)


def complete(values: Values) -> Mapping[str, Any]:
    """Settle the two names, and find the region. A record with one name only says nothing of the other."""
    derived: dict[str, Any] = {}
    if "name" not in values:
        values["name"] = values.pop("name_zh")
        derived["name_zh"] = values["name"] if has_han(values["name"]) else ""
    chinese, code = recognise(values["name"], values.get("technique", ""))
    if "name_zh" not in values and not derived.get("name_zh"):
        derived["name_zh"] = chinese
    if "class_code" not in values:
        derived["class_code"] = code
    extra = values.get("extra", {})
    region = region_of(*(extra.get(part, "") for part in ("county", "city", "province")), values.get("site", ""))
    if region:
        derived["region"] = region
    return derived


READER = Reader(FIELDS, KEY, NAMES, (("cname", "ename"),), complete=complete, derive_key=derived_key, mark=MARK)


def write(instruments: Iterable[Instrument]) -> Iterator[bytes]:
    """All instruments as one JSON array, one object a line."""
    separator = "[\n"
    for instrument in instruments:
        yield (separator + json.dumps(_object(instrument), ensure_ascii=False)).encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def _object(instrument: Instrument) -> dict[str, str]:
    record = {field.heading: _text(field, instrument) for field in FIELDS}
    if not instrument.name_zh or instrument.name_zh == instrument.name:
        record |= {"cname": instrument.name, "ename": ""}
    return record


def _text(field: Field, instrument: Instrument) -> str:
    if not field.target:
        return str(instrument.extra.get(field.heading, ""))
    value = getattr(instrument, field.target)
    if field.target == "value_minor":
        return "" if value is None else wan_text(value)
    if field.target == "in_service_on":
        return "" if value is None else str(value.isoformat())
    if field.target == "share_mode":
        return SHARE_MODE_TEXT[value]
    if field.target == "is_customs_supervised":
        return "是" if value else "否"
    return str(value)
