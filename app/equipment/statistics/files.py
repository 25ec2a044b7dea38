"""Figures as files: the same rows as CSV and as a workbook."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, request

from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import XLSX, csv_response, file_response
from app.files.workbooks import Column, Form, Sheet, workbook


def wanted_file() -> str:
    """``csv`` or ``xlsx`` when the list is asked for as a file, else nothing."""
    form = request.args.get("format", "")
    return form if form in {"csv", "xlsx"} else ""


def figures_file(
    name: str, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], note: str
) -> Response:
    """The rows in the form that was asked for; amounts are fen in `rows` and yuan in the file."""
    if wanted_file() == "csv":
        money = [number for number, column in enumerate(columns) if column.form is Form.MONEY]
        return csv_response(name, [column.heading for column in columns], (_in_yuan(row, money) for row in rows))
    sheet = Sheet(title, columns, rows, note=note, total_label=_("Total"))
    return file_response(f"{name}.xlsx", XLSX, [workbook([sheet])])


def _in_yuan(row: Sequence[Any], money: Sequence[int]) -> list[Any]:
    return [Money(value).decimal if number in money else value for number, value in enumerate(row)]


def in_hours(minutes: int) -> float:
    """Minutes as hours with two decimals."""
    return round(minutes / 60, 2)
