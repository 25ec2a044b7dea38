"""`flask patents load-figures`: what licences of an industry cost."""

from pathlib import Path

import click

from app.core.db import unit_of_work
from app.core.errors import DomainError
from app.market.open_licences.figures import SHIPPED, load_figures
from app.market.patents.cli import group


@group.command("load-figures")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=SHIPPED)
def load_figures_command(file: Path) -> None:
    """Load or replace industry figures from a CSV; without FILE the illustrative ones that are shipped."""
    try:
        with unit_of_work():
            count = load_figures(file)
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{count} figures loaded")
