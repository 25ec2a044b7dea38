"""Every route for every kind of person; forged forms; headers; no route forgotten (scorecard E 46–48, 53)."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.accounts.identity import WITHOUT_TOKEN
from app.core.db import db, session
from app.core.web import App
from app.equipment.reservations.models import Reservation, ReservationState
from tests.access import (
    accounts,
    bookings,
    catalogue,
    declaring,
    keeping,
    licences,
    money,
    negotiated,
    operator,
    patents,
    programs,
    referred,
    royalties,
    secrets,
    timetables,
    uses,
    watched,
)
from tests.access.rows import ANONYMOUS, PEOPLE, Row
from tests.access.world import Visitor, World

TABLES = {
    module.__name__.rpartition(".")[2]: module.ROWS
    for module in (
        accounts,
        bookings,
        catalogue,
        declaring,
        keeping,
        licences,
        money,
        negotiated,
        operator,
        patents,
        programs,
        referred,
        royalties,
        secrets,
        timetables,
        uses,
        watched,
    )
}
WITHOUT_ROW = {"static", "healthz", "readyz"}
SAFE = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
}
POLICY = re.compile(
    r"default-src 'self'; script-src 'self'( 'nonce-[\w-]{20,}')?; style-src 'self'\1?; .*object-src 'none'; .*"
    r"base-uri 'none'; .*frame-ancestors 'none'"
)

FILE_POLICY = "default-src 'none'; sandbox"  # of a download: nothing in it may run
BUDGET = 10  # statements that a list page may send
MORE: dict[str, int] = {}  # exceptions, by endpoint


def rules(app: App) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if rule.endpoint not in WITHOUT_ROW:
                yield method, rule


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("table", TABLES)
def test_everybody_gets_the_answer_that_the_table_says(
    app: App, client: FlaskClient, common_world: World, table: str
) -> None:
    visitor = Visitor(app, common_world)
    wrong = []
    for row in TABLES[table]:
        path = visitor.address(row.endpoint, row.arguments)
        for who, status in row.wanted.items():
            answer = visitor.send(who, row.method, path, dict(row.form))
            if answer.status_code != status:
                wrong.append(f"{row.method} {row.endpoint} {who}: {answer.status_code} instead of {status}")
            wrong += [f"{row.method} {row.endpoint} {who}: {fault}" for fault in header_faults(answer)]
    assert not wrong, "\n" + "\n".join(wrong)


def header_faults(answer: TestResponse) -> list[str]:
    """Which of the promised headers an answer lacks."""
    faults = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("Content-Security-Policy", "")
    if not POLICY.match(policy) and not policy.startswith(FILE_POLICY):
        faults.append("Content-Security-Policy")
    return faults


def test_every_endpoint_has_a_row(app: App) -> None:
    written = {(row.method, row.endpoint) for table in TABLES.values() for row in table}
    missing = {(method, rule.endpoint) for method, rule in rules(app)} - written
    assert not missing, "write a row in tests/access/ for each of them"


def test_every_row_has_an_endpoint(app: App) -> None:
    present = {(method, rule.endpoint) for method, rule in rules(app)}
    stale = {(row.method, row.endpoint) for table in TABLES.values() for row in table} - present
    assert not stale, "these endpoints are gone"


def test_every_row_asks_everybody() -> None:
    short = [
        f"{row.method} {row.endpoint}" for table in TABLES.values() for row in table if set(row.wanted) != {*PEOPLE}
    ]
    assert not short


def test_no_row_is_written_twice() -> None:
    counts = Counter((row.method, row.endpoint, row.arguments) for row in all_rows())
    assert [key for key, count in counts.items() if count > 1] == []


def all_rows() -> Iterator[Row]:
    for table in TABLES.values():
        yield from table


def test_ticking_requests_of_others_approves_nothing(app: App, client: FlaskClient, common_world: World) -> None:
    visitor = Visitor(app, common_world)
    approved = set()
    for who in PEOPLE:
        with visitor.kept():
            visitor.post(who, visitor.address("requests.approve_many", ""), {"reservation": "request"})
            session.expire_all()
            if session.get_one(Reservation, visitor.world.things["request"]).state is not ReservationState.PENDING:
                approved.add(who)
    assert approved == {"owner", "manager"}


@pytest.mark.slow
def test_every_form_is_refused_without_its_token(app: App, client: FlaskClient, common_world: World) -> None:
    visitor, taken = Visitor(app, common_world), []
    app.config["WTF_CSRF_ENABLED"] = True
    for row in all_rows():
        if row.method in SAFE or row.endpoint.partition(".")[0].endswith("_api"):
            continue
        if row.endpoint in WITHOUT_TOKEN:
            continue
        path = visitor.address(row.endpoint, row.arguments)
        for who in (ANONYMOUS, "owner"):
            answer = visitor.send(who, row.method, path, dict(row.form))
            if answer.status_code != 400 or header_faults(answer):
                taken.append(f"{row.method} {row.endpoint} {who}: {answer.status_code}")
    assert not taken, "\n".join(taken)


def test_every_list_keeps_within_its_statements(app: App, client: FlaskClient, common_world: World) -> None:
    visitor, dear = Visitor(app, common_world), {}
    lists = [row for row in all_rows() if row.method == "GET" and not row.arguments and 200 in row.answers]
    for row in lists:
        who = next(name for name in reversed(PEOPLE) if row.wanted[name] == 200)
        with statements(app) as sent:
            visitor.send(who, "GET", visitor.address(row.endpoint, ""))
        if len(sent) > MORE.get(row.endpoint, BUDGET):
            dear[row.endpoint] = len(sent)
    assert len(lists) > 20
    assert not dear


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")) and "set_config" not in statement:
            sent.append(statement)

    connection = db.engines[None]
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def test_the_api_knows_no_cookies(app: App, client: FlaskClient, common_world: World) -> None:
    visitor = Visitor(app, common_world)
    assert visitor.browse("booker", visitor.address("me_api.me", "")).status_code == 401


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/static/nowhere.css", "/healthz", "/instruments/x"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "TRACE"])
def test_errors_carry_the_headers_too(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code < 500
    assert header_faults(answer) == []
    assert answer.headers["X-Request-Id"]
