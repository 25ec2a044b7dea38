"""`flask ledger …`."""

import click
from flask.cli import AppGroup

from app.core.i18n import force_locale
from app.ledger.queries import Verification, verify

group = AppGroup("ledger", help="The books.")


@group.command("verify")
def verify_command() -> None:
    """Check sums, numbers, the hash chain and balances; ends with 1 when anything is wrong."""
    with force_locale("en"):
        _tell(verify())


def _tell(found: Verification) -> None:
    for fault in found.faults:
        click.echo(f"FAULT {fault}")
    click.echo(f"{found.transactions} transactions, {found.lines} lines, {found.accounts} accounts: "
               f"{'all sound' if found.ok else f'{len(found.faults)} faults'}")  # fmt: skip
    if not found.ok:
        raise SystemExit(1)
