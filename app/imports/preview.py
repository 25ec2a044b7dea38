"""The preview of an import as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.accounts.models import Organisation
from app.core.delimited import Record
from app.core.i18n import gettext as _
from app.core.pages import Page
from app.core.tabular import DELIMITERS, ENCODINGS
from app.core.templating import page_url
from app.imports.drafts import format_of, is_delimited, rows_of, table_of
from app.imports.kinds import ImportKind
from app.imports.models import ImportDraft
from app.imports.plans import Counts, Outcome, PlannedRow
from app.imports.queries import plan_import
from app.imports.sentences import at_column, remarks

PAGE_SIZE = 200
_PLACE = {Outcome.FAILED: 0, Outcome.UNCHANGED: 2}
BADGES = {
    Outcome.CREATED: "new",
    Outcome.CHANGED: "changed",
    Outcome.UNCHANGED: "same",
    Outcome.SKIPPED: "skipped",
    Outcome.FAILED: "failed",
}
ICONS = {
    Outcome.CREATED: "plus",
    Outcome.CHANGED: "pencil",
    Outcome.UNCHANGED: "check",
    Outcome.SKIPPED: "skip-forward",
    Outcome.FAILED: "circle-x",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything counted, and one page of rows: wrong ones first, then what would happen, then what stays the same."""

    counts: Counts
    page: Page[PlannedRow]
    records: Mapping[int, Record]


def preview(kind: ImportKind, owner: Organisation, draft: ImportDraft, show: str, number: int) -> Preview:
    """What importing a draft would do. Raises Invalid when it cannot be read as chosen."""
    table, counts = table_of(kind, draft), Counts()
    sorted_in: tuple[list[PlannedRow], list[PlannedRow], list[PlannedRow]] = ([], [], [])
    for planned in plan_import(kind, owner, rows_of(kind, draft, table)):
        counts.add(planned.outcome)
        if not show or planned.outcome == show:
            sorted_in[_PLACE.get(planned.outcome, 1)].append(planned)
    rows = [planned for part in sorted_in for planned in part]
    last = max(1, -(-len(rows) // PAGE_SIZE))
    number = min(max(1, number), last)
    shown = rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    wanted = {planned.row.line for planned in shown if planned.outcome is Outcome.FAILED}
    records = {record.line: record for record in table.rows() if record.line in wanted} if wanted else {}
    return Preview(counts, Page(shown, number, PAGE_SIZE, len(rows)), records)


def outcome_names() -> dict[Outcome, str]:
    """What becomes of a row, in words."""
    return {
        Outcome.CREATED: _("New"),
        Outcome.CHANGED: _("Different"),
        Outcome.UNCHANGED: _("Same"),
        Outcome.SKIPPED: _("Skipped"),
        Outcome.FAILED: _("Wrong"),
    }


def filters(counts: Counts, show: str) -> list[dict[str, Any]]:
    """Counts that filter."""
    whole = {"label": _("All"), "value": counts.total, "icon": "list", "url": page_url(show=None, page=None)}
    return [
        {**whole, "current": not show},
        *(
            {
                "label": name,
                "value": getattr(counts, outcome),
                "icon": ICONS[outcome],
                "url": page_url(show=outcome.value, page=None),
                "current": show == outcome,
                "bad": outcome is Outcome.FAILED and counts.failed > 0,
            }
            for outcome, name in outcome_names().items()
        ),
    ]


def shown_row(kind: ImportKind, planned: PlannedRow, record: Record | None) -> dict[str, Any]:
    """One line of the preview; a wrong cell comes with its text, to be mended in place."""
    row = planned.row
    return {
        "line": row.line,
        "badge": BADGES[planned.outcome],
        "word": outcome_names()[planned.outcome],
        "is_wrong": planned.outcome is Outcome.FAILED,
        "label": row.label or "–",
        "remarks": [] if planned.outcome is Outcome.FAILED else list(remarks(kind, planned)),
        "problems": [_problem(problem, record) for problem in row.problems],
        "cells": [column.cell(planned) for column in kind.columns],
        "number": row.key,
    }


def _problem(problem: Any, record: Record | None) -> dict[str, Any]:
    index = problem.column.number - 1 if problem.column else None
    text = record.cells[index] if record and index is not None and index < len(record.cells) else ""
    return {
        "sentence": at_column(problem),
        "index": index,
        "heading": problem.column and problem.column.heading,
        "text": text,
    }


def reading(kind: ImportKind, draft: ImportDraft) -> dict[str, Any]:
    """The choices of how to read a draft: format, encoding, delimiter, and what each column is."""
    fields = [field.heading for field in format_of(kind, draft).reader.fields]
    return {
        "formats": [(each.code, each.label, each.code == draft.format) for each in kind.formats],
        "encodings": [(key, label, key == draft.encoding) for key, label in ENCODINGS.items()]
        if draft.encoding
        else [],
        "delimiters": [(key, label, key == draft.delimiter) for key, label in DELIMITERS.items()]
        if is_delimited(draft)
        else [],
        "columns": [
            (index, heading, draft.columns.get(str(index), "")) for index, heading in enumerate(draft.headings)
        ],
        "fields": fields,
        "recognised": len(draft.columns),
    }


def wrong_rows(kind: ImportKind, owner: Organisation, draft: ImportDraft) -> tuple[list[str], list[tuple[str, ...]]]:
    """(header, rows) of a file with the wrong lines and the reasons, to be mended and uploaded again."""
    table = table_of(kind, draft)
    reasons = {
        planned.row.line: "; ".join(map(at_column, planned.row.problems))
        for planned in plan_import(kind, owner, rows_of(kind, draft, table))
        if planned.outcome is Outcome.FAILED
    }
    rows = [
        (*record.cells, str(record.line), reasons[record.line]) for record in table.rows() if record.line in reasons
    ]
    return [*table.columns, _("Line"), _("Reason")], rows


def summary(kind: ImportKind, draft: ImportDraft, total: int) -> str:
    """``149 rows · UTF-8 · UNIQUIP 1.0 · 12 of 21 columns known``."""
    parts = [
        _("%(count)s rows", count=total),
        ENCODINGS.get(draft.encoding, "XLSX"),
        format_of(kind, draft).label,
        _("%(known)s of %(all)s columns known", known=len(draft.columns), all=len(draft.headings)),
    ]
    return " · ".join(map(str, parts))
