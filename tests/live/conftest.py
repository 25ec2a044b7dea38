"""One database, one application and one web server for all tests of the running site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.web import App
from tests.databases import MIGRATED, own_database
from tests.live.servers import Server, own_application, web_server


@pytest.fixture(scope="session")
def live_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the running programs keep files and logs."""
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="session")
def live_url(postgres_url: str) -> Iterator[str]:
    """The address of a database in which everything is really committed."""
    with own_database(postgres_url, MIGRATED) as url:
        yield url


@pytest.fixture(scope="session")
def live_app(live_url: str, live_folder: Path) -> Iterator[App]:
    """The application on that database, for looking and preparing."""
    with own_application(live_url, live_folder / "files") as application:
        yield application


@pytest.fixture(scope="session")
def server(live_app: App, live_url: str, live_folder: Path) -> Iterator[Server]:
    """Gunicorn, two processes of eight threads, serving it."""
    with web_server(live_url, live_folder) as running:
        yield running
