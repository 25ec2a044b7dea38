"""`flask demo …`: load the demonstration, and say who plays in it."""

import os
import unicodedata
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.config import Config
from app.core.database import upgrade
from app.core.db import unit_of_work
from app.core.errors import DomainError
from app.core.events import relay
from app.core.i18n import force_locale
from app.core.i18n import gettext as _
from app.demo.cast import DEFAULT_PASSWORD, PEOPLE, company
from app.demo.people import renew_passwords
from app.demo.steps import STEPS, Step

MOST_MESSAGES = 2000

group = AppGroup("demo", help="Demonstration data.")


@group.command("load")
@click.option("--even-in-production", is_flag=True, help="Load it although this is a production system.")
def load_command(even_in_production: bool) -> None:
    """Load what is missing of the demonstration; loading it again changes nothing."""
    _load(even_in_production)


@group.command("prepare")
@click.option("--tell", type=click.Path(path_type=Path), required=True, help="A file for the list of accounts.")
def prepare_command(tell: Path) -> None:
    """Everything that `make run` needs, in one start of Python: schema, data, and the list of accounts."""
    upgrade()
    click.echo("The schema is up to date.")
    _load(even_in_production=False)
    tell.write_text("\n".join(account_lines()) + "\n", encoding="utf-8")


def _load(even_in_production: bool) -> None:
    if _config().is_production and not even_in_production:
        raise click.ClickException("this is a production system; --even-in-production loads it all the same")
    with force_locale("en"):
        try:
            taken = [_take(step) for step in STEPS]
            if any(taken):
                click.echo(f"Notices and what else follows: {relay(MOST_MESSAGES)} announcements delivered")
            with unit_of_work():
                changed = renew_passwords(demo_password())
        except DomainError as refusal:
            raise click.ClickException(str(refusal)) from None
    if changed:
        click.echo("The demonstration accounts have the new password.")


def _take(step: Step) -> bool:
    """Take a step unless it was taken before; says whether it was taken now."""
    with unit_of_work():
        is_new = not step.is_done()
        told = step.load(demo_password()) if is_new else "there already"
    click.echo(f"{step.title}: {told}")
    return is_new


@group.command("accounts")
def accounts_command() -> None:
    """List the demonstration accounts and their password."""
    click.echo("\n".join(account_lines()))


def account_lines() -> list[str]:
    """The accounts, what each is for, and the password, in the language of the terminal."""
    with force_locale(_locale()):
        lines = [(person.email, company(person.company).name, person.name, str(person.purpose)) for person in PEOPLE]
        widths = [max(_width(line[column]) for line in lines) for column in range(3)]
        table = [
            "  ".join([*(line[column] + " " * (widths[column] - _width(line[column])) for column in range(3)), line[3]])
            for line in lines
        ]
        return [*table, _("Password of all accounts: %(password)s", password=demo_password())]


def demo_password() -> str:
    """The password of every demonstration account: DEMO_PASSWORD, or the usual one."""
    return _config().demo_password or DEFAULT_PASSWORD


def _config() -> Config:
    config: Config = current_app.config["JISHI"]
    return config


def _width(text: str) -> int:
    """Cells of a terminal: a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _locale() -> str:
    """The language of the terminal."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_CN" if spoken.lower().startswith("zh") else "en"
