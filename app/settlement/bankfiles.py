"""Tables as banks write them: columns in any order, Chinese or English headings, days in several forms."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.tabular import Table

Headings = Mapping[str, Sequence[str]]

DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


class Row(NamedTuple):
    """A row of the file, its cells by our names; `problem` says what is wrong with its form."""

    line: int
    cells: dict[str, str]
    problem: object | None


def places_of(table: Table, headings: Headings, required: Sequence[str]) -> dict[str, int]:
    """Where the columns stand, by our names; the first of several headings wins.

    Raises Invalid when a needed column is not there.
    """
    columns = [heading.strip().lower() for heading in table.columns]
    places = {
        name: columns.index(heading)
        for name, known in headings.items()
        for heading in reversed(known)
        if heading in columns
    }
    missing = [name for name in required if name not in places]
    if missing:
        sentence = _l("The file has no column for: %(columns)s.", columns=", ".join(headings[m][0] for m in missing))
        raise Invalid(sentence, code="columns_missing", field="file")
    return places


def rows_of(table: Table, places: Mapping[str, int]) -> list[Row]:
    """All rows of the file; a cell that a short row lacks is empty."""
    return [
        Row(
            record.line,
            {name: record.cells[place] if place < len(record.cells) else "" for name, place in places.items()},
            record.problem,
        )
        for record in table.rows()
    ]


def day_of(text: str) -> date:
    """The calendar day in a cell, also when a time stands behind it. Raises Invalid, naming the column."""
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 a calendar day has no zone
        except ValueError:
            continue
    raise Invalid(_l("“%(text)s” is no date, e.g. 2026-11-24.", text=text.strip()[:40]), field="booked_on")
