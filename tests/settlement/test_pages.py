"""The pages of statements, bills, months, transfers, payouts and credit notes, over HTTP."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select

from app.accounts.models import SYSTEM, Actor, Membership, Role
from app.core.db import session
from app.core.events import relay
from app.core.i18n import force_locale
from app.core.runs import Run, perform_run
from app.core.tenancy import EVERYBODY, set_tenant
from app.notifications.kinds import sentence_of
from app.notifications.models import Mail, Notification
from app.settlement.credits.models import CreditNote
from app.settlement.payments.models import BankLine, Payment
from app.settlement.payouts.models import Payout, PayoutBatch
from app.settlement.statements.models import Bill, MonthClose, Statement
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.settlement.factories import (
    NOVEMBER,
    OCTOBER,
    make_charge,
    make_final_charge,
    make_institution,
    set_commission,
)  # fmt: skip

ENGLISH = {"Accept-Language": "en"}
QUERIES = 14
INSTRUMENTS = (
    (2_380_00, "四极杆-轨道阱液质联用仪"),
    (950_00, "电感耦合等离子体质谱仪"),
    (380_00, "=cmd|' /C calc'!A0"),
)


@pytest.fixture(autouse=True)
def in_november() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=True) as traveller:
        yield traveller


@pytest.fixture
def english() -> None:
    """Every request names its language here."""


class World:
    """One institution, one customer, a closed October and an open November."""

    def __init__(self) -> None:
        set_commission(500)
        self.provider = make_institution("北松大学")
        self.payer = make_organisation(name="晶澜光电科技有限公司")
        self.finance = make_actor(self.provider, Role.FINANCE)
        self.customer = make_actor(self.payer, Role.OWNER)
        self.desk = make_operator(Role.SETTLEMENT)
        self.other_desk = make_actor(self.desk.organisation, Role.SETTLEMENT)
        self.auditor = make_actor(self.desk.organisation, Role.AUDITOR)
        for amount, name in (
            (2_380_00, "四极杆-轨道阱液质联用仪"),
            (950_00, "电感耦合等离子体质谱仪"),
            (380_00, "=cmd|' /C calc'!A0"),
        ):
            make_final_charge(self.provider, self.payer, amount, description=name, description_en="")
        close_month(SYSTEM, OCTOBER)
        self.open_charge = make_charge(self.provider, self.payer, 120_00, used_on=date(2026, 11, 20))
        self.statement = session.scalars(select(Statement)).one()
        self.bill = session.scalars(select(Bill)).one()
        self.statement_page = f"/statements/{self.statement.id}"
        self.bill_page = f"/bills/{self.bill.id}"
        self.statement_number, self.bill_number = self.statement.number, self.bill.number
        self.memo_code, self.payer_code = self.bill.memo_code, self.payer.code
        session.commit()


@pytest.fixture
def world() -> World:
    return World()


def get(client: FlaskClient, actor: Actor, url: str, status: int = 200, headers: dict[str, str] | None = None) -> str:
    sign_in(client, actor)
    response = client.get(url, headers=headers or ENGLISH)
    assert response.status_code == status, response.text[:2000]
    return response.text


def post(client: FlaskClient, actor: Actor, url: str, status: int = 302, **data: Any) -> str:
    sign_in(client, actor)
    response = client.post(url, data=data, headers=ENGLISH)
    assert response.status_code == status, response.text[:2000]
    return response.text


def packed(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_can_be_read_in_both_languages(world: World, client: FlaskClient, language: str) -> None:
    headers = {"Accept-Language": language}
    pages = {
        world.finance: ["/statements", world.statement_page, "/charges", "/charges?month=2026-10",
                        "/credit-notes"],
        world.customer: ["/bills", "/bills?state=unpaid", world.bill_page],
        world.desk: ["/statements", "/settlement/months", "/settlement/months/2026-11", "/settlement/months/2026-10",
                     "/settlement/receivables", "/settlement/bank", "/settlement/bank/new", "/settlement/payouts",
                     "/credit-notes", world.bill_page, world.statement_page],
    }  # fmt: skip
    for actor, urls in pages.items():
        for url in urls:
            text = get(client, actor, url, headers=headers)
            assert "<h1" in text, url


def test_the_statement_shows_sums_lines_and_ledger_numbers(world: World, client: FlaskClient) -> None:
    text = get(client, world.finance, world.statement_page)
    for part in ("¥3,710.00", "¥185.50", "¥3,524.50", "2,380.00", "T-000001", "四极杆-轨道阱液质联用仪", "晶澜光电"):
        assert part in text, part


def test_pdf_and_workbook_of_a_statement_hold_the_chinese_names(world: World, client: FlaskClient) -> None:
    sign_in(client, world.finance)
    pdf = client.get(f"{world.statement_page}/pdf", headers={"Accept-Language": "zh"})
    assert pdf.mimetype == "application/pdf"
    text = packed(pdf.data)
    for part in ("北松大学", "晶澜光电科技有限公司", "四极杆-轨道阱液质联用仪", "3,524.50", world.statement_number,
                 "T-000001", "叁仟伍佰贰拾肆元伍角整"):  # fmt: skip
        assert part in text, part
    book = client.get(f"{world.statement_page}/xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    flat = [cell for row in rows for cell in row]
    assert "晶澜光电科技有限公司" in flat
    assert 3710.0 in flat


def test_pdf_and_workbook_of_a_bill_hold_what_is_needed_to_pay(world: World, client: FlaskClient) -> None:
    sign_in(client, world.customer)
    text = packed(client.get(f"{world.bill_page}/pdf", headers={"Accept-Language": "zh"}).data)
    for part in ("晶澜光电科技有限公司", "北松大学", world.memo_code, "3,710.00", "071012010000", "2026-12-24"):
        assert part in text, part
    book = client.get(f"{world.bill_page}/xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert "北松大学" in [cell for row in rows for cell in row]


def test_strangers_find_nothing(world: World, client: FlaskClient) -> None:
    stranger, other = make_actor(), make_actor(make_institution("另一大学"))
    for url in (world.statement_page, world.bill_page, f"{world.bill_page}/pdf",
                f"{world.statement_page}/xlsx", "/settlement/months", "/settlement/bank",
                "/settlement/payouts", "/settlement/receivables"):  # fmt: skip
        for actor in (stranger, other):
            get(client, actor, url, 404)
    get(client, world.customer, world.statement_page, 404)
    get(client, world.finance, world.bill_page, 404)
    assert world.statement_number not in get(client, other, "/statements")
    assert world.bill_number not in get(client, stranger, "/bills")


def test_visitors_are_asked_to_sign_in(client: FlaskClient) -> None:
    for url in ("/statements", "/bills", "/charges", "/settlement/months", "/credit-notes"):
        assert client.get(url).status_code == 302


def test_the_auditor_reads_and_does_nothing(world: World, client: FlaskClient) -> None:
    for url in ("/settlement/months/2026-11", "/settlement/bank", "/settlement/payouts", "/settlement/receivables"):
        assert 'action="/settlement' not in get(client, world.auditor, url)
    post(client, world.auditor, "/settlement/months/2026-11/close", 403)
    post(client, world.auditor, "/settlement/payouts/draft", 403)


def test_the_institution_issues_its_statement_early(world: World, client: FlaskClient) -> None:
    assert "¥120.00" in get(client, world.finance, "/charges?month=2026-11")
    post(client, world.finance, "/charges/2026-11/issue")
    assert len(session.scalars(select(Statement).where(Statement.month == NOVEMBER)).all()) == 1


def test_a_booker_reads_no_whole_bill(world: World, client: FlaskClient) -> None:
    sign_in(client, make_actor(world.payer, Role.BOOKER))
    assert {client.get(f"{world.bill_page}{part}").status_code for part in ("", "/pdf", "/xlsx")} == {403}


def test_the_customer_announces_the_transfer(world: World, client: FlaskClient) -> None:
    post(client, world.customer, f"{world.bill_page}/sent")
    assert "under way" in get(client, world.customer, world.bill_page)
    assert "says it is sent" in get(client, world.desk, "/settlement/receivables")


def test_the_operator_closes_a_month(world: World, client: FlaskClient) -> None:
    for _twice in range(2):
        post(client, world.desk, "/settlement/months/2026-11/close")
    assert session.get(MonthClose, NOVEMBER) is None
    text = get(client, world.desk, "/settlement/months/2026-11")
    assert "November 2026 is being closed" in text
    assert 'data-dialog="close"' not in text
    assert "/settlement/months/2026-11/progress" in get(client, world.desk, "/settlement/months/2026-11/progress")
    set_tenant(EVERYBODY)
    run = session.scalars(select(Run)).one()
    perform_run(run.id)
    closed = session.get_one(MonthClose, NOVEMBER)
    assert (closed.closed_by_id, closed.lines) == (world.desk.user_id, 1)
    sign_in(client, world.desk)
    assert client.get("/settlement/months/2026-11/progress").headers["HX-Refresh"] == "true"
    assert "Month closed" in get(client, world.desk, "/settlement/months/2026-11")
    post(client, world.desk, "/settlement/months/2026-11/close")
    assert "closed already" in get(client, world.desk, "/settlement/months/2026-11")
    assert session.scalars(select(Run.id)).all() == [run.id]
    post(client, world.desk, "/settlement/months/2026-12/close")
    assert "not begun" in get(client, world.desk, "/settlement/months")
    get(client, world.desk, "/settlement/months/2026-13", 422)


def test_a_close_that_is_refused_says_why_and_may_be_asked_for_again(world: World, client: FlaskClient) -> None:
    post(client, world.desk, "/settlement/months/2026-11/close")
    session.execute(delete(Membership).where(Membership.user_id == world.desk.user_id))
    set_tenant(EVERYBODY)
    perform_run(session.scalars(select(Run.id)).one())
    assert session.get(MonthClose, NOVEMBER) is None
    text = get(client, world.other_desk, "/settlement/months/2026-11")
    assert "It did not go through" in text
    assert "Your role does not allow this." in text
    post(client, world.other_desk, "/settlement/months/2026-11/close")
    set_tenant(EVERYBODY)
    perform_run(session.scalars(select(Run.id).order_by(Run.id.desc())).first() or world.bill.id)
    assert session.get_one(MonthClose, NOVEMBER).closed_by_id == world.other_desk.user_id


def bank_file(world: World, amount: str = "3,710.00") -> io.BytesIO:
    head = "交易日期,对方户名,对方账号,贷方金额,摘要,交易流水号"
    paid = f'2026-11-23,晶澜光电科技有限公司,6222000011112222,"{amount}",货款{world.memo_code.lower()},BK001'
    others = ("2026-11-23,无名公司,,55.00,谢谢,BK002", "2026-11-23,银行,,,手续费,BK003", "昨天,某公司,,1.00,,BK004")
    return io.BytesIO("\r\n".join((head, paid, *others, "")).encode("gb18030"))


def test_a_bank_file_is_read_in_matched_and_paid_out(world: World, client: FlaskClient) -> None:
    text = post(client, world.desk, "/settlement/bank/import", 200, file=(bank_file(world), "bank.csv"))
    assert "昨天" in text
    session.refresh(world.bill)
    assert not world.bill.is_unpaid
    again = post(client, world.desk, "/settlement/bank/import", 200, file=(bank_file(world), "bank.csv"))
    assert "Known already" in again
    assert len(session.scalars(select(BankLine)).all()) == 2
    assert "Nothing more to do" in get(client, world.customer, world.bill_page)
    payment = session.scalars(select(Payment)).one()
    sign_in(client, world.customer)
    receipt = client.get(f"/receipts/{payment.id}/pdf", headers={"Accept-Language": "zh"})
    assert "晶澜光电科技有限公司" in packed(receipt.data)
    post(client, world.desk, "/settlement/payouts/draft")
    batch = session.scalars(select(PayoutBatch)).one()
    post(client, world.desk, f"/settlement/payouts/{batch.id}/approve", 403)
    post(client, world.other_desk, f"/settlement/payouts/{batch.id}/approve")
    file = post(client, world.other_desk, f"/settlement/payouts/{batch.id}/file", 200)
    assert "3524.50" in file
    assert "6222000011113317" in file
    payout = session.scalars(select(Payout)).one()
    assert "Give the bank’s reference" in post(client, world.desk, f"/settlement/payouts/paid/{payout.id}", 422)
    post(client, world.desk, f"/settlement/payouts/paid/{payout.id}", reference="OUT-1")
    assert "OUT-1" in get(client, world.desk, f"/settlement/payouts/{batch.id}")
    assert "¥3,524.50" in get(client, world.finance, world.statement_page)


def test_a_file_that_is_no_bank_file_is_refused(world: World, client: FlaskClient) -> None:
    post(client, world.desk, "/settlement/bank/import", 302, file=(io.BytesIO(b"%PDF-1.4"), "bank.csv"))
    post(client, world.desk, "/settlement/bank/import", 302, file=(io.BytesIO(b"a,b\r\n1,2\r\n"), "bank.csv"))
    post(client, world.desk, "/settlement/bank/import", 302)
    assert session.scalars(select(BankLine)).all() == []


def test_a_transfer_without_memo_is_assigned_by_hand(world: World, client: FlaskClient) -> None:
    typed: dict[str, Any] = {
        "booked_on": "2026-11-20", "payer_name": "晶澜光电科技有限公司", "amount": "1000", "memo": "", "reference": "X1"
    }  # fmt: skip
    assert "Give the bank’s reference" in post(
        client, world.desk, "/settlement/bank/new", 422, **{**typed, "reference": ""}
    )
    post(client, world.desk, "/settlement/bank/new", **typed)
    line = session.scalars(select(BankLine)).one()
    assert world.bill_number in get(client, world.desk, f"/settlement/bank/{line.id}")
    wrong = post(client, world.desk, f"/settlement/bank/{line.id}/assign", 422, bill="B-1999-000001")
    assert "no bill or fee note with this number" in wrong
    post(client, world.desk, f"/settlement/bank/{line.id}/assign", bill=world.bill_number)
    text = get(client, world.customer, world.bill_page)
    assert "¥1,000.00 received, ¥2,710.00 to go" in text


def test_a_transfer_is_kept_as_credit(world: World, client: FlaskClient) -> None:
    typed: dict[str, Any] = {
        "booked_on": "2026-11-20",
        "payer_name": "x",
        "amount": "40",
        "memo": "",
        "reference": "X1",
    }
    post(client, world.desk, "/settlement/bank/new", **typed)
    line = session.scalars(select(BankLine)).one()
    post(client, world.desk, f"/settlement/bank/{line.id}/credit", 422, code="9122")
    post(client, world.desk, f"/settlement/bank/{line.id}/credit", code=world.payer_code)
    assert "¥40.00" in get(client, world.customer, "/bills")


def test_a_line_is_taken_back_by_two_persons(world: World, client: FlaskClient) -> None:
    text = get(client, world.finance, world.statement_page)
    found = re.search(r"/credit-notes/new/[0-9a-f-]+", text)
    assert found
    assert "At most ¥" in get(client, world.finance, found[0])
    assert "can be taken back" in post(client, world.finance, found[0], 200, amount="99999", reason="x")
    post(client, world.finance, found[0], amount="80", reason="探测器故障")
    note = session.scalars(select(CreditNote)).one()
    post(client, world.finance, f"/credit-notes/{note.id}/approve", 403)
    colleague = make_actor(world.provider, Role.OWNER)
    assert "Approve" in get(client, colleague, "/credit-notes")
    post(client, colleague, f"/credit-notes/{note.id}/approve")
    set_tenant("")
    set_tenant(EVERYBODY)
    close_month(SYSTEM, NOVEMBER)
    bill = session.scalars(select(Bill).where(Bill.month == NOVEMBER)).one()
    assert bill.total_minor == 40_00


def test_lists_come_as_csv_without_formulas(world: World, client: FlaskClient) -> None:
    world.payer.name, planted = "=1+1", 0
    session.commit()
    for actor, url in (
        (world.finance, "/statements?format=csv"), (world.finance, "/charges?format=csv"),
        (world.customer, "/bills?format=csv"), (world.desk, "/settlement/receivables?format=csv&state=all"),
        (world.desk, "/settlement/months/2026-11?format=csv"), (world.desk, "/settlement/bank?format=csv"),
        (world.finance, "/credit-notes?format=csv"),
    ):  # fmt: skip
        text = get(client, actor, url)
        assert text.startswith("\ufeff"), url
        assert not re.search(r"(^|,)[=@]", text, re.M), url
        planted += "'=1+1" in text
    assert planted >= 2, "the charges and the open month name the customer as it is called today"


def test_lists_cost_the_same_however_long(
    world: World, client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    for number in range(30):
        make_final_charge(
            world.provider, make_organisation(), 10_00, used_on=date(2026, 11, 2), description=f"仪器{number}"
        )
    close_month(SYSTEM, NOVEMBER)
    statement = session.scalars(select(Statement).where(Statement.month == NOVEMBER)).one()
    pages = {
        world.finance: ("/statements", f"/statements/{statement.id}", "/charges", "/credit-notes"),
        world.customer: ("/bills", world.bill_page),
        world.desk: ("/settlement/receivables?state=all", "/settlement/bank", "/settlement/payouts"),
    }
    for actor, url in ((actor, url) for actor, urls in pages.items() for url in urls):
        sign_in(client, actor)
        session.expunge_all()
        with max_queries(QUERIES):
            assert client.get(url, headers=ENGLISH).status_code == 200


def test_people_are_told_and_mailed_once(world: World, in_november: time_machine.Traveller) -> None:
    in_november.move_to(datetime(2040, 1, 1, tzinfo=UTC))  # the database dates announcements by its own clock
    for _again in range(2):
        relay()
    kinds = session.scalars(select(Notification.kind).order_by(Notification.kind)).all()
    assert kinds == ["bill_issued", "statement_issued"]
    subjects = session.scalars(select(Mail.subject)).all()
    assert len(subjects) == 2
    assert any("¥3,710.00" in subject for subject in subjects)
    assert all("2026年10月" in subject for subject in subjects)
    for notice in session.scalars(select(Notification)):
        for locale, month in (("en", "October 2026"), ("zh_CN", "2026年10月")):
            with force_locale(locale):
                assert month in sentence_of(notice)


def test_a_wrong_match_is_undone_with_a_reason(world: World, client: FlaskClient) -> None:
    post(client, world.desk, "/settlement/bank/import", 200, file=(bank_file(world), "bank.csv"))
    payment = session.scalars(select(Payment)).one()
    undo = f"/settlement/payments/{payment.id}/undo"
    assert undo in get(client, world.desk, f"/settlement/bank/{payment.bank_line_id}")
    assert undo not in get(client, world.auditor, f"/settlement/bank/{payment.bank_line_id}")
    assert undo not in get(client, world.customer, world.bill_page)
    assert "Say why" in post(client, world.desk, undo, 422, reason="")
    post(client, world.desk, undo, reason="认错了单位")
    text = get(client, world.customer, world.bill_page)
    assert "认错了单位" in text
    assert "I have sent ¥3,710.00" in text
    assert "the payment was undone" in get(client, world.customer, f"/receipts/{payment.id}/pdf", 409)
    assert "undone already" in get(client, world.desk, undo)
    assert "¥3,710.00 lies in suspense" in get(client, world.desk, f"/settlement/bank/{payment.bank_line_id}")
