"""A second application on a database of its own, in which work is really committed: for races and for roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app import create_app
from app.core.db import db
from app.core.web import App
from tests.conftest import configuration
from tests.databases import MIGRATED, own_database


@contextmanager
def committed_application(url: str, files: Path) -> Iterator[App]:
    """An application on a fresh, migrated database beside the one named by `url`; dropped at the end."""
    with own_database(url, MIGRATED) as own:
        application = create_app(configuration(own, files))
        with application.app_context():
            db.engine.connect().close()  # the first connection to a copy reads the catalogue for all that follow
            yield application
            db.session.remove()
            db.engine.dispose()
