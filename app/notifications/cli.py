"""``flask notifications …``: send by hand, and see what waits and what could not be delivered."""

import click
from flask.cli import AppGroup

from app.core.db import unit_of_work
from app.notifications.operations import send_due_mails
from app.notifications.queries import given_up, waiting_mails, waiting_texts
from app.notifications.tasks import configured_mailer
from app.notifications.texting import configured_texter, send_due_texts

group = AppGroup("notifications", help="Notices, mail and text messages.")


@group.command("send")
def send_command() -> None:
    """Send the mails and text messages that are due now."""
    click.echo(f"sent {send_due_mails(configured_mailer())}")
    texter = configured_texter()
    click.echo("text messages: no SMS_URL" if texter is None else f"text messages sent {send_due_texts(texter)}")


@group.command("status")
def status_command() -> None:
    """How many mails and text messages wait and how many were given up."""
    with unit_of_work(read_only=True):
        mails, texts = waiting_mails(), waiting_texts()
    click.echo(f"waiting {mails['waiting']}, given up {mails['failed']}")
    click.echo(f"text messages waiting {texts['waiting']}, given up {texts['failed']}")


@group.command("failures")
def failures_command() -> None:
    """The newest mails and text messages that were given up: when, to whom, why; numbers are masked."""
    with unit_of_work(read_only=True):
        lines = given_up()
    for at, recipient, error in lines:
        click.echo(f"{at:%Y-%m-%dT%H:%MZ}\t{recipient}\t{error}")
    if not lines:
        click.echo("nothing was given up")
