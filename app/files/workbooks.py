"""Excel workbooks (XLSX), written row by row in constant memory."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.core.clock import DEFAULT_ZONE
from app.core.money import Money


class Form(StrEnum):
    """How a column is shown."""

    TEXT = "text"
    NUMBER = "number"  # whole, with thousands
    DECIMAL = "decimal"  # two decimals
    MONEY = "money"  # Money or whole fen, shown in yuan with two decimals
    DATE = "date"
    INSTANT = "instant"  # aware, shown as wall time of the sheet's zone


NUMBER_FORMATS = {
    Form.TEXT: "@",
    Form.NUMBER: "#,##0",
    Form.DECIMAL: "#,##0.00",
    Form.MONEY: "#,##0.00;[Red]−#,##0.00",
    Form.DATE: "yyyy-mm-dd",
    Form.INSTANT: "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True)
class Column:
    """A column's heading, how it is shown, its width in characters, and whether it is added up below."""

    heading: str
    form: Form = Form.TEXT
    width: float = 14
    is_summed: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet. Rows are walked through once and may be a generator; `note` stands above the table."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    note: str = ""
    total_label: str = ""
    zone: ZoneInfo = DEFAULT_ZONE


def workbook(sheets: Iterable[Sheet], *, created: datetime | None = None) -> bytes:
    """A workbook of these sheets. Text is never a formula, whatever it begins with.

    `created` fixes the date in the file's properties, so that the same rows give the same bytes.
    """
    buffer = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        if created is not None:
            book.set_properties({"created": created.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#EDF0EB"})
        formats = {form: book.add_format({"num_format": code}) for form, code in NUMBER_FORMATS.items()}
        totals = {
            form: book.add_format({"num_format": code, "bold": True, "top": 1}) for form, code in NUMBER_FORMATS.items()
        }
        for sheet in sheets:
            _fill(book.add_worksheet(_sheet_name(sheet.name)), sheet, bold, formats, totals)
    return buffer.getvalue()


def _fill(page: Worksheet, sheet: Sheet, bold: Format, formats: dict[Form, Format], totals: dict[Form, Format]) -> None:
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width, formats[column.form])
    head = 2 if sheet.note else 0
    if sheet.note:
        page.write_string(0, 0, sheet.note)
    for number, column in enumerate(sheet.columns):
        page.write_string(head, number, column.heading, bold)
    page.freeze_panes(head + 1, 0)
    sums: list[Any] = [0] * len(sheet.columns)
    line = head
    for line, row in enumerate(sheet.rows, start=head + 1):
        for number, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            shown = _shown(column.form, value, sheet.zone)
            _write(page, line, number, shown, formats[column.form])
            if column.is_summed and shown is not None:
                sums[number] += shown
    if any(column.is_summed for column in sheet.columns):
        _write_totals(page, line + 1, sheet, sums, totals)


def _write_totals(page: Worksheet, line: int, sheet: Sheet, sums: list[Any], totals: dict[Form, Format]) -> None:
    for number, column in enumerate(sheet.columns):
        if column.is_summed:
            page.write_number(line, number, sums[number], totals[column.form])
        else:
            page.write_string(line, number, sheet.total_label if number == 0 else "", totals[Form.TEXT])


def _shown(form: Form, value: Any, zone: ZoneInfo) -> Any:
    if value is None:
        return None
    if form is Form.MONEY:
        return (value if isinstance(value, Money) else Money(int(value))).decimal
    if form is Form.INSTANT and isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    if form is Form.TEXT:
        return str(value)
    return value


def _write(page: Worksheet, line: int, number: int, value: Any, form: Format) -> None:
    if value is None or value == "":
        page.write_blank(line, number, None, form)
    elif isinstance(value, (int, float, Decimal)):
        page.write_number(line, number, value, form)
    elif isinstance(value, (date, datetime)):
        page.write_datetime(line, number, value, form)
    else:
        page.write_string(line, number, str(value)[:32_767], form)


def _sheet_name(name: str) -> str:
    """Excel takes 31 characters without ``[]:*?/\\``."""
    return "".join("·" if sign in "[]:*?/\\" else sign for sign in name)[:31] or "1"
