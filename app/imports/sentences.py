"""What is told of a row: why it fails, why it is skipped, what it would change."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.core.i18n import gettext as _
from app.imports.kinds import ImportKind
from app.imports.parsing import shown
from app.imports.plans import Outcome, PlannedRow
from app.imports.records import Problem


def at_column(problem: Problem) -> str:
    """``Column 20 Service Level: “10 h per day” cannot be understood; write it like 10 h/day``."""
    if problem.column is None:
        return str(problem.message)
    sentence = _(
        "Column %(number)s %(heading)s: %(message)s",
        number=problem.column.number,
        heading=problem.column.heading,
        message=problem.message,
    )
    return str(sentence)


def at_line(line: int, sentence: object) -> str:
    """A sentence with the line it is about."""
    return str(_("Line %(line)s: %(sentence)s", line=line, sentence=sentence))


def remarks(kind: ImportKind, planned: PlannedRow) -> Iterator[str]:
    """The sentences below the name of a row in a preview."""
    row = planned.row
    yield from map(at_column, row.problems)
    if row.skip is not None:
        yield str(row.skip)
    for name, (old, new) in planned.changes.items():
        before, after = (as_text(kind, name, value) for value in (old, new))
        yield _("%(field)s: %(old)s → %(new)s", field=kind.field_names.get(name, name), old=before, new=after)
    if row.is_cleaned and planned.outcome in {Outcome.CREATED, Outcome.CHANGED}:
        yield str(kind.texts.tidied)


def as_text(kind: ImportKind, field: str, value: Any) -> str:
    """A field's value, short enough to stand in a sentence."""
    if value is None or value == "":
        return str(_("empty"))
    worded = kind.as_text(field, value)
    if worded is not None:
        return worded
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, date):
        return value.isoformat()
    return shown(" ".join(str(value).split()))
