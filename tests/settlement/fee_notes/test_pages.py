"""The pages, papers and notices of fee notes, over HTTP."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor, Role
from app.core.db import session
from app.core.events import relay
from app.core.i18n import force_locale
from app.core.money import Money
from app.core.tenancy import EVERYBODY, set_tenant
from app.ledger.subjects import Subject, register_subjects
from app.notifications.kinds import sentence_of
from app.notifications.models import Mail, Notification
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import record_refund, refund_fee_note, remind_of_fee_notes
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import Payment
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.settlement.factories import NOVEMBER, make_final_charge, make_institution
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer

ENGLISH, CHINESE = {"Accept-Language": "en"}, {"Accept-Language": "zh-CN"}


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=True) as moved:
        yield moved


@pytest.fixture
def english() -> None:
    """Every request names its language here."""


class World:
    """One institution, one customer, one open note of ¥1,000 that is due on 30 November."""

    def __init__(self) -> None:
        self.provider, self.payer = make_institution(), make_organisation(name="晶澜光电科技有限公司")
        self.desk = make_operator(Role.SETTLEMENT)
        self.customer, self.booker = make_actor(self.payer, Role.OWNER), make_actor(self.payer, Role.BOOKER)
        self.finance = make_actor(self.provider, Role.FINANCE)
        self.note = make_fee_note(self.provider, self.payer, 1_000_00, due_on=date(2026, 11, 30))
        self.page, self.number, self.memo_code = f"/fee-notes/{self.note.id}", self.note.number, self.note.memo_code
        session.commit()

    def pay(self, amount: int) -> Payment:
        set_tenant(EVERYBODY)
        note = session.get_one(FeeNote, self.note.id)
        payment = hold_transfer(self.desk, make_transfer(self.desk, amount), note)
        session.commit()
        return payment


@pytest.fixture
def world() -> World:
    return World()


def get(client: FlaskClient, actor: Actor, url: str, status: int = 200, headers: dict[str, str] = ENGLISH) -> str:
    sign_in(client, actor)
    response = client.get(url, headers=headers)
    assert response.status_code == status, response.text[:2000]
    return response.text


def post(client: FlaskClient, actor: Actor, url: str, status: int = 302, **data: Any) -> str:
    sign_in(client, actor)
    response = client.post(url, data=data, headers=ENGLISH)
    assert response.status_code == status, response.text[:2000]
    return response.text


def packed(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def told(actor: Actor) -> list[str]:
    """What a person was told, the oldest first, in English; and everything that waited is delivered."""
    with time_machine.travel(datetime(2040, 1, 1, tzinfo=UTC)):  # the database dates announcements by its own clock
        relay()
    set_tenant(EVERYBODY)
    found = session.scalars(select(Notification).where(Notification.user_id == actor.user_id).order_by(Notification.id))
    with force_locale("en"):
        return [str(sentence_of(one)) for one in found]


@pytest.mark.parametrize("headers", [ENGLISH, CHINESE])
def test_every_page_can_be_read_in_both_languages(world: World, client: FlaskClient, headers: dict[str, str]) -> None:
    for actor in (world.customer, world.booker, world.finance, world.desk):
        for url in ("/fee-notes", "/fee-notes?side=payer&state=unpaid&q=光学胶", world.page):
            assert "<h1" in get(client, actor, url, headers=headers)
    assert "<h1" in get(client, world.desk, "/settlement/refunds", headers=headers)


def test_the_payer_finds_all_that_is_needed_with_a_button_to_copy(world: World, client: FlaskClient) -> None:
    text = get(client, world.customer, world.page)
    for part in ("1000.00", "0710120100006688", "省科技大市场结算专户", world.memo_code):
        assert f'data-copy="{part}"' in text, part
    assert f"Memo: {world.memo_code} only." in text
    assert "I have sent ¥1,000.00" in text
    assert "I have sent" not in get(client, world.booker, world.page)
    assert "data-copy" not in get(client, world.finance, world.page)


def test_what_it_is_for_is_a_link_where_its_module_says_so(world: World, client: FlaskClient) -> None:
    label = world.note.subject_number
    assert f">{label}</a>" not in get(client, world.customer, world.page)
    register_subjects("test_licences", lambda ids: {one: Subject(label, "bills.list") for one in ids})
    assert f'href="/bills">{label}</a>' in get(client, world.customer, world.page)


def test_a_part_says_what_came_and_what_is_to_go(world: World, client: FlaskClient) -> None:
    world.pay(400_00)
    text = get(client, world.customer, world.page)
    assert "¥400.00 received, ¥600.00 to go." in text
    assert 'data-copy="600.00"' in text
    assert "¥400.00 received, ¥600.00 to go" in told(world.customer)[-1]


def test_the_payer_says_that_it_is_sent(world: World, client: FlaskClient) -> None:
    assert world.number in get(client, world.customer, "/desk")
    post(client, world.customer, f"{world.page}/sent")
    assert "You said on" in get(client, world.customer, world.page)
    assert world.number not in get(client, world.customer, "/desk")


def test_the_list_filters_by_side_state_and_words(world: World, client: FlaskClient) -> None:
    def shown(actor: Actor, query: str) -> bool:
        return world.number in get(client, actor, f"/fee-notes?{query}")

    for query, expected in (
        ("side=payer", True), ("side=provider", False), ("state=unpaid", True), ("state=overdue", False),
        ("state=held", False), (f"q={world.memo_code.lower()}", True), ("q=许可使用费", True), ("q=晶澜", True),
        ("q=nothing", False), ("state=nonsense&side=nonsense", True), ("q=%00", True),
    ):  # fmt: skip
        assert shown(world.customer, query) is expected, query
    assert shown(world.finance, "side=provider")
    assert not shown(make_actor(world.provider, Role.TECHNICIAN), "")


def test_the_paper_and_the_receipt_can_be_read_back_in_chinese(world: World, client: FlaskClient) -> None:
    sign_in(client, world.customer)
    text = packed(client.get(f"{world.page}/pdf", headers=CHINESE).data)
    for part in (world.number, "晶澜光电科技有限公司", "一种光学胶的制备方法：许可使用费", world.memo_code, "壹仟元整",
                 "1,000.00", "2026-11-30"):  # fmt: skip
        assert part in text, part
    payment = world.pay(1_000_00)
    sign_in(client, world.customer)
    receipt = packed(client.get(f"/receipts/{payment.id}/pdf", headers=CHINESE).data)
    for part in (payment.number, world.number, "晶澜光电科技有限公司", "1,000.00"):
        assert part in receipt, part


def test_the_operator_assigns_a_transfer_to_a_note(world: World, client: FlaskClient) -> None:
    line = make_transfer(world.desk, 1_000_00, "no code")
    session.commit()
    page = f"/settlement/bank/{line.id}"
    assert world.number in get(client, world.desk, page)
    assert "no bill or fee note with this number" in post(client, world.desk, f"{page}/assign", 422, bill="F-1")
    post(client, world.desk, f"{page}/assign", bill=world.memo_code.lower())
    set_tenant(EVERYBODY)
    assert session.get_one(FeeNote, world.note.id).state is FeeNoteState.PAID
    assert world.number in get(client, world.desk, page)
    assert world.number in get(client, world.desk, "/settlement/bank?state=done")
    payment = session.scalars(select(Payment)).one()
    assert world.number in get(client, world.desk, f"/settlement/payments/{payment.id}/undo")
    post(client, world.desk, f"/settlement/payments/{payment.id}/undo", reason="another customer's")
    assert "is void" in told(world.customer)[-1]


def test_both_sides_are_told_when_it_is_paid(world: World) -> None:
    assert told(world.customer) == ["Please pay ¥1,000.00: Optical adhesive: licence fee"]
    world.pay(1_200_00)
    assert told(world.customer)[1:] == ["Received: ¥1,200.00 for Optical adhesive: licence fee"]
    assert told(world.finance) == ["晶澜光电科技有限公司 has paid ¥1,000.00: Optical adhesive: licence fee"]
    mails = session.scalars(select(Mail.body).where(Mail.body.contains(world.number))).all()
    assert any("¥200.00" in body for body in mails)


def test_a_late_note_is_said_and_told(world: World, client: FlaskClient, traveller: time_machine.Traveller) -> None:
    traveller.move_to(datetime(2026, 12, 4, 2, tzinfo=UTC))
    remind_of_fee_notes()
    session.commit()
    assert told(world.customer)[-1] == "Overdue: ¥1,000.00 for Optical adhesive: licence fee"
    assert "Overdue" in get(client, world.customer, world.page)


def test_a_refund_is_queued_carried_out_and_told(world: World, client: FlaskClient) -> None:
    world.pay(1_000_00)
    refund_fee_note(SYSTEM, session.get_one(FeeNote, world.note.id), "declaration withdrawn")
    session.commit()
    assert told(world.customer)[-1] == "¥1,000.00 goes back to you: Optical adhesive: licence fee"
    assert "Refund ¥1,000.00 to 晶澜光电科技有限公司" in get(client, world.desk, "/desk")
    assert world.number in get(client, world.desk, "/settlement/refunds")
    address = f"/settlement/refunds/{world.note.id}"
    assert "bank’s reference" in post(client, world.desk, address, 422, refunded_on="2026-11-24", reference="")
    assert "still to come" in post(client, world.desk, address, 422, refunded_on="2026-11-25", reference="JL-7")
    post(client, world.desk, address, refunded_on="2026-11-24", reference="JL-7")
    assert "JL-7" not in get(client, world.desk, "/settlement/refunds")
    assert "JL-7" in get(client, world.desk, "/settlement/refunds?state=done")
    assert told(world.customer)[-1] == "Refunded: ¥1,000.00 for Optical adhesive: licence fee"
    assert "has gone back" in get(client, world.customer, world.page)
    set_tenant(EVERYBODY)
    record_refund(world.desk, session.get_one(FeeNote, world.note.id), date(2026, 11, 24), "JL-7")


def test_the_bill_does_not_ask_again_for_what_is_held(world: World, client: FlaskClient) -> None:
    """N11 of a bill wholly paid from held money says so; with another line it asks for that alone."""
    world.pay(1_000_00)
    make_earned(session.get_one(FeeNote, world.note.id))
    close_month(SYSTEM, NOVEMBER)
    session.commit()
    assert told(world.customer)[-1] == "Bill for November 2026: ¥1,000.00, already paid from what you had paid before"
    mail = session.scalars(select(Mail).where(Mail.subject.contains("已付清"))).first()
    assert mail is not None
    assert "无需再付" in mail.body
    bill = session.scalars(select(Bill)).one()
    assert "This bill is paid" in get(client, world.customer, f"/bills/{bill.id}")
    text = get(client, world.customer, world.page)
    assert bill.number in text
    assert "I have sent" not in text


def test_a_bill_partly_paid_from_held_money_asks_for_the_rest(world: World) -> None:
    world.pay(1_000_00)
    make_earned(session.get_one(FeeNote, world.note.id))
    make_final_charge(world.provider, world.payer, 50_00, used_on=date(2026, 11, 3))
    close_month(SYSTEM, NOVEMBER)
    session.commit()
    assert told(world.customer)[-1].startswith("Bill for November 2026: ¥50.00, due")
    assert session.scalars(select(Bill)).one().outstanding == Money(50_00)
