"""An uploaded list between upload and import: read as chosen, mended cell by cell, then applied once."""

import dataclasses
import shlex
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from app.accounts.models import Actor, Organisation
from app.core.clock import now
from app.core.db import session
from app.core.delimited import Record
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.tabular import DELIMITERS, ENCODINGS, Table, read_table
from app.imports.kinds import Format, ImportKind
from app.imports.models import ImportDraft
from app.imports.operations import apply_import
from app.imports.plans import Counts
from app.imports.policy import use_draft, view_draft
from app.imports.queries import earlier_reading
from app.imports.reading import match_columns, read_rows
from app.imports.records import ImportRow

KEPT = timedelta(days=7)
MOST_CORRECTIONS = 2000


def server_command(kind: ImportKind, owner: Organisation, name: str) -> str:
    """What the operator types on the server for a list that is too long for a page."""
    return f"flask --app wsgi {kind.command} --owner {owner.code} {shlex.quote(name)}"


def create_draft(kind: ImportKind, actor: Actor, owner: Organisation, name: str, data: bytes) -> ImportDraft:
    """Keep an upload with the guess how to read it. Raises Invalid for what is no table, Forbidden or Missing."""
    ensure(actor, kind.import_, owner, known_to=kind.view)
    table = read_table(data, name, limits=kind.limits)
    guess = kind.guess_format(table)
    earlier = earlier_reading(kind, owner, table.columns)
    matched = match_columns(guess.reader, table.columns)
    draft = ImportDraft(
        id=uuid7(),
        kind=kind.code,
        organisation_id=owner.id,
        created_by_id=actor.user_id,
        name=name[-200:],
        content=data,
        format=earlier.format if earlier else guess.code,
        encoding=table.encoding,
        delimiter=table.delimiter,
        headings=list(table.columns),
        columns=dict(earlier.columns) if earlier else {str(index): heading for index, heading in matched.items()},
        corrections={},
    )
    session.add(draft)
    session.flush()
    return draft


def choose_reading(
    kind: ImportKind,
    actor: Actor,
    draft: ImportDraft,
    *,
    code: str,
    encoding: str,
    delimiter: str,
    columns: Mapping[int, str],
) -> None:
    """Read a draft otherwise: another format, encoding, delimiter, or meaning of a column.

    A new encoding or delimiter makes new columns, which are guessed again. Raises Invalid, and Conflict when applied.
    """
    _ensure_usable(kind, actor, draft)
    chosen_format = kind.format(code)
    if encoding and encoding not in ENCODINGS:
        raise Invalid(_l("Choose one of the options."), field="format")
    if delimiter and delimiter not in DELIMITERS:
        raise Invalid(_l("Choose one of the options."), field="delimiter")
    rewritten = encoding != draft.encoding or delimiter != draft.delimiter
    table = _table(kind, draft, encoding, delimiter)
    if rewritten or chosen_format.code != draft.format:
        columns = match_columns(chosen_format.reader, table.columns)
    known = {field.heading for field in chosen_format.reader.fields}
    chosen = {index: heading for index, heading in columns.items() if heading in known and index < len(table.columns)}
    if len(set(chosen.values())) < len(chosen):
        raise Invalid(_l("Two columns cannot mean the same."), field="columns")
    draft.format, draft.encoding, draft.delimiter = chosen_format.code, table.encoding, table.delimiter
    draft.headings = list(table.columns)
    draft.columns = {str(index): heading for index, heading in chosen.items()}
    if rewritten:
        draft.corrections = {}
    session.flush()


def mend_cell(kind: ImportKind, actor: Actor, draft: ImportDraft, line: int, index: int, text: str) -> None:
    """Write another text into one cell of a draft; the file itself stays as it is."""
    _ensure_usable(kind, actor, draft)
    if not 0 <= index < len(draft.headings) or not 1 <= line <= 10_000_000:
        raise Invalid(_l("There is no such cell."), field="line")
    corrections: dict[str, Any] = {key: dict(cells) for key, cells in draft.corrections.items()}
    corrections.setdefault(str(line), {})[str(index)] = text.replace("\x00", "")[:20_000]
    if len(corrections) > MOST_CORRECTIONS:
        raise Invalid(_l("That many cells are better mended in the file."), field="line")
    draft.corrections = corrections
    session.flush()


def apply_draft(kind: ImportKind, actor: Actor, draft: ImportDraft) -> Counts:
    """Import a draft: what is wrong or skipped is left out. Raises Conflict when that has been done already."""
    ensure(actor, use_draft(kind), draft, known_to=view_draft(kind))
    session.refresh(draft, ["applied_at"], with_for_update=True)
    _refuse_applied(draft)
    owner = session.get_one(Organisation, draft.organisation_id)
    counts = apply_import(kind, actor, owner, rows_of(kind, draft), source=draft.name)
    draft.applied_at, draft.counts = now(), counts.as_json()
    session.flush()
    return counts


def discard_draft(kind: ImportKind, actor: Actor, draft: ImportDraft) -> None:
    """Throw an upload away; what was imported stays as it is."""
    ensure(actor, use_draft(kind), draft, known_to=view_draft(kind))
    session.delete(draft)
    session.flush()


def forget_drafts() -> int:
    """Delete uploads of every kind that are a week old; returns how many."""
    result: Any = session.execute(delete(ImportDraft).where(ImportDraft.created_at < now() - KEPT))
    return int(result.rowcount)


def _ensure_usable(kind: ImportKind, actor: Actor, draft: ImportDraft) -> None:
    ensure(actor, use_draft(kind), draft, known_to=view_draft(kind))
    _refuse_applied(draft)


def _refuse_applied(draft: ImportDraft) -> None:
    if draft.applied_at is not None:
        raise Conflict(_l("This list has been imported already."), code="applied")


def format_of(kind: ImportKind, draft: ImportDraft) -> Format:
    """The format a draft is read in."""
    return kind.format(draft.format)


def table_of(kind: ImportKind, draft: ImportDraft) -> Table:
    """The draft's table with the mended cells. Raises Invalid."""
    table = _table(kind, draft, draft.encoding, draft.delimiter)
    if not draft.corrections:
        return table
    return dataclasses.replace(table, rows=lambda: _corrected(table.rows(), draft.corrections))


def _table(kind: ImportKind, draft: ImportDraft, encoding: str, delimiter: str) -> Table:
    return read_table(
        draft.content, draft.name, encoding=encoding or None, delimiter=delimiter or None, limits=kind.limits
    )


def _corrected(records: Iterator[Record], corrections: Mapping[str, Mapping[str, str]]) -> Iterator[Record]:
    for record in records:
        mended = corrections.get(str(record.line))
        if mended is None:
            yield record
            continue
        cells = [mended.get(str(index), cell) for index, cell in enumerate(record.cells)]
        yield Record(record.line, tuple(cells), record.problem)


def rows_of(kind: ImportKind, draft: ImportDraft, table: Table | None = None) -> Iterator[ImportRow]:
    """The rows of a draft as it is read now. Raises Invalid when no column holds the name."""
    columns = {int(index): heading for index, heading in draft.columns.items()}
    return read_rows(format_of(kind, draft).reader, table or table_of(kind, draft), columns)


def is_delimited(draft: ImportDraft) -> bool:
    """Whether an encoding and a delimiter can be chosen."""
    return bool(draft.delimiter)
