"""``flask search …``."""

import click
from flask.cli import AppGroup

from app.core.db import batch_of_work
from app.search.engine import indexes
from app.search.operations import rebuild

group = AppGroup("search", help="What can be found.")


@group.command("rebuild")
@click.argument("name", required=False)
def rebuild_command(name: str | None) -> None:
    """Bring every index, or the one named, up to date."""
    chosen = [index for index in indexes() if name in {None, index.name}]
    if not chosen:
        known = ", ".join(index.name for index in indexes()) or "none"
        raise click.BadParameter(f"there is no index {name!r}; there are: {known}", param_hint="NAME")
    for index in chosen:
        with batch_of_work() as save:
            seen, changed = rebuild(index, save)
        click.echo(f"{index.name}: seen {seen}, changed {changed}")
