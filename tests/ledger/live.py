"""A second application on a database of its own, in which work is really committed: for races and for roles."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from app import create_app
from app.core.database import upgrade
from app.core.db import db
from app.core.web import App
from tests.conftest import configuration

_serial = itertools.count(1)


@contextmanager
def committed_application(url: str, files: Path) -> Iterator[App]:
    """An application on a fresh, migrated database beside the one named by `url`; dropped at the end."""
    name = f"live{next(_serial)}"
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        address, question, options = plain.partition("?")
        address = f"{address.rpartition('/')[0]}/{name}"
        application = create_app(configuration(f"postgresql+psycopg{address[10:]}{question}{options}", files))
        try:
            with application.app_context():
                upgrade()
                yield application
                db.session.remove()
                db.engine.dispose()
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
