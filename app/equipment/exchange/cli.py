"""`flask equipment import` and `flask equipment export`."""

import os
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.accounts.models import SYSTEM, Organisation, OrganisationKind
from app.core.db import session, unit_of_work
from app.core.errors import DomainError
from app.core.i18n import force_locale
from app.core.tabular import read_table
from app.equipment.exchange.formats import FORMATS, FormatCode, guess_format
from app.equipment.exchange.operations import apply_import
from app.equipment.exchange.plans import Counts, PlannedRow
from app.equipment.exchange.queries import exportable_instruments, plan_import
from app.equipment.exchange.reading import read_rows
from app.equipment.exchange.sentences import at_column, at_line

group = AppGroup("equipment", help="Instruments: import and export.")

_formats = click.Choice([code.value for code in FormatCode])


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "code", type=_formats, help="How the list is written; guessed from its columns if left out.")
@click.option("--owner", required=True, help="统一社会信用代码 of the institution.")
@click.option("--encoding", help="Overrules the guess, e.g. gb18030.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_command(file: Path, code: str | None, owner: str, encoding: str | None, dry_run: bool) -> None:
    """Create and change instruments as a list says.

    Rows that fail or are skipped are named with their line; the others are kept. The last line counts them.
    """
    with force_locale(_locale()):
        try:
            counts = _import(file, code, owner, encoding, dry_run)
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(str(counts))


def _import(file: Path, code: str | None, owner: str, encoding: str | None, dry_run: bool) -> Counts:
    with unit_of_work(read_only=dry_run):
        organisation = _institution(owner)
        table = read_table(file.read_bytes(), file.name, encoding=encoding)
        exchange = FORMATS[FormatCode(code)] if code else guess_format(table)
        rows = read_rows(exchange.reader, table)
        if not dry_run:
            return apply_import(SYSTEM, organisation, rows, source=file.name, tell=_tell)
        counts = Counts()
        for planned in plan_import(organisation, rows):
            counts.add(planned.outcome)
            _tell(planned)
        return counts


def _tell(planned: PlannedRow) -> None:
    row = planned.row
    for problem in row.problems:
        click.echo(at_line(row.line, at_column(problem)))
    if row.skip is not None:
        click.echo(at_line(row.line, row.skip))


@group.command("export")
@click.option("--format", "code", type=_formats, required=True)
@click.option("--owner", required=True, help="统一社会信用代码 of the institution.")
@click.option("--output", type=click.File("wb"), default="-", help="A file; the terminal if left out.")
def export_command(code: str, owner: str, output: BinaryIO) -> None:
    """Write an institution's instruments as a list."""
    with unit_of_work(read_only=True):
        organisation = _institution(owner)
        for part in FORMATS[FormatCode(code)].write(exportable_instruments(organisation)):
            output.write(part)


def _institution(code: str) -> Organisation:
    statement = select(Organisation).where(Organisation.code == code.strip().upper())
    organisation = session.scalars(statement).one_or_none()
    if organisation is None:
        raise click.ClickException(f"No organisation has the code {code}.")
    if organisation.kind is not OrganisationKind.INSTITUTION:
        raise click.ClickException(f"{organisation.name} is no institution with instruments.")
    return organisation


def _locale() -> str:
    """The language of the terminal."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_CN" if spoken.lower().startswith("zh") else "en"
