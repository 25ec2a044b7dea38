"""The national platform's records are read and written with their exact keys and units."""

import json
from datetime import date
from typing import Any

import pytest

from app.core.tabular import read_table
from app.equipment.exchange import nrii
from app.equipment.exchange.parsing import wan_text, wan_yuan
from app.equipment.instruments.models import Instrument, ShareMode
from app.imports.reading import read_rows
from app.imports.records import ImportRow

SAMPLE = {
    "cname": "激光干涉仪",
    "ename": "Laser interferometer",
    "innerId": "000123",
    "insCode": "0123456789abcdef0123456789abcdef",
    "instrCategory": "030122",
    "instrSource": "购置",
    "instrSupervise": "否",
    "worth": "67.81",
    "nation": "德国",
    "beginDate": "2019-03-01",
    "instrVersion": "ML-10",
    "technical": "分辨率 1 nm\n量程 40 m",
    "address": "吉林省长春市北松路88号",
    "shareMode": "外部共享",
    "auditStatus": "-1",
}


def rows_of(*records: dict[str, Any]) -> list[ImportRow]:
    table = read_table(json.dumps(records, ensure_ascii=False).encode(), "list.json")
    return list(read_rows(nrii.READER, table))


def test_a_record_of_the_national_platform_is_read() -> None:
    row = rows_of(SAMPLE)[0]
    assert row.values == {
        "name_zh": "激光干涉仪",
        "name": "Laser interferometer",
        "asset_no": "000123",
        "class_code": "030122",
        "is_customs_supervised": False,
        "value_minor": 67_810_000,
        "country": "德国",
        "in_service_on": date(2019, 3, 1),
        "model": "ML-10",
        "specifications": "分辨率 1 nm\n量程 40 m",
        "site": "吉林省长春市北松路88号",
        "share_mode": ShareMode.EXTERNAL,
        "extra": {"insCode": SAMPLE["insCode"], "instrSource": "购置", "auditStatus": "-1"},
    }
    assert row.derived["region"] == "220100"


def test_a_record_with_one_name_says_nothing_of_the_other() -> None:
    row = rows_of({"cname": "激光干涉仪", "innerId": 1})[0]
    assert row.values == {"name": "激光干涉仪", "asset_no": "1"}
    assert row.derived["name_zh"] == "激光干涉仪"


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("worth", "a lot", "no amount in 万元"),
        ("worth", "-1", "no amount in 万元"),
        ("worth", "NaN", "no amount in 万元"),
        ("worth", "0.0000001", "no amount in 万元"),
        ("worth", "1e400", "no amount in 万元"),
        ("beginDate", "2024-02-30", "no date, e.g. 2024-03-01"),
        ("beginDate", "soon", "no date, e.g. 2024-03-01"),
        ("shareMode", "maybe", "write 不共享, 内部共享 or 外部共享"),
        ("instrSupervise", "perhaps", "write 是 or 否"),
        ("instrCategory", "03-01", "no class code"),
    ],
)
def test_a_bad_value_is_reported_with_what_to_write(key: str, value: str, part: str) -> None:
    good, bad = rows_of({"cname": "a", "innerId": "1"}, {"cname": "b", "innerId": "2", key: value})
    assert good.is_usable
    assert len(bad.problems) == 1
    assert bad.problems[0].column is not None
    assert bad.problems[0].column.heading == key
    assert part in str(bad.problems[0].message)


@pytest.mark.parametrize("text", ["2024/3/1", "2024年3月1日", "20240301", "2024-03-01 00:00:00", "2024.03.01"])
def test_dates_are_read_as_lists_write_them(text: str) -> None:
    assert rows_of({"cname": "a", "beginDate": text})[0].values["in_service_on"] == date(2024, 3, 1)


def test_wan_yuan_are_exact() -> None:
    assert wan_yuan("67.81") == 67_810_000
    assert wan_yuan("1,234.567891 万元") == 1_234_567_891
    assert (wan_text(67_810_000), wan_text(1_234_567_891), wan_text(5_000_000)) == ("67.81", "1234.567891", "5.00")


def test_records_are_written_with_exactly_the_keys_of_the_platform() -> None:
    instrument = Instrument(
        asset_no="000123", name="Laser interferometer", name_zh="激光干涉仪", value_minor=67_810_000, extra={},
        share_mode=ShareMode.INTERNAL, is_customs_supervised=True,
    )  # fmt: skip
    written = json.loads(b"".join(nrii.write([instrument])))
    assert len(written) == 1
    assert list(written[0]) == [field.heading for field in nrii.FIELDS]
    assert {key: value for key, value in written[0].items() if value not in ("", "None")} == {
        "cname": "激光干涉仪",
        "ename": "Laser interferometer",
        "innerId": "000123",
        "instrSupervise": "是",
        "worth": "67.81",
        "shareMode": "内部共享",
    }


def test_no_instruments_are_an_empty_list() -> None:
    assert json.loads(b"".join(nrii.write([]))) == []
