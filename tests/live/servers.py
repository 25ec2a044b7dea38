"""A database, a web server and a task worker for tests that need the real thing."""

import itertools
import shlex
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from app import create_app
from app.core import tasks
from app.core.database import upgrade
from app.core.db import db
from app.core.web import App
from deploy.local import environment
from deploy.local.layout import PYTHON, ROOT
from deploy.local.processes import Child, spawn
from deploy.local.run import CALM, CELERY, WEB, WORKER
from tests.conftest import TEST_SECRET, configuration
from tests.databases import plain
from tests.live.callers import Caller

_serial = itertools.count(1)

START_SECONDS = 60.0


@contextmanager
def own_application(url: str, files: Path, *, connections: int = 40) -> Iterator[App]:
    """The application on a database of its own, with enough connections for a crowd, beside the one under test."""
    before = tasks._flask[:], tasks.celery.conf.broker_url
    application = create_app(configuration(url, files))
    if before[0]:
        tasks._flask[:] = before[0]
        tasks.celery.conf.update(broker_url=before[1])
    options = application.config["SQLALCHEMY_ENGINE_OPTIONS"]
    with application.app_context():
        db.engine.dispose()
        db._app_engines[application][None] = create_engine(
            url, pool_size=connections, connect_args=options["connect_args"]
        )
        upgrade()
    yield application
    with application.app_context():
        db.engine.dispose()


@dataclass
class Server:
    """A running gunicorn."""

    host: str
    port: int
    child: Child
    log: Path

    @property
    def pid(self) -> int:
        return self.child.process.pid

    def caller(self, token: str = "") -> Caller:
        """Somebody with a token (or nobody) who talks to this server."""
        return Caller(self.host, self.port, token)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def held_port() -> Iterator[int]:
    """A port that nobody else is given meanwhile; one server may listen on it, as they all set SO_REUSEADDR."""
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield int(keeper.getsockname()[1])


def program_environment(url: str, files: Path, broker: str) -> dict[str, str]:
    """What the programs of this application read."""
    return environment.for_programs(
        {
            "DATABASE_URL": url,
            "CELERY_BROKER_URL": broker,
            "SECRET_KEY": TEST_SECRET,
            "FILES_ROOT": str(files),
            "JISHI_ENVIRONMENT": "production",
            "PUBLIC_URL": "http://127.0.0.1",
        }
    )


@contextmanager
def web_server(
    url: str,
    folder: Path,
    *,
    broker: str = "memory://",
    port: int | None = None,
    extra: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Gunicorn as `make run` starts it, on a free port; waits until it answers, stops it at the end."""
    port, log = port or free_port(), folder / f"web{next(_serial)}.log"
    command = [str(PYTHON), "-m", *shlex.split(WEB), "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    child = spawn(
        "web", command, log=log, cwd=ROOT,
        environment={**program_environment(url, folder / "files", broker), **(extra or {})},
    )  # fmt: skip
    server = Server("127.0.0.1", port, child, log)
    try:
        _wait(server)
        yield server
    finally:
        stop(child)


@contextmanager
def task_worker(url: str, folder: Path, broker: str, *, extra: Mapping[str, str] | None = None) -> Iterator[Child]:
    """A Celery worker with its clock."""
    schedule = folder / f"beat{next(_serial)}"
    line = f"{CELERY} worker {WORKER} --beat --schedule {shlex.quote(str(schedule))}"
    child = spawn(
        "worker", [str(PYTHON), *CALM, "-m", *shlex.split(line)], log=folder / f"worker{next(_serial)}.log", cwd=ROOT,
        environment={**program_environment(url, folder / "files", broker), **(extra or {})},
    )  # fmt: skip
    try:
        yield child
    finally:
        stop(child)


def stop(child: Child) -> None:
    """End a program in an orderly way, by force if that takes too long."""
    child.ask_to_stop()
    if not child.wait(10):
        child.kill()
    child.close()


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not server.child.is_alive:
            break
        try:
            if server.caller().get("/healthz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the web server does not start:\n{server.log.read_text()[-3000:]}")


def wait_for_waiters(url: str, count: int, event: str = "%") -> None:
    """Until so many connections of a database wait for a lock, of one kind where `event` names it ("advisory")."""
    deadline = time.monotonic() + 20
    asked = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database() AND wait_event LIKE %s"
    )
    with psycopg.connect(plain(url), autocommit=True) as watcher:
        while time.monotonic() < deadline:
            row = watcher.execute(asked, (event,)).fetchone()
            if row is not None and row[0] >= count:
                return
            time.sleep(0.05)
    raise AssertionError("they never got as far as waiting")
