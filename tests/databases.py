"""Databases of tests: the migrations of a cluster run once, every further database is a copy of what they made."""

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from alembic import command
from sqlalchemy import create_engine, text

from app.core.database import alembic_config

EMPTY, MIGRATED = "template0", "jishi_migrated"

_serial = itertools.count(1)


def plain(url: str) -> str:
    """The address without SQLAlchemy's name of the driver."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def migrate(url: str) -> None:
    """Bring the database of a new cluster to the newest revision, and keep a copy of it for `own_database`."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("RESET ROLE"))
        command.upgrade(alembic_config(connection), "head")
    engine.dispose()
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(f"{plain(url)}&dbname=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {name}")


@contextmanager
def own_database(url: str, template: str = EMPTY) -> Iterator[str]:
    """The address of a new database on the cluster of `url`; dropped at the end.

    It is empty, or `MIGRATED`: at the newest revision without any rows of people.
    """
    name = f"running{os.getpid()}_{next(_serial)}"
    with psycopg.connect(plain(url), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        address, question, options = url.partition("?")
        try:
            yield f"{address.rpartition('/')[0]}/{name}{question}{options}"
        finally:
            _drop(admin, name)


def _drop(admin: psycopg.Connection, name: str) -> None:
    for attempt in range(20):
        try:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        except psycopg.errors.InsufficientPrivilege:  # autovacuum is at work there, which only the cluster may end
            time.sleep(0.1 * attempt)
        else:
            return
