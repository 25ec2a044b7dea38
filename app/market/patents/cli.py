"""`flask patents import` and `flask patents check`."""

from pathlib import Path

import click
from flask.cli import AppGroup

from app.core.errors import Invalid
from app.core.i18n import force_locale
from app.imports.cli import import_file, terminal_locale
from app.market.patents.kind import PATENTS
from app.market.patents.numbers import parse_number

group = AppGroup("patents", help="Patents: import and check numbers.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", required=True, help="统一社会信用代码 of the organisation.")
@click.option("--encoding", help="Overrules the guess, e.g. gb18030.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_command(file: Path, owner: str, encoding: str | None, dry_run: bool) -> None:
    """Create and change patents as a list says.

    Rows that fail are named with their line and column; the others are kept. The last line counts them.
    """
    import_file(PATENTS, file, owner=owner, code=None, encoding=encoding, dry_run=dry_run)


@group.command("check")
@click.argument("number")
@click.pass_context
def check_command(context: click.Context, number: str) -> None:
    """Say whether a patent number holds: ``valid`` (exit 0) or ``invalid: …`` with the reason (exit 1)."""
    try:
        parse_number(number)
    except Invalid as refusal:
        with force_locale(terminal_locale()):
            click.echo(f"invalid: {refusal}")
        context.exit(1)
    click.echo("valid")
