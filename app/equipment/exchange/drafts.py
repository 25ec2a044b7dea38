"""An uploaded list between upload and import: read as chosen, mended cell by cell, then applied once."""

import dataclasses
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.accounts.models import Actor, Organisation
from app.core.clock import now
from app.core.db import session
from app.core.delimited import Record
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.tabular import DELIMITERS, ENCODINGS, Limits, Table, read_table
from app.equipment.exchange.formats import FORMATS, Format, FormatCode, guess_format
from app.equipment.exchange.models import ImportDraft
from app.equipment.exchange.operations import apply_import
from app.equipment.exchange.plans import Counts
from app.equipment.exchange.policy import DraftPolicy, ExchangePolicy
from app.equipment.exchange.reading import match_columns, read_rows
from app.equipment.exchange.records import ImportRow

LIMITS = Limits(size=10 * 1024 * 1024, rows=20_000, unpacked=64 * 1024 * 1024)
KEPT = timedelta(days=7)
MOST_CORRECTIONS = 2000


def server_command(owner: Organisation, name: str) -> str:
    """What the operator types on the server for a list that is too long for a page."""
    return f"flask --app wsgi equipment import --owner {owner.code} {shlex.quote(name)}"


def create_draft(actor: Actor, owner: Organisation, name: str, data: bytes) -> ImportDraft:
    """Keep an upload with the guess how to read it. Raises Invalid for what is no table, Forbidden or Missing."""
    ensure(actor, ExchangePolicy.import_, owner, known_to=ExchangePolicy.view)
    table = read_table(data, name, limits=LIMITS)
    exchange = guess_format(table)
    earlier = _earlier_reading(owner, table.columns)
    matched = match_columns(exchange.reader, table.columns)
    draft = ImportDraft(
        id=uuid7(),
        organisation_id=owner.id,
        created_by_id=actor.user_id,
        name=name[-200:],
        content=data,
        format=earlier.format if earlier else exchange.code,
        encoding=table.encoding,
        delimiter=table.delimiter,
        headings=list(table.columns),
        columns=dict(earlier.columns) if earlier else {str(index): heading for index, heading in matched.items()},
        corrections={},
    )
    session.add(draft)
    session.flush()
    return draft


def _earlier_reading(owner: Organisation, columns: Sequence[str]) -> ImportDraft | None:
    """The last list of this institution with the same headings that was imported."""
    statement = (
        select(ImportDraft)
        .where(
            ImportDraft.organisation_id == owner.id,
            ImportDraft.applied_at.is_not(None),
            ImportDraft.headings == list(columns),
        )
        .order_by(ImportDraft.applied_at.desc())
        .limit(1)
    )
    return session.scalars(statement).one_or_none()


def choose_reading(
    actor: Actor, draft: ImportDraft, *, code: str, encoding: str, delimiter: str, columns: Mapping[int, str]
) -> None:
    """Read a draft otherwise: another format, encoding, delimiter, or meaning of a column.

    A new encoding or delimiter makes new columns, which are guessed again. Raises Invalid, and Conflict when applied.
    """
    ensure(actor, DraftPolicy.use, draft, known_to=DraftPolicy.view)
    _refuse_applied(draft)
    if code not in set(FormatCode) or (encoding and encoding not in ENCODINGS):
        raise Invalid(_l("Choose one of the options."), field="format")
    if delimiter and delimiter not in DELIMITERS:
        raise Invalid(_l("Choose one of the options."), field="delimiter")
    exchange = FORMATS[FormatCode(code)]
    rewritten = encoding != draft.encoding or delimiter != draft.delimiter
    table = _table(draft.content, draft.name, encoding, delimiter)
    if rewritten or exchange.code is not draft.format:
        columns = match_columns(exchange.reader, table.columns)
    known = {field.heading for field in exchange.reader.fields}
    chosen = {index: heading for index, heading in columns.items() if heading in known and index < len(table.columns)}
    if len(set(chosen.values())) < len(chosen):
        raise Invalid(_l("Two columns cannot mean the same."), field="columns")
    draft.format, draft.encoding, draft.delimiter = exchange.code, table.encoding, table.delimiter
    draft.headings = list(table.columns)
    draft.columns = {str(index): heading for index, heading in chosen.items()}
    if rewritten:
        draft.corrections = {}
    session.flush()


