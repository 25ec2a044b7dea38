"""Upkeep of the kernel's own tables: what is forgotten in time, ``flask outbox …`` and ``flask audit verify``."""

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.api import forget_idempotency_keys
from app.core.audit import broken_seals
from app.core.db import unit_of_work
from app.core.events import forget_delivered, retry_messages, set_aside, waiting_messages
from app.core.tasks import task

outbox = AppGroup("outbox", help="Announcements on their way to those who wait for them.")
audit = AppGroup("audit", help="The audit log.")


def init_upkeep(app: Flask) -> None:
    """Register the commands; the task is declared by importing this module."""
    app.cli.add_command(outbox)
    app.cli.add_command(audit)


@task("core.forget", every=3600.0)
def forget_task() -> None:
    """Forget answers to idempotent requests and announcements that were delivered long ago."""
    forget_idempotency_keys()
    forget_delivered()


@outbox.command("status")
def status_command() -> None:
    """How many announcements wait, and the newest ones that were set aside after ten attempts: what, for whom, why."""
    with unit_of_work(read_only=True):
        waiting, lost = waiting_messages(), set_aside()
        click.echo(f"waiting {waiting}, set aside {len(lost)}")
        for message in lost:
            click.echo(f"{message.failed_at:%Y-%m-%dT%H:%MZ}\t{message.kind}\t{message.handler}\t{message.error}")


@outbox.command("retry")
def retry_command() -> None:
    """Deliver again what was set aside, once its cause is mended."""
    with unit_of_work():
        click.echo(f"to be delivered again: {retry_messages()}")


@audit.command("verify")
def verify_command() -> None:
    """Check every seal of the audit log; ends with 1 when an entry was changed, removed or put elsewhere."""
    with unit_of_work(read_only=True):
        broken = broken_seals()
    for number in broken:
        click.echo(f"FAULT seal {number}: its entries are not those that were sealed")
    click.echo(f"{len(broken)} faults" if broken else "all sound")
    if broken:
        raise SystemExit(1)
