"""A durable cluster (fsync on, as in production), a town of instruments on it, and a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.web import App
from deploy.local.layout import VAR
from deploy.local.services import temporary_postgres
from tests.benchmarks.report import Board
from tests.benchmarks.seeding import Town, build_town
from tests.databases import own_database
from tests.live.servers import Server, own_application, web_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nothing here runs in the rolled-back transaction of a test, and all of it takes a while."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def board() -> Iterator[Board]:
    """The figures of this run."""
    figures = Board(VAR / "bench.json")
    yield figures
    figures.write()


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a cluster that keeps what it has acknowledged."""
    with temporary_postgres(fast=False) as server:
        yield server.url


@pytest.fixture(scope="session")
def town_url(cluster: str) -> Iterator[str]:
    """The address of the town's database."""
    with own_database(cluster) as url:
        yield url


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs keep files and logs."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="session")
def town_app(town_url: str, files: Path) -> Iterator[App]:
    """The application on the town's database."""
    with own_application(town_url, files, connections=4) as application:
        yield application


@pytest.fixture(scope="session")
def town(town_app: App) -> Town:
    """1,000 instruments, 100,000 bookings, eight people who book."""
    return build_town(town_app)


@pytest.fixture(scope="session")
def server(town: Town, town_url: str, files: Path) -> Iterator[Server]:
    """Gunicorn serving the town."""
    with web_server(town_url, files) as running:
        yield running
