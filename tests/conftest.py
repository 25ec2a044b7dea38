"""Fixtures for every test: a real PostgreSQL per worker, one never-committed transaction per test, real HTTP."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_babel import refresh
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from app import create_app
from app.config import Config
from app.core import tasks
from app.core.db import db
from app.core.settings import forget_settings
from app.core.web import App
from deploy.local.services import temporary_postgres
from tests.access.made_once import CommonWorld
from tests.access.world import World
from tests.databases import migrate

TEST_SECRET = "test-secret-key-of-at-least-32-characters"
SPEAK = text("DO 'BEGIN SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; END'")  # in one round trip


def configuration(url: str, files_root: Path) -> Config:
    """How the application runs under test: cheap passwords, no broker, its own folder of files."""
    return Config(
        database_url=url,
        secret_key=TEST_SECRET,
        broker_url="memory://",
        public_url="http://localhost",
        files_root=files_root,
        argon2_time=1,
        argon2_memory_kib=8,
        testing=True,
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, in the order of this run's seed: no worker has a long test left for the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The migrated database of a fresh cluster for this worker, without fsync.

    `JISHI_TEST_PG_BIN` picks other binaries; `tests.databases` copies the database for tests that need their own.
    """
    binaries = os.environ.get("JISHI_TEST_PG_BIN")
    with temporary_postgres(binaries=Path(binaries) if binaries else None) as server:
        migrate(server.url)
        yield server.url


@pytest.fixture(scope="session")
def app(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The application on a migrated, empty database."""
    application = create_app(configuration(postgres_url, tmp_path_factory.mktemp("files")))
    gc.freeze()  # what was imported stays: the collector need not go through it again and again
    gc.set_threshold(20_000)  # nor need it begin for every few rows
    application.teardown_request(_see_everything_again)
    application.before_request_funcs.setdefault(None, []).insert(0, _forget_language)
    yield application
    with application.app_context():
        db.engine.dispose()


def _forget_language() -> None:
    """The test and its requests share one application context, in which the language of the first is remembered."""
    refresh()


def _see_everything_again(_error: BaseException | None) -> None:
    """The whole test is one transaction, so what a request may see would stick to it."""
    connection = db.engines[None]
    if isinstance(connection, Connection):
        connection.execute(text("SELECT set_config('jishi.tenant', '*', true)"))


@pytest.fixture(autouse=True)
def transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run the test inside one transaction that is rolled back; code may commit as it likes."""
    if "nodb" in request.keywords or request.node.get_closest_marker("live"):
        yield
        return
    application: App = request.getfixturevalue("app")
    forget_settings()
    tasks._flask[:] = [application]  # a test that serves a database of its own leaves its application here
    has_world = "common_world" in request.fixturenames
    there = request.getfixturevalue("common_database").engine if has_world else None
    with application.app_context():
        engine = db.engines[None]
        connection = (there or engine).connect()
        outer = connection.begin()
        # Tests look behind the scenes; tests/live runs with the rights of the application.
        connection.execute(text("RESET ROLE"))
        db._app_engines[application][None] = connection  # type: ignore[assignment]
        try:
            yield
        finally:
            db.session.remove()
            db._app_engines[application][None] = engine
            outer.rollback()
            connection.close()


@pytest.fixture(scope="session")
def common_database(app: App, postgres_url: str) -> Iterator[CommonWorld]:
    """The database in which the tests with a `common_world` run."""
    common = CommonWorld(app, postgres_url)
    yield common
    common.close()


@pytest.fixture
def common_world(common_database: CommonWorld, transaction: None) -> World:
    """Everything that an address of the site can name, made beforehand; what a test changes of it is undone."""
    return common_database.world()


@event.listens_for(Session, "before_commit")
def _check_deferred_constraints(session: Session) -> None:
    """Deferred constraints would only speak at a real commit, which never comes in tests."""
    if session.get_nested_transaction() is None:
        session.flush()
        session.execute(SPEAK)


@pytest.fixture
def client(app: App, transaction: None) -> FlaskClient:
    """A browser without scripts. CSRF is checked by its own tests."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def max_queries(app: App, transaction: None) -> Callable[[int], AbstractContextManager[list[str]]]:
    """``with max_queries(6) as seen:`` fails when more statements were sent."""

    @contextmanager
    def limit(most: int) -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "DO ")):
                seen.append(statement)

        connection = db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(connection, "before_cursor_execute", note)
        assert len(seen) <= most, f"{len(seen)} statements, at most {most} allowed:\n" + "\n".join(seen)

    return limit
