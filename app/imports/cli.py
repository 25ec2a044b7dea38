"""The command line of every kind: `import_file` is the body of a kind's own `import` command."""

import os
from pathlib import Path

import click

from app.accounts.codes import normal_code
from app.accounts.models import SYSTEM, Organisation
from app.accounts.organisations.queries import organisation_by_code
from app.core.db import unit_of_work
from app.core.errors import DomainError
from app.core.i18n import force_locale
from app.core.tabular import read_table
from app.imports.kinds import ImportKind
from app.imports.operations import apply_import
from app.imports.plans import Counts, PlannedRow
from app.imports.queries import plan_import
from app.imports.reading import read_rows
from app.imports.sentences import at_column, at_line


def import_file(
    kind: ImportKind, file: Path, *, owner: str, code: str | None, encoding: str | None, dry_run: bool
) -> None:
    """Create and change things of this kind as a list says, for the organisation with the code `owner`.

    Rows that fail or are skipped are named with their line; the others are kept. The last line counts them
    (`Counts`). The format `code` and the encoding are guessed when they are None. Raises ClickException.
    """
    with force_locale(terminal_locale()):
        try:
            counts = _import(kind, file, owner, code, encoding, dry_run)
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(str(counts))


def _import(kind: ImportKind, file: Path, owner: str, code: str | None, encoding: str | None, dry_run: bool) -> Counts:
    with unit_of_work(read_only=dry_run):
        organisation = owner_with(kind, owner)
        table = read_table(file.read_bytes(), file.name, encoding=encoding)
        chosen = kind.format(code) if code else kind.guess_format(table)
        rows = read_rows(chosen.reader, table)
        if not dry_run:
            return apply_import(kind, SYSTEM, organisation, rows, source=file.name, tell=_tell)
        counts = Counts()
        for planned in plan_import(kind, organisation, rows):
            counts.add(planned.outcome)
            _tell(planned)
        return counts


def _tell(planned: PlannedRow) -> None:
    row = planned.row
    for problem in row.problems:
        click.echo(at_line(row.line, at_column(problem)))
    if row.skip is not None:
        click.echo(at_line(row.line, row.skip))


def owner_with(kind: ImportKind, code: str) -> Organisation:
    """The organisation with this 统一社会信用代码. Raises ClickException where it cannot own things of the kind."""
    organisation = organisation_by_code(normal_code(code))
    if organisation is None:
        raise click.ClickException(f"No organisation has the code {code}.")
    if organisation.kind not in kind.owners:
        owners = " or ".join(sorted(kind.owners))
        raise click.ClickException(f"{organisation.name} is no {owners} with {kind.code}.")
    return organisation


def terminal_locale() -> str:
    """The language of the terminal."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_CN" if spoken.lower().startswith("zh") else "en"
