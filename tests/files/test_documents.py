"""Documents: Chinese text comes back out of the file, the same data gives the same bytes, amounts are written right."""

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from app.core.money import Money
from app.files.amounts import DIGITS
from app.files.documents import Column, Sheet, amount_in_words_zh, render_pdf, workbook
from app.files.workbooks import Form

SAMPLE = Path(__file__).with_name("sample.typ")
pytestmark = pytest.mark.nodb


def statement(lines: int = 2, **changes: Any) -> dict[str, Any]:
    return {
        "date": date(2026, 11, 30),
        "title": "机时结算单",
        "number": "JS-2026-11-0001",
        "footer": "省技术市场",
        "facts": [["收款单位", "示例大学分析测试中心"], ["账期", "2026年11月"], ["备注", ""]],
        "head": ["仪器", "小时", "金额"],
        "lines": [{"name": f"场发射扫描电镜 {n}", "hours": "3.5", "amount": Money(123450)} for n in range(lines)],
        "total": Money(-38000),
        "total_word": "合计",
        "capitals": "负叁佰捌拾元整",
        "remark": "含增值税 6%。#let x = 1 <b>*不是标记*</b>",
        **changes,
    }


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_chinese_text_is_read_back_from_the_pdf() -> None:
    text = text_of(render_pdf(SAMPLE, statement(), "zh_CN"))
    wanted = ["机时结算单", "示例大学分析测试中心", "场发射扫描电镜", "1,234.50", "−¥380.00", "第1页，共1页"]
    packed = "".join(text.split())
    assert [each for each in wanted if each not in packed] == []


def test_english_documents_count_pages_in_english() -> None:
    pdf = render_pdf(SAMPLE, statement(lines=120), "en")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 2
    assert f"Page 1 of {len(pages)}" in pages[0]
    assert "仪器" in pages[1]  # the head of the table is repeated


def test_markup_in_the_data_is_shown_not_run() -> None:
    assert "<b>*不是标记*</b>" in text_of(render_pdf(SAMPLE, statement(), "zh_CN"))


def test_the_same_data_gives_the_same_bytes_dated_by_the_document() -> None:
    first, second = (render_pdf(SAMPLE, statement(), "zh_CN") for _turn in range(2))
    assert first == second
    metadata = PdfReader(io.BytesIO(first)).metadata
    assert metadata is not None
    assert metadata.creation_date is not None
    assert metadata.creation_date.date() == date(2026, 11, 30)
    assert metadata.title == "机时结算单"


def test_a_broken_template_names_the_fault(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="missing"):
        render_pdf(SAMPLE.with_name("missing.typ"), statement(), "zh_CN")
    with pytest.raises(KeyError):
        render_pdf(SAMPLE, {}, "zh_CN")


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (132, "壹元叁角贰分"),
        (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元叁角贰分"),
        (10700053, "壹拾万柒仟元伍角叁分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (100000000, "壹佰万元整"),
        (1000000100, "壹仟万零壹元整"),
        (10000000000, "壹亿元整"),
        (10000001000000, "壹仟亿零壹万元整"),
        (123450000000000, "壹万贰仟叁佰肆拾伍亿元整"),
        (-38000, "负叁佰捌拾元整"),
    ],
)
def test_amounts_are_written_in_capitals_as_the_central_bank_says(fen: int, words: str) -> None:
    assert amount_in_words_zh(Money(fen)) == words


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_capitals_can_be_read_back(fen: int) -> None:
    words = amount_in_words_zh(Money(fen))
    assert read_capitals(words) == fen
    assert "零零" not in words


def read_capitals(words: str) -> int:
    """The amount in fen that the capitals say, by an independent reading."""
    whole, section, group, digit, fen = 0, 0, 0, 0, 0
    for sign in words.removesuffix("整"):
        if sign in DIGITS:
            digit = DIGITS.index(sign)
        elif sign in "拾佰仟":
            group += digit * 10 ** ("拾佰仟".index(sign) + 1)
            digit = 0
        elif sign == "万":
            section, group, digit = (group + digit) * 10_000, 0, 0
        elif sign in "亿元":
            whole = (whole + section + group + digit) * (10**8 if sign == "亿" else 1)
            section = group = digit = 0
        else:
            fen += digit * (10 if sign == "角" else 1)
            digit = 0
    return whole * 100 + fen


def test_only_yuan_are_written_in_capitals() -> None:
    with pytest.raises(ValueError, match="yuan"):
        amount_in_words_zh(Money(1, "USD"))


def sheet() -> Sheet:
    columns = [
        Column("名称", width=30),
        Column("小时", Form.DECIMAL),
        Column("金额", Form.MONEY, is_summed=True),
        Column("开始", Form.INSTANT),
        Column("日期", Form.DATE),
    ]
    at = datetime(2026, 11, 26, 5, tzinfo=UTC)
    rows = [
        ('=HYPERLINK("http://evil")', 3.5, Money(123450), at, date(2026, 11, 26)),
        ("https://example.org", 1, -38000, at, None),
        ("00123", None, Money(1), at, date(2026, 11, 27)),
    ]
    return Sheet("结算/明细", columns, iter(rows), note="单位：元", total_label="合计")


def test_a_workbook_keeps_text_as_text_and_money_as_numbers() -> None:
    data = workbook([sheet()])
    page = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    assert page.name == "结算·明细"
    rows = page.to_python()
    assert rows[0][0] == "单位：元"
    assert rows[3][0] == '=HYPERLINK("http://evil")'
    assert rows[3][2] == 1234.5
    assert rows[3][3] == datetime(2026, 11, 26, 13)  # noqa: DTZ001 a cell has no zone
    assert rows[5][0] == "00123"
    assert rows[6][0] == "合计"
    assert rows[6][2] == pytest.approx(854.51)
    assert b"<f>" not in data


def test_a_workbook_with_a_fixed_date_is_the_same_every_time() -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    assert workbook([sheet()], created=at) == workbook([sheet()], created=at)
