"""`flask settlement …`."""

import click
from flask.cli import AppGroup

from app.accounts.models import SYSTEM
from app.core.db import batch_of_work
from app.core.errors import DomainError
from app.core.i18n import force_locale
from app.settlement.statements.calendar import first_day
from app.settlement.statements.operations import close_month

group = AppGroup("settlement", help="Statements, bills and payouts.")


@group.command("close-month")
@click.argument("month")
def close_month_command(month: str) -> None:
    """Close MONTH (such as 2026-11): one statement per institution, one bill per customer."""
    with force_locale("en"):
        try:
            with batch_of_work() as save:
                closed = close_month(SYSTEM, first_day(month), save)
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(
        f"{month} is closed: {closed.statements} statements, {closed.bills} bills, {closed.lines} lines, "
        f"{closed.windows_cut} objection windows cut short"
    )
