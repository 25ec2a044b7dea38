"""From the rows of any table to import rows: columns matched, cells parsed, names cleaned, repeated keys found."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from app.core.delimited import Record
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.tabular import Table
from app.equipment.exchange.parsing import Parser, Unreadable
from app.equipment.exchange.records import Column, ImportRow, Problem, Values

_NOT_LETTERS = re.compile(r"[\W_]+")
_MARKED = re.compile(r"[\s\-–—:(\[（【]*\b(?:DUPLICATE|[Dd]uplicate)\b[\s)\]）】]*$|\bDUPLICATE\b")


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a format: its exact heading, where the value goes, how it is read, and what else it is called.

    Without a `target` the text is kept in `extra` under the heading, for exporting it again.
    """

    heading: str
    parse: Parser
    target: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """What tells one format from another when reading.

    `complete` gets the values of a row that has a name and returns what to derive from them; it may settle the name.
    `refuse` returns the reason why a row is no instrument, or None.
    """

    fields: tuple[Field, ...]
    required: tuple[str, ...]
    complete: Callable[[Values], Mapping[str, Any]]
    refuse: Callable[[Values], object | None]


@dataclass(frozen=True, slots=True)
class _Slot:
    index: int
    column: Column
    field: Field


def folded(heading: str) -> str:
    """A heading without case, blanks and punctuation."""
    return _NOT_LETTERS.sub("", heading).casefold()


def match_columns(reader: Reader, columns: Sequence[str]) -> dict[int, str]:
    """Which field each column (by index) is: the guess that a person may change."""
    known = {folded(name): field.heading for field in reader.fields for name in (field.heading, *field.aliases)}
    matched: dict[int, str] = {}
    for index, heading in enumerate(columns):
        found = known.get(folded(heading))
        if found and found not in matched.values():
            matched[index] = found
    return matched


def read_rows(reader: Reader, table: Table, columns: Mapping[int, str] | None = None) -> Iterator[ImportRow]:
    """All rows of a table, in the order of the file.

    Raises Invalid when no column holds a required field.
    """
    matched = match_columns(reader, table.columns) if columns is None else columns
    slots = _slots(reader, table, matched)
    seen = _Seen(_key_column(slots))
    for record in table.rows():
        yield seen.judge(_read_row(reader, slots, record))


def _slots(reader: Reader, table: Table, matched: Mapping[int, str]) -> list[_Slot]:
    fields = {field.heading: field for field in reader.fields}
    slots = [
        _Slot(index, Column(index + 1, table.columns[index]), fields[heading])
        for index, heading in sorted(matched.items())
        if heading in fields and index < len(table.columns)
    ]
    present = {slot.field.heading for slot in slots}
    if not present & set(reader.required):
        raise Invalid(
            _l(
                "No column is “%(required)s”. The file has: %(columns)s.",
                required=" / ".join(reader.required),
                columns=", ".join(table.columns)[:300],
            ),
            code="column_missing",
            field="columns",
        )
    return slots


def _key_column(slots: list[_Slot]) -> Column | None:
    keyed = [slot.column for slot in slots if slot.field.target == "asset_no"]
    return keyed[0] if keyed else None


def _read_row(reader: Reader, slots: list[_Slot], record: Record) -> ImportRow:
    values: dict[str, Any] = {}
    extra: dict[str, str] = {}
    problems = [Problem(None, record.problem)] if record.problem else []
    cleaned = False
    for slot in slots:
        raw = record.cells[slot.index] if slot.index < len(record.cells) else ""
        if not raw or raw.isspace():
            continue
        try:
            value = slot.field.parse(raw)
        except Unreadable as fault:
            problems.append(Problem(slot.column, fault.sentence))
            continue
        if value == "":
            continue
        if slot.field.target:
            values[slot.field.target] = value
            cleaned = cleaned or (slot.field.target == "name" and value != raw)
        else:
            extra[slot.field.heading] = value
    if extra:
        values["extra"] = extra
    return _completed(reader, slots, record, cast("Values", values), problems, cleaned)


def _completed(
    reader: Reader, slots: list[_Slot], record: Record, values: Values, problems: list[Problem], cleaned: bool
) -> ImportRow:
    label = values.get("name", "") or values.get("name_zh", "")
    skip = reader.refuse(values)
    derived: Mapping[str, Any] = {}
    if not label and not problems and skip is None:
        slot = next(slot for slot in slots if slot.field.heading in reader.required)
        problems.append(Problem(slot.column, _l("the name is empty")))
    if label:
        derived = reader.complete(values)
        if not values.get("asset_no"):
            values["asset_no"] = derived_key(values)
    return ImportRow(record.line, label, values, derived, tuple(problems), skip, cleaned)


def derived_key(values: Values) -> str:
    """A stable asset number for a row without one: of its name and place."""
    text = "\x1f".join(str(values.get(name, "")).casefold() for name in ("name", "site", "building", "room"))
    return f"auto-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class _Seen:
    """Remembers keys and names of the lines so far, as small as possible: lists may have 100,000 of them."""

    def __init__(self, key_column: Column | None) -> None:
        self._key_column = key_column
        self._keys: dict[str, tuple[int, int]] = {}
        self._names: dict[int, int] = {}

    def judge(self, row: ImportRow) -> ImportRow:
        """The row itself, or the same row marked as repeated."""
        marked = _MARKED.search(row.label)
        if marked and row.skip is None:
            original = self._names.get(hash(folded(_MARKED.sub("", row.label))))
            return _with_skip(row, _marked_sentence(original))
        if row.label:
            self._names.setdefault(hash(folded(row.label)), row.line)
        if not row.is_usable:
            return row
        print_ = _fingerprint(row.values)
        first = self._keys.setdefault(row.key, (row.line, print_))
        if first[0] == row.line:
            return row
        if first[1] == print_:
            return _with_skip(row, _l("the same as line %(line)s", line=first[0]))
        sentence = _l("%(key)s stands in line %(line)s already", key=row.key, line=first[0])
        return ImportRow(row.line, row.label, row.values, row.derived, (Problem(self._key_column, sentence),))


def _fingerprint(values: Values) -> int:
    return hash((*(values[name] for name in values if name != "extra"), *values.get("extra", {}).items()))  # type: ignore[literal-required]


def _with_skip(row: ImportRow, reason: object) -> ImportRow:
    return ImportRow(row.line, row.label, row.values, row.derived, (), reason, row.is_cleaned)


def _marked_sentence(original: int | None) -> object:
    if original is None:
        return _l("the name says DUPLICATE")
    return _l("the name says DUPLICATE; the original is line %(line)s", line=original)
