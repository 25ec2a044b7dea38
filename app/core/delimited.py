"""Delimited text (CSV, TSV): records with their physical line, broken quotes survived, formulas disarmed."""

import csv
import io
import itertools
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

# Lines after which an opened quotation mark is taken for a mistake rather than for a very long cell.
MAX_LINES_PER_RECORD = 50
MAX_BROKEN_RECORDS = 1000
# What spreadsheets begin a formula with; the full-width signs do so in the Chinese and Japanese Excel.
FORMULA_SIGNS = "=+-@\t\r＝＋－＠"
_RISKY = re.compile(f"'?[{re.escape(FORMULA_SIGNS)}]|''")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the physical line it begins on (1-based), its cells, and what is wrong with its form."""

    line: int
    cells: tuple[str, ...]
    problem: object | None = None


class _Lines:
    """Physical lines, counted, that can be given back when a record turns out to be broken."""

    def __init__(self, stream: Iterable[str]) -> None:
        self._stream = iter(stream)
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_LINES_PER_RECORD:
            raise csv.Error("unexpected end of data")
        line = self._returned.popleft() if self._returned else next(self._stream)
        self.number += 1
        self.taken.append(line)
        return line

    def keep_first(self) -> str:
        """Give back all lines of the present record but the first, which is returned."""
        first, *others = self.taken
        self._returned.extendleft(reversed(others))
        self.number -= len(others)
        return first


def read_records(text: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Records of an open text (opened with ``newline=""``). Blank ones are left out; broken ones say so.

    Raises Invalid when so many are broken that the delimiter must be wrong.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    broken = 0
    while True:
        lines.taken.clear()
        start = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            broken += 1
            if broken > MAX_BROKEN_RECORDS:
                sentence = _l("Too many broken lines. Is the delimiter right?")
                raise Invalid(sentence, code="broken_lines", field="delimiter") from None
            first = lines.keep_first()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield Record(start, _salvage(first, delimiter), _quote_problem(str(error)))
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield Record(start, tuple(map(unprotect, cells)))


def _salvage(line: str, delimiter: str) -> tuple[str, ...]:
    """As much of a broken line as can be shown."""
    try:
        return tuple(next(csv.reader([line[:10_000]], delimiter=delimiter), ()))
    except csv.Error:
        return (line[:200],)


def _quote_problem(error: str) -> object:
    if "field larger" in error:
        return _l("a cell has more than 131,072 characters")
    return _l("the quotation marks do not pair up; inside a quoted cell, write each twice")


def protect(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; `unprotect` takes it off. Numbers stay."""
    return f"'{cell}" if _RISKY.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unprotect(cell: str) -> str:
    """The text that was given to `protect`."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in f"'{FORMULA_SIGNS}" else cell


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """UTF-8 with a byte order mark (so that Excel reads Chinese), CRLF, cells protected against formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for row in itertools.chain((columns,), rows):
        writer.writerow(["" if cell is None else protect(str(cell)) for cell in row])
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
