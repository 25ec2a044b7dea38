"""The schema: `flask database upgrade`, what version the database has, and the engine's options."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import InvalidatePoolError, OperationalError

from app.core.db import Base, db

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

# May read and write rows but not change tables, nor what is posted; the migrations are run by the owner.
APP_ROLE = "jishi_app"

TRUSTED_SECONDS = 30.0
"""For how long a connection that was fine is taken for fine while its socket is silent."""

group = AppGroup("database", help="The schema of the database.")


def init_database(app: Flask, url: str) -> None:
    """Connect; sessions get time limits so that nothing hangs for ever."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,  # an error in the log must not tell what people entered
        "pool_size": 8,
        "max_overflow": 4,
        "connect_args": {
            "connect_timeout": 5,
            "application_name": "jishi",
            "options": "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s "
            "-c timezone=UTC",
        },
    }
    db.init_app(app)
    app.cli.add_command(group)
    app.extensions["readiness"]["schema"] = is_schema_current


def alembic_config(connection: Any = None) -> AlembicConfig:
    """The configuration of our one migration tree."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = Base.metadata
    return config


def upgrade(revision: str = "head") -> None:
    """Bring the schema to a revision; waits briefly for locks and tries again rather than blocking the site."""
    for attempt in range(5):
        try:
            with _owner() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '1s'"))
                connection.execute(text("SET LOCAL statement_timeout = '600s'"))
                command.upgrade(alembic_config(connection), revision)
        except OperationalError as error:
            if attempt == 4 or "lock timeout" not in str(error):
                raise
            time.sleep(2**attempt)
        else:
            return


@contextmanager
def _owner() -> Iterator[Connection]:
    """A transaction with the owner's rights; connections opened before it are closed, they know another schema."""
    with db.engine.begin() as connection:
        connection.execute(text("RESET ROLE"))
        yield connection
    db.engine.dispose()


def downgrade(revision: str) -> None:
    """Take the schema back to a revision."""
    with _owner() as connection:
        command.downgrade(alembic_config(connection), revision)


def is_schema_current() -> bool:
    """Whether the database is at the revision that this code expects."""
    heads = ScriptDirectory.from_config(alembic_config()).get_heads()
    with db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == set(heads)


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade_command(revision: str) -> None:
    """Bring the schema up to date."""
    upgrade(revision)
    click.echo("The schema is up to date.")


@group.command("downgrade")
@click.argument("revision")
def downgrade_command(revision: str) -> None:
    """Take the schema back."""
    downgrade(revision)
    click.echo(f"The schema is at {revision}.")


@group.command("revision")
@click.argument("message")
def revision_command(message: str) -> None:
    """Write a new migration from the difference between models and database."""
    with _owner() as connection:
        command.revision(alembic_config(connection), message=message, autogenerate=True)


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: object) -> None:
    """Check the locale once per database, and work with the rights of the application's role from then on.

    pg_trgm and lower() know nothing of Chinese under the C locale (reliability.md §1.1), so that is said at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT datctype, EXISTS (SELECT FROM pg_roles WHERE rolname = 'jishi_app'"
            " AND pg_has_role(current_user, oid, 'MEMBER')) FROM pg_database WHERE datname = current_database()"
        )
        locale, has_role = cursor.fetchone()
        if locale in {"C", "POSIX"}:
            raise RuntimeError(f"the database's locale is {locale}: create it with a UTF-8 locale such as C.UTF-8")
        if has_role:
            cursor.execute(f"SET ROLE {APP_ROLE}")
    connection.commit()


@event.listens_for(Engine, "checkout")
def _check_connection(connection: Any, record: Any, _proxy: object) -> None:
    """Refuse a connection whose server has gone, so that the pool opens another one.

    A server that ends a connection says so: its socket can then be read, which is learned without a round trip. Only
    a connection that has rested for long, or that has something to say, is asked whether it lives.
    """
    present = time.monotonic()
    is_trusted = present - record.info.get("taken_at", 0.0) < TRUSTED_SECONDS
    record.info["taken_at"] = present
    try:
        if not (is_trusted and is_silent(connection.fileno())):
            connection.execute("SELECT 1")
            connection.rollback()
    except connection.Error as error:
        raise InvalidatePoolError("the server has closed this connection") from error


def is_silent(socket: int) -> bool:
    """Whether there is nothing to read from a socket, not even its end."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return not poll.poll(0)
