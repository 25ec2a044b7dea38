"""Tables that people upload: CSV, TSV, XLSX and JSON.

Reading guesses the kind, the encoding and the delimiter, keeps the physical line of every record, and goes on
after a broken one. What is no table, or not what its name says, is refused with a sentence (`Invalid`).
"""

import codecs
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from app.core.delimited import Record, read_records
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.workbook import is_workbook, read_workbook

ENCODINGS = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030",
    "big5": "Big5",
    "utf-16": "UTF-16",
    "windows-1252": "Windows-1252",
}
DELIMITERS = {",": ",", ";": ";", "\t": "Tab", "|": "|"}

MAX_COLUMNS = 256

_SIGNATURES = (
    (b"%PDF-", _l("a PDF")),
    (b"\xd0\xcf\x11\xe0", _l("an Office file of before 2007")),
    (b"\x89PNG", _l("a picture")),
    (b"\xff\xd8\xff", _l("a picture")),
    (b"GIF8", _l("a picture")),
    (b"PK\x03\x04", _l("a ZIP archive")),
    (b"\x1f\x8b", _l("a compressed archive")),
    (b"Rar!", _l("a compressed archive")),
    (b"7z\xbc\xaf", _l("a compressed archive")),
    (b"\x7fELF", _l("a program")),
)
_MARKUP = re.compile(rb"^\s*<(!doctype|html|\?xml|svg|script|table)\b", re.IGNORECASE)
_CONTROL = bytes((*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)))
_MOST_CONTROL = 0.02
"""The share of control characters up to which a file is text: lists from old systems hold a few, which are left out."""
_NON_ASCII_RUN = re.compile(rb"[\x80-\xff]+")


class Kind(StrEnum):
    """How the table is written down."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most; what goes beyond is refused, never cut."""

    size: int = 64 * 1024 * 1024
    rows: int = 200_000
    unpacked: int = 400 * 1024 * 1024  # of a workbook, which is packed


@dataclass(frozen=True, slots=True)
class Table:
    """An uploaded table. `rows` can be walked through more than once; it never holds all of them."""

    kind: Kind
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Record]]


