"""From the rows of any table to import rows: columns matched, cells parsed, names cleaned, repeated keys found."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.delimited import Record
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.tabular import Table
from app.imports.parsing import Parser, Unreadable
from app.imports.records import Column, ImportRow, Problem, Values

_NOT_LETTERS = re.compile(r"[\W_]+")


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
class Mark:
    """How a list says in the name itself that a line repeats another.

    `unmarked` returns the name without the mark, None for a name that bears none; `sentence` is the reason to skip
    the line, given the line of the original where there is one.
    """

    unmarked: Callable[[str], str | None]
    sentence: Callable[[int | None], object]


def _nothing(_values: Values) -> Mapping[str, Any]:
    return {}


def _nobody(_values: Values) -> object | None:
    return None


@dataclass(frozen=True, slots=True)
class Reader:
    """How one format is read.

    `key` is the target that is unique within the owner; `names` are the targets that a thing is called by, the first
    filled one is the label of the row. `required` are groups of headings: of each, the file must have one.
    `complete` gets the values of a row that has a name and returns what to derive from them; it may settle the name.
    `refuse` returns the reason why a row is none of these things, or None. `derive_key` makes a stable key for a row
    without one; a format without it refuses such a row. `nameless` is what is said of a row without a name.
    """

    fields: tuple[Field, ...]
    key: str
    names: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    complete: Callable[[Values], Mapping[str, Any]] = _nothing
    refuse: Callable[[Values], object | None] = _nobody
    derive_key: Callable[[Values], str] | None = None
    mark: Mark | None = None
    nameless: object = _l("the name is empty")


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
    seen = _Seen(reader, _column_of(slots, reader.key))
    places = {slot.field.target: slot.column for slot in slots if slot.field.target}
    for record in table.rows():
        yield seen.judge(_read_row(reader, slots, record, places))


def _slots(reader: Reader, table: Table, matched: Mapping[int, str]) -> list[_Slot]:
    fields = {field.heading: field for field in reader.fields}
    slots = [
        _Slot(index, Column(index + 1, table.columns[index]), fields[heading])
        for index, heading in sorted(matched.items())
        if heading in fields and index < len(table.columns)
    ]
    present = {slot.field.heading for slot in slots}
    for group in reader.required:
        if not present & set(group):
            raise Invalid(
                _l(
                    "No column is “%(required)s”. The file has: %(columns)s.",
                    required=" / ".join(group),
                    columns=", ".join(table.columns)[:300],
                ),
                code="column_missing",
                field="columns",
            )
    return slots


def _column_of(slots: list[_Slot], *targets: str) -> Column | None:
    """The first column of the file whose values go to one of the targets."""
    return next((slot.column for slot in slots if slot.field.target in targets), None)


def _read_row(reader: Reader, slots: list[_Slot], record: Record, places: Mapping[str, Column]) -> ImportRow:
    values: Values = {}
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
            cleaned = cleaned or (slot.field.target == reader.names[0] and value != raw)
        else:
            extra[slot.field.heading] = value
    if extra:
        values["extra"] = extra
    label, derived, skip = _completed(reader, slots, values, problems)
    key = values.get(reader.key, "")
    return ImportRow(record.line, key, label, values, derived, tuple(problems), skip, cleaned, places)


def _completed(
    reader: Reader, slots: list[_Slot], values: Values, problems: list[Problem]
) -> tuple[str, Mapping[str, Any], object | None]:
    label = next((values[name] for name in reader.names if values.get(name)), "")
    skip = reader.refuse(values)
    derived: Mapping[str, Any] = {}
    if not label and not problems and skip is None:
        problems.append(Problem(_column_of(slots, *reader.names), reader.nameless))
    if label:
        derived = reader.complete(values)
        if not values.get(reader.key):
            if reader.derive_key is not None:
                values[reader.key] = reader.derive_key(values)
            elif not problems and skip is None:
                problems.append(Problem(_column_of(slots, reader.key), _l("this cell must not be empty")))
    return label, derived, skip


class _Seen:
    """Remembers keys and names of the lines so far, as small as possible: lists may have 100,000 of them."""

    def __init__(self, reader: Reader, key_column: Column | None) -> None:
        self._mark = reader.mark
        self._key_column = key_column
        self._keys: dict[str, tuple[int, int]] = {}
        self._names: dict[int, int] = {}

    def judge(self, row: ImportRow) -> ImportRow:
        """The row itself, or the same row marked as repeated."""
        if self._mark is not None:
            name = self._mark.unmarked(row.label)
            if name is not None and row.skip is None:
                return _with_skip(row, self._mark.sentence(self._names.get(hash(folded(name)))))
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
        problem = Problem(self._key_column, sentence)
        return ImportRow(row.line, row.key, row.label, row.values, row.derived, (problem,))


def _fingerprint(values: Values) -> int:
    return hash((*(values[name] for name in values if name != "extra"), *values.get("extra", {}).items()))


def _with_skip(row: ImportRow, reason: object) -> ImportRow:
    return ImportRow(row.line, row.key, row.label, row.values, row.derived, (), reason, row.is_cleaned)