def mend_cell(actor: Actor, draft: ImportDraft, line: int, index: int, text: str) -> None:
    """Write another text into one cell of a draft; the file itself stays as it is."""
    ensure(actor, DraftPolicy.use, draft, known_to=DraftPolicy.view)
    _refuse_applied(draft)
    if not 0 <= index < len(draft.headings) or not 1 <= line <= 10_000_000:
        raise Invalid(_l("There is no such cell."), field="line")
    corrections: dict[str, Any] = {key: dict(cells) for key, cells in draft.corrections.items()}
    corrections.setdefault(str(line), {})[str(index)] = text.replace("\x00", "")[:20_000]
    if len(corrections) > MOST_CORRECTIONS:
        raise Invalid(_l("That many cells are better mended in the file."), field="line")
    draft.corrections = corrections
    session.flush()


def apply_draft(actor: Actor, draft: ImportDraft) -> Counts:
    """Import a draft: what is wrong or skipped is left out. Raises Conflict when that has been done already."""
    ensure(actor, DraftPolicy.use, draft, known_to=DraftPolicy.view)
    session.refresh(draft, ["applied_at"], with_for_update=True)
    _refuse_applied(draft)
    owner = session.get_one(Organisation, draft.organisation_id)
    counts = apply_import(actor, owner, rows_of(draft), source=draft.name)
    draft.applied_at, draft.counts = now(), counts.as_json()
    session.flush()
    return counts


def discard_draft(actor: Actor, draft: ImportDraft) -> None:
    """Throw an upload away; instruments stay as they are."""
    ensure(actor, DraftPolicy.use, draft, known_to=DraftPolicy.view)
    session.delete(draft)
    session.flush()


def forget_drafts() -> int:
    """Delete uploads that are a week old; returns how many."""
    result: Any = session.execute(delete(ImportDraft).where(ImportDraft.created_at < now() - KEPT))
    return int(result.rowcount)


def _refuse_applied(draft: ImportDraft) -> None:
    if draft.applied_at is not None:
        raise Conflict(_l("This list has been imported already."), code="applied")


def format_of(draft: ImportDraft) -> Format:
    """The format a draft is read in."""
    return FORMATS[draft.format]


def table_of(draft: ImportDraft) -> Table:
    """The draft's table with the mended cells. Raises Invalid."""
    table = _table(draft.content, draft.name, draft.encoding, draft.delimiter)
    if not draft.corrections:
        return table
    return dataclasses.replace(table, rows=lambda: _corrected(table.rows(), draft.corrections))


def _table(content: bytes, name: str, encoding: str, delimiter: str) -> Table:
    return read_table(content, name, encoding=encoding or None, delimiter=delimiter or None, limits=LIMITS)


def _corrected(records: Iterator[Record], corrections: Mapping[str, Mapping[str, str]]) -> Iterator[Record]:
    for record in records:
        mended = corrections.get(str(record.line))
        if mended is None:
            yield record
            continue
        cells = [mended.get(str(index), cell) for index, cell in enumerate(record.cells)]
        yield Record(record.line, tuple(cells), record.problem)


def rows_of(draft: ImportDraft, table: Table | None = None) -> Iterator[ImportRow]:
    """The rows of a draft as it is read now. Raises Invalid when no column holds the name."""
    columns = {int(index): heading for index, heading in draft.columns.items()}
    return read_rows(format_of(draft).reader, table or table_of(draft), columns)


def recent_drafts(owner: Organisation) -> Sequence[ImportDraft]:
    """Uploads of the last week, the latest first."""
    statement = select(ImportDraft).where(ImportDraft.organisation_id == owner.id)
    return session.scalars(statement.order_by(ImportDraft.created_at.desc()).limit(10)).all()


def is_delimited(draft: ImportDraft) -> bool:
    """Whether an encoding and a delimiter can be chosen."""
    return bool(draft.delimiter)
