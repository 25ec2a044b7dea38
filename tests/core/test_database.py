"""Connections of the pool: asked whether they live only when there is reason to."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from app.core import database
from tests.databases import plain


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    made = create_engine(postgres_url, pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def pid(engine: Engine) -> int:
    """The server's process behind the connection that the pool gives."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def last_asked(owner: psycopg.Connection, number: int) -> Any:
    """When a connection was last sent something."""
    row = owner.execute("SELECT query_start FROM pg_stat_activity WHERE pid = %s", (number,)).fetchone()
    return row and row[0]


@pytest.fixture
def owner(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(plain(postgres_url), autocommit=True) as connection:
        yield connection


def test_a_connection_that_the_server_has_ended_is_replaced(engine: Engine, owner: psycopg.Connection) -> None:
    before = pid(engine)
    owner.execute("SELECT pg_terminate_backend(%s, 5000)", (before,))
    assert pid(engine) != before


def test_a_connection_is_asked_whether_it_lives_only_after_a_rest(
    engine: Engine, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = pid(engine)
    before = last_asked(owner, number)
    engine.connect().close()
    assert last_asked(owner, number) == before
    monkeypatch.setattr(database, "TRUSTED_SECONDS", 0.0)
    engine.connect().close()
    assert last_asked(owner, number) > before
    assert pid(engine) == number
