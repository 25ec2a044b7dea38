"""Excel workbooks (XLSX), read defensively: a small file must not be able to fill the memory."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

MAX_UNPACKED = 400 * 1024 * 1024
MAX_CELLS = 6_000_000
_POSITION = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,9})["']""", re.IGNORECASE)


def is_workbook(data: bytes) -> bool:
    """Whether the bytes are a ZIP archive with a workbook inside."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first visible sheet: (row number as Excel shows it, cells as text)."""

    _sheet: CalamineSheet

    def __iter__(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        start = self._sheet.start
        lead = ("",) * (start[1] if start else 0)
        for number, row in enumerate(self._sheet.iter_rows(), start=1):
            yield number, lead + tuple(map(_cell, row))


def read_workbook(data: bytes, name: str, max_rows: int) -> Sheet:
    """Open a workbook; raises Invalid when it is damaged, or would unpack to more than the limits."""
    sentence = _l("“%(name)s” is a damaged workbook. Save it anew.", name=name)
    damaged = Invalid(sentence, code="damaged_file", field="file")
    try:
        _check_extent(data, name, max_rows)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for position, meta in enumerate(workbook.sheets_metadata):
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible:
                return Sheet(workbook.get_sheet_by_index(position))
    except (Invalid, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the reader is written in Rust: its panics are not Exceptions
        raise damaged from error
    raise damaged


def _check_extent(data: bytes, name: str, max_rows: int) -> None:
    """The reader lays a sheet out densely, so two far-apart cells cost gigabytes: measure before opening."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            sentence = _l("“%(name)s” unpacks to too much. Split it.", name=name)
            raise Invalid(sentence, code="file_too_large", field="file")
        for entry in archive.infolist():
            rows, columns = _extent(archive, entry)
            if rows > max_rows + 1000 or rows * columns > MAX_CELLS:
                sentence = _l("“%(name)s” has too many rows or columns. Delete the empty ones, or split it.", name=name)
                raise Invalid(sentence, code="too_many_rows", field="file")


def _extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """The highest row and column that a part of the workbook names."""
    rows = columns = 1
    tail = b""
    with archive.open(entry) as stream:
        while chunk := stream.read(1 << 20):
            for letters, digits in _POSITION.findall(tail + chunk):
                rows = max(rows, int(digits))
                columns = max(columns, _column(letters))
            tail = chunk[-64:]
    return rows, columns


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _cell(value: Any) -> str:
    """A cell as a person would type it: 34081 without ``.0``, dates as ISO."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)