def read_table(
    data: bytes,
    name: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """Understand the bytes of a file called `name`; `encoding` and `delimiter` overrule the guess.

    Raises Invalid when it is empty, too big, no table, or not what its name says.
    """
    limits = limits or Limits()
    shown = PurePath(name.replace("\\", "/")).name[:80] or "?"
    _check_size(data, shown, limits)
    if is_workbook(data):
        _check_suffix(shown, Kind.XLSX)
        return _workbook_table(data, shown, limits)
    _check_is_text(data, shown)
    chosen = encoding or guess_encoding(data)
    _check_decodes(data, chosen, shown)
    text_start = data[:4096].decode(chosen, "replace").lstrip("\ufeff").lstrip()
    kind = Kind.JSON if text_start.startswith(("[{", "[", "{")) else Kind.CSV
    _check_suffix(shown, kind)
    if kind is Kind.JSON:
        return _json_table(data, chosen, limits)
    return _csv_table(data, chosen, delimiter or guess_delimiter(text_start), limits)


def guess_encoding(data: bytes) -> str:
    """A key of `ENCODINGS`: by byte order mark, else UTF-8 if it is valid, else GB18030 or Windows-1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess_legacy_encoding(data)
    return "utf-8"


def _guess_legacy_encoding(data: bytes) -> str:
    """Chinese text writes its high bytes in pairs; accents and degree signs of Western text stand alone."""
    runs = [len(run) for run in _NON_ASCII_RUN.findall(data[:1_000_000])]
    alone = sum(length == 1 for length in runs)
    if alone * 2 > len(runs):
        return "windows-1252"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "windows-1252"
    return "gb18030"


def guess_delimiter(text: str) -> str:
    """The delimiter that occurs most often outside quotes in the first line that has any."""
    for line in text.splitlines():
        bare = re.sub(r'"[^"]*"', "", line)
        counts = Counter(char for char in bare if char in DELIMITERS)
        if counts:
            return counts.most_common(1)[0][0]
    return ","


def _check_size(data: bytes, name: str, limits: Limits) -> None:
    if not data.strip():
        raise Invalid(_l("“%(name)s” is empty.", name=name), code="empty_file", field="file")
    if len(data) > limits.size:
        raise Invalid(
            _l("“%(name)s” is larger than %(size)s MB. Split it.", name=name, size=limits.size // 1_048_576),
            code="file_too_large",
            field="file",
        )


def _check_is_text(data: bytes, name: str) -> None:
    found: object | None = next((noun for start, noun in _SIGNATURES if data.startswith(start)), None)
    if found is None and _MARKUP.match(data.removeprefix(codecs.BOM_UTF8)):
        found = _l("a web page")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if found is None and not wide and _control_share(data) > _MOST_CONTROL:
        found = _l("a binary file")
    if found is not None:
        raise Invalid(
            _l(
                "“%(name)s” is %(kind)s, not a table. Save the list as CSV, XLSX or JSON.",
                name=name,
                kind=found,
            ),
            code="not_a_table",
            field="file",
        )


def _control_share(data: bytes) -> float:
    return 1 - len(data.translate(None, _CONTROL)) / len(data)


def _check_suffix(name: str, kind: Kind) -> None:
    """Refuse a name that promises another kind of file than the content is."""
    promised = {"csv": Kind.CSV, "tsv": Kind.CSV, "txt": Kind.CSV, "xlsx": Kind.XLSX, "xlsm": Kind.XLSX}
    promised |= {"xls": Kind.XLSX, "json": Kind.JSON, "jsonl": Kind.JSON, "ndjson": Kind.JSON}
    suffix = PurePath(name).suffix.lstrip(".").lower()
    if promised.get(suffix, kind) is not kind and not (suffix == "txt" and kind is Kind.JSON):
        raise Invalid(
            _l(
                "“%(name)s” is not what its name says: the content is %(kind)s. "
                "Check that it is the right file, then rename it.",
                name=name,
                kind=kind.upper(),
            ),
            code="wrong_suffix",
            field="file",
        )


def _check_decodes(data: bytes, encoding: str, name: str) -> None:
    label = ENCODINGS.get(encoding, encoding[:40])
    wrong = _l("“%(name)s” cannot be read as %(encoding)s.", name=name, encoding=label)
    if encoding not in ENCODINGS:
        raise Invalid(wrong, code="wrong_encoding", field="encoding")
    try:
        data.decode(_codec(encoding))
    except UnicodeDecodeError:
        raise Invalid(wrong, code="wrong_encoding", field="encoding") from None


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding


def _csv_table(data: bytes, encoding: str, delimiter: str, limits: Limits) -> Table:
    def records() -> Iterator[Record]:
        text = io.TextIOWrapper(io.BytesIO(data), encoding=_codec(encoding), newline="")
        return read_records(text, delimiter)

    def rows() -> Iterator[Record]:
        return _fit(itertools.islice(records(), 1, None), len(columns), limits)

    columns = _header(next(records(), Record(1, ())))
    return Table(Kind.CSV, encoding, delimiter, columns, rows)


def _header(record: Record) -> tuple[str, ...]:
    cells = [" ".join(cell.split()) for cell in record.cells]
    while cells and not cells[-1]:
        cells.pop()
    if record.problem or not cells or len(cells) > MAX_COLUMNS:
        sentence = _l("The first line must name the columns (at most %(n)s).", n=MAX_COLUMNS)
        raise Invalid(sentence, code="no_header", field="file")
    return tuple(cells)


def _fit(records: Iterable[Record], width: int, limits: Limits) -> Iterator[Record]:
    """Pad short rows, mark rows with cells beyond the header, and refuse more rows than allowed."""
    for count, record in enumerate(records, start=1):
        if count > limits.rows:
            sentence = _l("More than %(n)s rows. Split the file.", n=f"{limits.rows:,}")
            raise Invalid(sentence, code="too_many_rows", field="file")
        cells = record.cells
        if len(cells) == width:
            yield record
        elif len(cells) < width:
            yield Record(record.line, cells + ("",) * (width - len(cells)), record.problem)
        else:
            problem = record.problem
            if problem is None and any(cell.strip() for cell in cells[width:]):
                problem = _l("%(n)s cells, but only %(width)s columns have a name", n=len(cells), width=width)
            yield Record(record.line, cells[:width], problem)


def _workbook_table(data: bytes, name: str, limits: Limits) -> Table:
    sheet = read_workbook(data, name, limits.rows, limits.unpacked)

    def records() -> Iterator[Record]:
        return (Record(line, cells) for line, cells in sheet if any(cells))

    def rows() -> Iterator[Record]:
        return _fit(itertools.islice(records(), 1, None), len(columns), limits)

    columns = _header(next(records(), Record(1, ())))
    return Table(Kind.XLSX, "", "", columns, rows)


def _json_table(data: bytes, encoding: str, limits: Limits) -> Table:
    text = data.decode(_codec(encoding))
    names: dict[str, int] = {}
    for _line, found, _problem in _json_objects(text):
        for key in found:
            names.setdefault(" ".join(key.split())[:200], len(names))
    if not names or len(names) > MAX_COLUMNS:
        sentence = _l("The JSON must be a list of objects, or one object per line.")
        raise Invalid(sentence, code="not_objects", field="file")
    columns = tuple(names)

    def rows() -> Iterator[Record]:
        return _fit((_json_record(columns, *each) for each in _json_objects(text)), len(columns), limits)

    return Table(Kind.JSON, encoding, "", columns, rows)


def _json_record(columns: Sequence[str], line: int, found: dict[str, Any], problem: object | None) -> Record:
    cells = dict.fromkeys(columns, "")
    for key, value in found.items():
        text = _json_cell(value)
        if text is None:
            problem = problem or _l("“%(key)s” must be one value, not an object", key=key[:40])
        cells[" ".join(key.split())[:200]] = text or ""
    return Record(line, tuple(cells.values()), problem)


def _json_cell(value: Any) -> str | None:
    """A JSON value as the text of one cell; None when it has an inner structure."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return None


def _json_objects(text: str) -> Iterator[tuple[int, dict[str, Any], object | None]]:
    """Objects of an array, or of a sequence, with the line each begins on; broken ones are stepped over."""
    # Numbers stay text, so that 67.81 keeps its digits and 10**5000 costs nothing.
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    between = re.compile(r"[\s,\[\]]*")
    position, line, counted = 0, 1, 0
    while (position := _after(between, text, position)) < len(text):
        line += text.count("\n", counted, position)
        counted = position
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield line, {}, _l("not valid JSON")
            position = _next_object(text, position)
            continue
        problem = None if isinstance(value, dict) else _l("a JSON object is expected")
        yield line, value if isinstance(value, dict) else {}, problem


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position


def _next_object(text: str, position: int) -> int:
    found = re.compile(r"[,\n]\s*(?=\{)").search(text, position + 1)
    return found.end() if found else len(text)
