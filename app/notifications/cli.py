"""``flask notifications …``: send by hand, and see what waits."""

import click
from flask.cli import AppGroup

from app.core.db import unit_of_work
from app.notifications.operations import send_due_mails
from app.notifications.queries import waiting_mails
from app.notifications.tasks import configured_mailer

group = AppGroup("notifications", help="Notices and mail.")


@group.command("send")
def send_command() -> None:
    """Send the mails that are due now."""
    click.echo(f"sent {send_due_mails(configured_mailer())}")


@group.command("status")
def status_command() -> None:
    """How many mails wait and how many were given up."""
    with unit_of_work(read_only=True):
        state = waiting_mails()
    click.echo(f"waiting {state['waiting']}, given up {state['failed']}")
