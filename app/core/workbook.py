"""Excel workbooks (XLSX), read defensively: a small file must not be able to fill the memory."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

MAX_CELLS = 6_000_000
MAX_PARTS = 5_000
MAX_RATIO = 200  # Excel packs its own sheets 5 to 30 times
SMALL = 4 * 1024 * 1024  # unpacked, below which any ratio is harmless
_CHUNK = 1 << 20
_LOCAL = struct.Struct("<26xHH")  # of a part's local header: how long its name and its extra field are
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,9})["']""", re.IGNORECASE)
_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d{1,9})["']""")
_ROW = re.compile(rb"<(?:[^\s<>/]*:)?row\s")
_LONGEST_TAG = 64 * 1024


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


def read_workbook(data: bytes, name: str, max_rows: int, max_unpacked: int) -> Sheet:
    """Open a workbook; raises Invalid when it is damaged, or unpacks to more than `max_unpacked` bytes."""
    sentence = _l("“%(name)s” is a damaged workbook. Save it anew.", name=name)
    damaged = Invalid(sentence, code="damaged_file", field="file")
    try:
        _check_extent(data, name, max_rows, max_unpacked)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for position, meta in enumerate(workbook.sheets_metadata):
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible:
                return Sheet(workbook.get_sheet_by_index(position))
    except (Invalid, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the reader is written in Rust: its panics are not Exceptions
        raise damaged from error
    raise damaged


def _check_extent(data: bytes, name: str, max_rows: int, max_unpacked: int) -> None:
    """The reader lays a sheet out densely, so two far-apart cells cost gigabytes: measure before opening.

    First by the sizes that the archive states, then that no part holds more than it states, for it can state
    what it likes.
    """
    too_much = Invalid(
        _l("“%(name)s” unpacks to more than %(size)s MB. Split it.", name=name, size=max_unpacked // 1_048_576),
        code="file_too_large",
        field="file",
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    most = min(max_unpacked, max(SMALL, MAX_RATIO * len(data)))
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > most:
        raise too_much
    for part in parts:
        rows = columns = 1
        held, rest = 0, b""
        for chunk in _unpacked(data, part):
            held += len(chunk)
            if held > part.file_size:
                raise too_much
            text = rest + chunk
            for letters, digits in _CELL.findall(text):
                rows, columns = max(rows, int(digits)), max(columns, _column(letters))
            rows = max(rows, _last_row(text))
            if rows > max_rows + 1000 or rows * columns > MAX_CELLS:
                sentence = _l("“%(name)s” has too many rows or columns. Delete the empty ones, or split it.", name=name)
                raise Invalid(sentence, code="too_many_rows", field="file")
            rest = text[max(text.rfind(b"<"), len(text) - _LONGEST_TAG, 0) :]


def _last_row(text: bytes) -> int:
    """The highest number of a row; other things, such as the rectangles of a theme, have an ``r`` as well.

    Where the name of the element stands too far ahead to be seen, it is taken for a row.
    """
    last = 1
    for found in _NUMBER.finditer(text):
        if int(found[1]) > last:
            tag = text.rfind(b"<", 0, found.start())
            if tag < 0 or _ROW.match(text, tag):
                last = int(found[1])
    return last


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part of the archive really holds, a piece at a time, whatever size it states.

    `zipfile` would stop at the stated size; the reader that comes after it does not.
    """
    start = part.header_offset + _LOCAL.size + sum(_LOCAL.unpack_from(data, part.header_offset))
    packed = data[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("packed in a way that workbooks are not")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed and not unpacker.eof:
        yield unpacker.decompress(packed, _CHUNK)
        packed = unpacker.unconsumed_tail


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
