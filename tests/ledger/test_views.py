"""The operator's books over HTTP: balances, one account with its running balance, the check."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.accounts.models import SYSTEM, Actor, Role
from app.core.clock import now
from app.core.db import session
from app.core.runs import Run, RunState, perform_run
from app.core.tenancy import EVERYBODY, set_tenant
from app.ledger.chart import CHART, buyer_receivable
from app.ledger.models import LedgerAccount
from app.ledger.operations import post
from app.ledger.tasks import verify_books
from app.ledger.words import ACCOUNT_NAMES
from app.settlement.books import MOVEMENTS
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in

BOOKS = "/settlement/ledger"
ENGLISH = {"Accept-Language": "en"}
BANK = "assets:bank:custody"


@pytest.fixture
def settler(client: FlaskClient) -> Actor:
    actor = make_operator(Role.SETTLEMENT)
    sign_in(client, actor)
    return actor


@pytest.fixture
def customer() -> str:
    """30 movements of ¥10.00 between a customer and the bank on the 1st and one of ¥5.00 back on the 3rd."""
    organisation = make_organisation(name="=晶澜光电")
    code = buyer_receivable(organisation.id)
    with time_machine.travel(datetime(2031, 3, 1, 2, tzinfo=UTC), tick=True) as clock:
        for number in range(30):
            post(SYSTEM, f"k{number}", "bank_line", now(), [(BANK, 10_00, f"m{number}"), (code, -10_00, "")])
        clock.move_to(datetime(2031, 3, 3, 2, tzinfo=UTC))
        post(SYSTEM, "back", "payment_undone", now(), [(BANK, -5_00, "back"), (code, 5_00, "")])
        session.commit()
    return code


def account(code: str = BANK) -> str:
    return f"{BOOKS}/{session.scalars(select(LedgerAccount.id).where(LedgerAccount.code == code)).one()}"


def read(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=ENGLISH)
    assert answer.status_code == status
    return answer.text


def test_accounts_have_balances_of_now_and_of_a_day(client: FlaskClient, settler: Actor, customer: str) -> None:
    assert "295.00" in read(client, BOOKS)
    assert "300.00" in read(client, f"{BOOKS}?on=2031-03-02")
    before = read(client, f"{BOOKS}?on=2031-02-28&format=csv").splitlines()
    assert f"{BANK},Custody account at the bank,,Assets,0.00,CNY" in before
    owned = read(client, f"{BOOKS}?q=晶澜&format=csv").splitlines()
    assert owned[1:] == [f"{customer},Owed by the customer,'=晶澜光电,Assets,-295.00,CNY"]
    assert customer not in read(client, f"{BOOKS}?kind=liability&format=csv")


def test_an_account_shows_the_balance_after_each_line(client: FlaskClient, settler: Actor, customer: str) -> None:
    page = read(client, account())
    assert page.index(">295.00<") < page.index(">300.00<") < page.index(">290.00<")
    second = read(client, f"{account()}?page=2")
    assert second.count('<time datetime="2031-03-01') == 6
    assert second.index(">60.00<") < second.index(">10.00</td>\n</tr>")
    file = read(client, f"{account()}?format=csv").splitlines()
    assert len(file) == 32
    assert file[1].endswith(",m0,10.00,,10.00")
    assert file[-1].endswith(",back,,5.00,295.00")


def test_a_stretch_of_days_opens_with_what_was_before(client: FlaskClient, settler: Actor, customer: str) -> None:
    page = read(client, f"{account()}?from=2031-03-02&to=2031-03-09")
    assert page.count("<time datetime=") == 1
    assert all(amount in page for amount in ("¥300.00", "¥5.00", "¥295.00"))
    first = read(client, f"{account()}?to=2031-03-02&page=9")
    assert "of 30</p>" in first
    assert "¥300.00" in first
    assert "Nothing was posted" in read(client, f"{account()}?from=2031-04-01")
    assert "of 31</p>" in read(client, f"{account()}?from=nonsense&to=0001-01-01&page=x")


def test_the_books_are_checked_when_asked_and_every_night(client: FlaskClient, settler: Actor, customer: str) -> None:
    for _twice in range(2):
        assert client.post(f"{BOOKS}/check").status_code == 302
    assert "being checked" in read(client, BOOKS)
    set_tenant(EVERYBODY)
    perform_run(session.scalars(select(Run.id)).one())
    sign_in(client, settler)
    assert client.get(f"{BOOKS}/check").headers["HX-Refresh"] == "true"
    assert "The books are sound" in read(client, BOOKS)
    set_tenant(EVERYBODY)
    verify_books()
    night = session.scalars(select(Run).where(Run.state == RunState.QUEUED)).one()
    session.execute(text("ALTER TABLE ledger_lines DISABLE TRIGGER ledger_lines_append_only"))
    session.execute(text("UPDATE ledger_lines SET memo = 'x' WHERE memo = 'm3'"))
    perform_run(night.id)
    sign_in(client, settler)
    page = read(client, BOOKS)
    assert "The books have 1 fault" in page
    assert "transaction 4 is not what was posted" in page


def test_only_the_operator_s_money_people_read_the_books(client: FlaskClient, customer: str) -> None:
    path = account()
    for actor, status, checking in (
        (make_actor(), 404, 404), (make_operator(Role.VERIFIER), 403, 403), (make_operator(Role.AUDITOR), 200, 302),
        (make_operator(Role.OWNER), 200, 403),
    ):  # fmt: skip
        sign_in(client, actor)
        assert [client.get(each).status_code for each in (BOOKS, path)] == [status] * 2
        assert client.post(f"{BOOKS}/check").status_code == checking


@pytest.mark.nodb
def test_every_account_of_the_chart_has_a_name() -> None:
    assert ACCOUNT_NAMES.keys() == CHART.keys()
    assert all(MOVEMENTS.values())
