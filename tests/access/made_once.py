"""The world made once for many tests: committed in a database of its own, in which every test's changes are undone."""

import pickle
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date

from sqlalchemy import Engine, create_engine

from app.core.clock import today
from app.core.db import db, session
from app.core.settings import forget_settings
from app.core.web import App
from app.files.store import file_store
from tests.access.world import World, make_world
from tests.databases import MIGRATED, own_database

FRESH_SECONDS = 240.0
"""What is held for ten minutes is still held for some when a world of this age is used."""


class CommonWorld:
    """Makes the world when it is first asked for, and again when its times are too long ago."""

    def __init__(self, app: App, url: str) -> None:
        self._app, self._url, self._stack = app, url, ExitStack()
        self._made: tuple[float, date, Engine, bytes] | None = None
        self._files: dict[str, bytes] = {}

    @property
    def engine(self) -> Engine:
        """Connects to a database with the world in it."""
        if self._made is None or time.monotonic() - self._made[0] > FRESH_SECONDS or self._made[1] != today():
            self.close()
            self._made = self._make()
        return self._made[2]

    def world(self) -> World:
        """What there is in that database; nobody else has it in hands."""
        assert self._made is not None
        self._lay_files_back()
        world: World = pickle.loads(self._made[3])
        return world

    def close(self) -> None:
        """Drop the database."""
        self._stack.close()

    def _make(self) -> tuple[float, date, Engine, bytes]:
        options = self._app.config["SQLALCHEMY_ENGINE_OPTIONS"]
        engine = create_engine(
            self._stack.enter_context(own_database(self._url, MIGRATED)), connect_args=options["connect_args"]
        )
        self._stack.callback(engine.dispose)
        begun = time.monotonic(), today()
        with self._app.app_context(), _serving(self._app, engine):
            before = _keys()
            made = pickle.dumps(make_world())
            self._files = {key: _content(key) for key in _keys() - before}
            return *begun, engine, made

    def _lay_files_back(self) -> None:
        """A file that a test removed is gone for good, or swept away as a stray by one that knows another database."""
        for key in self._files.keys() - _keys():
            file_store().write(key, self._files[key])


def _keys() -> set[str]:
    return set(dict(file_store().keys()))


def _content(key: str) -> bytes:
    with file_store().open(key) as stream:
        return stream.read()


@contextmanager
def _serving(app: App, engine: Engine) -> Iterator[None]:
    """Let the application work on another database meanwhile."""
    usual = db.engines[None]
    db._app_engines[app][None] = engine
    forget_settings()
    try:
        yield
    finally:
        session.remove()  # type: ignore[attr-defined]
        db._app_engines[app][None] = usual
        forget_settings()
