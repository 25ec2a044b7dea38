"""`flask equipment import` and `flask equipment export`."""

from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import AppGroup

from app.core.db import unit_of_work
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.kind import INSTRUMENTS
from app.equipment.exchange.queries import exportable_instruments
from app.imports.cli import import_file, owner_with

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
    import_file(INSTRUMENTS, file, owner=owner, code=code, encoding=encoding, dry_run=dry_run)


@group.command("export")
@click.option("--format", "code", type=_formats, required=True)
@click.option("--owner", required=True, help="统一社会信用代码 of the institution.")
@click.option("--output", type=click.File("wb"), default="-", help="A file; the terminal if left out.")
def export_command(code: str, owner: str, output: BinaryIO) -> None:
    """Write an institution's instruments as a list."""
    with unit_of_work(read_only=True):
        organisation = owner_with(INSTRUMENTS, owner)
        for part in FORMATS[FormatCode(code)].write(exportable_instruments(organisation)):
            output.write(part)
