"""`flask ledger …`."""

import click
from flask.cli import AppGroup

from app.ledger.queries import verify

group = AppGroup("ledger", help="The books.")


@group.command("verify")
def verify_command() -> None:
    """Check sums, numbers, the hash chain and balances; ends with 1 when anything is wrong."""
    found = verify()
    for fault in found.faults:
        click.echo(f"FAULT {fault}")
    click.echo(f"{found.transactions} transactions, {found.lines} lines, {found.accounts} accounts: "
               f"{'all sound' if found.ok else f'{len(found.faults)} faults'}")  # fmt: skip
    if not found.ok:
        raise SystemExit(1)
