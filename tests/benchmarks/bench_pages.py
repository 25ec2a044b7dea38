"""(b) A month's availability against the bare query plus json.dumps; (c) a list page against an empty Flask route."""

import json
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event, text

from app.core.clock import now
from app.core.db import db, session
from app.core.web import App
from deploy.local.layout import PYTHON, ROOT
from deploy.local.processes import spawn
from deploy.local.run import WEB
from tests.benchmarks.clients import get_pages, together
from tests.benchmarks.report import Board
from tests.benchmarks.seeding import Town
from tests.databases import plain
from tests.equipment.factories import make_bookable_instrument
from tests.live.servers import Server, free_port, program_environment, stop
from tests.live.world import committed

BOOKED = 10_000
PAGES = 60


@pytest.fixture(scope="session")
def busy_instrument(town: Town, town_app: App) -> UUID:
    """An instrument with 10,000 bookings in the coming thirty days, most of them minutes long."""
    with committed(town_app):
        identity = make_bookable_instrument(town.owner.organisation, rules={"horizon_days": 730}).id
        session.execute(
            text(
                "INSERT INTO occupations (id, instrument_id, period, kind, active, reason, holder) SELECT "
                "gen_random_uuid(), :id, tstzrange(b, b + interval '3 minutes'), 'reservation', true, '', '' "
                "FROM generate_series(0, :last) n CROSS JOIN LATERAL "
                "(SELECT date_trunc('day', now()) + interval '1 day' + n * interval '4 minutes' AS b) t"
            ),
            {"id": identity, "last": BOOKED - 1},
        )
    with town_app.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(text("ANALYZE occupations"))
    return identity


def test_availability(board: Board, busy_instrument: UUID, town_app: App, town_url: str) -> None:
    begin = now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    end = begin + timedelta(days=30)
    client = town_app.test_client()
    window = {"from": begin.isoformat(), "to": end.isoformat()}

    def asked() -> None:
        answer = client.get(f"/api/v1/instruments/{busy_instrument}/availability", query_string=window)
        assert answer.status_code == 200
        assert answer.get_data()

    with psycopg.connect(plain(town_url), autocommit=True) as connection:
        connection.execute("SET timezone TO 'UTC'")
        floor = best(lambda: bare_month(connection, busy_instrument, begin, end))
        measured = best(asked)
    board.at_most("availability_month_10000_bookings_ms", measured * 1000, floor * 1000, 3)


def bare_month(connection: psycopg.Connection, instrument_id: UUID, begin: datetime, end: datetime) -> str:
    """The bookings of a window as JSON, by the shortest way there is in Python."""
    rows = connection.execute(
        "SELECT lower(period), upper(period) FROM occupations WHERE instrument_id = %s AND active "
        "AND period && tstzrange(%s, %s) ORDER BY lower(period)",
        (instrument_id, begin, end),
    ).fetchall()
    return json.dumps({"busy": [{"starts_at": a.isoformat(), "ends_at": b.isoformat()} for a, b in rows]})


def best(work: Callable[[], object], times: int = 9) -> float:
    """The median of some runs in seconds, after two that warm everything up."""
    taken = []
    for _run in range(times + 2):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return sorted(taken[2:])[times // 2]


@pytest.mark.parametrize("clients", [1, 8])
@pytest.mark.parametrize("anew", [False, True], ids=["as visitors get it", "built anew each time"])
def test_list_page(board: Board, town: Town, server: Server, empty: int, clients: int, anew: bool) -> None:
    """Visitors get a listing that may be five seconds old; the same is measured with an address never asked before."""
    numbers = count()

    def pages_per_second(target: tuple[str, int, str], path: str) -> float:
        shares = [
            [f"{path}?n={next(numbers)}" if anew else path for _page in range(PAGES)] for _client in range(clients)
        ]
        return PAGES * clients / together(get_pages, target, shares)

    ours, floor = (server.host, server.port, ""), ("127.0.0.1", empty, "")
    pages_per_second(ours, "/instruments")  # both processes have made the page before anything counts
    rounds = [(pages_per_second(ours, "/instruments"), pages_per_second(floor, "/")) for _round in range(3)]
    measured, reached = (sorted(column)[1] for column in zip(*rounds, strict=True))
    name = f"list_pages{'_built_anew' * anew}_per_s_{clients}_client{'s' * (clients > 1)}"
    board.rate(name, measured, reached, 8)


@pytest.fixture(scope="session")
def empty(town_url: str, files: Path) -> Iterator[int]:
    """The port of the floor."""
    with empty_server(town_url, files) as port:
        yield port


@contextmanager
def empty_server(url: str, files: Path) -> Iterator[int]:
    """The port of a gunicorn like ours that serves an empty route."""
    port = free_port()
    command = [str(PYTHON), "-m", *shlex.split(WEB), "--bind", f"127.0.0.1:{port}", "tests.benchmarks.empty:app"]
    environment = program_environment(url, files, "memory://")
    child = spawn("empty", command, log=files / "empty.log", cwd=ROOT, environment=environment)
    try:
        for _attempt in range(200):
            try:
                together(get_pages, ("127.0.0.1", port, ""), [["/"]])
                break
            except RuntimeError:
                time.sleep(0.1)
        yield port
    finally:
        stop(child)


def test_queries_of_the_list_page(board: Board, town: Town, town_app: App) -> None:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    client = town_app.test_client()
    client.get("/instruments?n=first")
    with town_app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        client.get("/instruments?n=second")
        event.remove(db.engine, "before_cursor_execute", note)
    board.at_most("list_page_queries", len(sent), 1, 6)
