"""What is secret is in no log, and what went wrong inside is in no answer (scorecard E 60)."""

import re
import urllib.parse
from http.client import HTTPConnection
from pathlib import Path

import psycopg
import pytest

from tests.databases import MIGRATED, own_database, plain
from tests.equipment.factories import slot
from tests.live.callers import Caller
from tests.live.servers import Server, own_application, web_server
from tests.live.world import booking, laboratory, people

pytestmark = [pytest.mark.live, pytest.mark.slow]

CANARY = "canary-7f3e9b"
TRACES = re.compile(r"Traceback|File \"|site-packages|psycopg|sqlalchemy|SELECT |werkzeug", re.IGNORECASE)


def sign_in(server: Server, email: str, password: str) -> int:
    """Send the sign-in form as a browser does."""
    connection = HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request("GET", "/sign-in")
        page = connection.getresponse()
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
        assert found is not None
        cookie = page.headers["Set-Cookie"].partition(";")[0]
        form = urllib.parse.urlencode({"csrf_token": found[1], "email": email, "password": password})
        kind = "application/x-www-form-urlencoded"
        connection.request("POST", "/sign-in", form, {"Cookie": cookie, "Content-Type": kind})
        return connection.getresponse().status
    finally:
        connection.close()


def test_no_secret_reaches_the_log_and_no_trace_an_answer(postgres_url: str, tmp_path: Path) -> None:
    with (
        own_database(postgres_url, MIGRATED) as url,
        own_application(url, tmp_path / "files", connections=2) as application,
    ):
        (booker,), place = people(application, 1), laboratory(application)
        with web_server(url, tmp_path, extra={"CANARY_VARIABLE": CANARY}) as server:
            sign_in(server, f"{CANARY}@test.example", f"{CANARY}-password")
            provoke(server.caller(booker.token), booking(place.instrument_id, slot()))
            with psycopg.connect(plain(url), autocommit=True) as admin:
                for table in ("reservations", "users", "instruments"):
                    admin.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
                    failing(server, booker.token, booking(place.instrument_id, slot(days=6)))
                sign_in(server, f"{CANARY}@test.example", f"{CANARY}-password")
        log = server.log.read_text()
    assert "request.failed" in log, "the planted failures were not logged at all"
    assert CANARY not in log
    assert booker.token not in log


def provoke(caller: Caller, wish: dict[str, str]) -> None:
    """Requests with secrets in every place that a careless log would copy."""
    Caller(caller.host, caller.port, f"jishi_{CANARY}").get("/api/v1/me")
    caller.call("GET", f"/confirm/{CANARY}", headers={"Cookie": f"jishi={CANARY}", "X-Token": CANARY})
    caller.post("/api/v1/reservations", {**wish, "secret": CANARY})
    caller.post("/api/v1/reservations", {**wish, "purpose": CANARY}, Idempotency_Key=CANARY)


def failing(server: Server, token: str, wish: dict[str, str]) -> None:
    """Whatever fails inside is answered by a sentence and a number."""
    caller = server.caller(token)
    answers = [caller.get("/instruments"), caller.post("/api/v1/reservations", {**wish, "purpose": CANARY})]
    assert {answer.status for answer in answers} & {500}
    for answer in answers:
        assert not TRACES.search(answer.text.replace("<select ", ""))
        assert CANARY not in answer.text
        if answer.status == 500 and answer.body is not None:
            assert answer.body["code"] == "internal"
            assert answer.body["request_id"] in answer.body["detail"]
