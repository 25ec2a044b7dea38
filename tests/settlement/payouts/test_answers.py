"""The bank's answer file: what matches, what is known, what is wrong, and that a second reading changes nothing."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor, Role
from app.core.db import session
from app.core.errors import Forbidden, Invalid, Missing
from app.core.money import Money
from app.ledger import chart
from app.ledger.models import LedgerTransaction
from app.ledger.queries import account_balance, last_number, verify
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.payouts.answers import Outcome, read_answers, take_answers
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.payouts.operations import approve_batch, draft_payouts
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_operator, make_organisation, sign_in
from tests.settlement.factories import OCTOBER, make_final_charge, make_institution

HEADER = "打款单号,交易状态,交易日期,流水号,金额,退回原因\r\n"


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def desk() -> Actor:
    return make_operator(Role.SETTLEMENT)


@pytest.fixture
def payouts(desk: Actor) -> list[Payout]:
    """Three approved payouts of ¥100 to three institutions."""
    payer = make_organisation(name="晶澜光电")
    for name in ("甲大学", "乙大学", "丙大学"):
        make_final_charge(make_institution(name), payer, 100_00)
    close_month(SYSTEM, OCTOBER)
    bill = session.scalars(select(Bill)).one()
    line, _new = record_transfer(desk, Transfer("T1", date(2026, 11, 20), "x", "", Money(300_00), bill.memo_code))
    match_transfer(desk, line)
    approve_batch(make_operator(Role.SETTLEMENT), draft_payouts(desk).batch)
    return list(session.scalars(select(Payout).order_by(Payout.number)))


def answer_file(payouts: list[Payout]) -> bytes:
    first, second, third = (payout.number for payout in payouts)
    rows = (
        f"{first},交易成功,2026-11-24,OUT-1,100.00,\r\n"
        f"{second},退汇,2026/11/24,OUT-2,,账号不符\r\n"
        f"{third},处理中,20261124,OUT-3,,\r\n"
        "P-1999-000001,交易成功,2026-11-24,OUT-4,,\r\n"
        f"{third},交易成功,2026-11-24,OUT-5,99.00,\r\n"
        f"{third},交易成功,2026-11-25,OUT-5,,\r\n"
        f"{third},交易成功,2026-11-01,OUT-5,,\r\n"
        f"{first},退汇,2026-11-24,OUT-1,,\r\n"
    )
    return (HEADER + rows).encode("gb18030")


def test_a_look_saves_nothing(desk: Actor, payouts: list[Payout]) -> None:
    answers = read_answers(desk, answer_file(payouts), "answers.csv")
    assert [answer.outcome for answer in answers] == [Outcome.PAID, Outcome.RETURNED, *[Outcome.WRONG] * 6]
    assert {payout.state for payout in payouts} == {PayoutState.APPROVED}
    faults = [(answer.line, str(answer.fault)) for answer in answers[2:]]
    assert faults == [
        (4, "“处理中” is neither paid nor returned."),
        (5, "There is no payout with this number."),
        (6, "The amount is not that of the payout."),
        (7, "This day is still to come."),
        (8, "The payout was approved after this day."),
        (9, "Line 2 of the file says otherwise about this payout."),
    ]


def test_good_rows_are_noted_on_the_banks_day_and_once(desk: Actor, payouts: list[Payout]) -> None:
    take_answers(desk, answer_file(payouts), "answers.csv")
    first, second, third = payouts
    assert [payout.state for payout in payouts] == [PayoutState.PAID, PayoutState.RETURNED, PayoutState.APPROVED]
    assert (first.bank_reference, second.return_reason) == ("OUT-1", "账号不符")
    assert first.answered_at == datetime(2026, 11, 24, 4, tzinfo=UTC)
    posted = session.get_one(LedgerTransaction, first.answer_transaction_id)
    assert posted.effective_at == first.answered_at
    assert account_balance(chart.seller_payable(second.provider_id)) == 100_00
    before = last_number()
    again = take_answers(desk, answer_file(payouts), "answers.csv")
    assert [answer.outcome for answer in again[:2]] == [Outcome.KNOWN, Outcome.KNOWN]
    assert last_number() == before
    assert verify().ok
    assert third.state is PayoutState.APPROVED


def test_another_reference_for_a_paid_one_is_wrong(desk: Actor, payouts: list[Payout]) -> None:
    row = f"{payouts[0].number},paid,2026-11-24,%s\r\n"
    header = "number,state,date,bank reference\r\n"
    take_answers(desk, (header + row % "OUT-1").encode(), "a.csv")
    (answer,) = take_answers(desk, (header + row % "OUT-9").encode(), "a.csv")
    assert (answer.outcome, str(answer.fault)) == (Outcome.WRONG, "It was noted as paid under OUT-1 before.")
    (turned,) = take_answers(desk, (header + (row % "OUT-1").replace("paid", "returned")).encode(), "a.csv")
    assert "noted otherwise before" in str(turned.fault)


def test_a_row_said_twice_counts_once(desk: Actor, payouts: list[Payout]) -> None:
    row = f"{payouts[0].number.lower()},paid,2026-11-24,OUT-1\r\n"
    answers = take_answers(desk, ("number,state,date,bank reference\r\n" + row * 2).encode(), "a.csv")
    assert [answer.outcome for answer in answers] == [Outcome.PAID, Outcome.KNOWN]


def test_what_is_no_answer_file_is_refused(desk: Actor) -> None:
    for data in (b"a,b\r\n1,2\r\n", b"%PDF-1.4", b""):
        with pytest.raises(Invalid):
            read_answers(desk, data, "answers.csv")
    with pytest.raises((Forbidden, Missing)):
        read_answers(make_operator(Role.AUDITOR), b"number,state,date,bank reference\r\n", "a.csv")


def test_the_page_shows_what_the_file_does_before_it_is_taken(
    desk: Actor, payouts: list[Payout], client: FlaskClient
) -> None:
    session.commit()
    sign_in(client, desk)
    english = {"Accept-Language": "en"}
    upload = {"file": (io.BytesIO(answer_file(payouts)), "answers.csv")}
    page = client.post("/settlement/payouts/answers/preview", data=upload, headers=english)
    assert page.status_code == 200
    for part in ("Nothing is saved yet", "Note 2 answers", "There is no payout with this number", "甲大学"):
        assert part in page.text, part
    hidden = dict(re.findall(r'<input[^>]* name="(content|name)"[^>]* value="([^"]*)"', page.text))
    for note in ("answers are noted", "Known already"):
        done = client.post("/settlement/payouts/answers", data=hidden, headers=english)
        assert note in done.text
    assert session.scalars(select(Payout.state).order_by(Payout.number)).first() is PayoutState.PAID
    assert client.post("/settlement/payouts/answers", data={"content": "?"}, headers=english).status_code == 302
    assert client.post("/settlement/payouts/answers/preview", headers=english).status_code == 302
