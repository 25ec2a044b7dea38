"""Proceeds of pledged patents stay out of payouts until prepayment or deposit is chosen (民法典 444)."""

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
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.files.models import StoredFile
from app.files.operations import store_file
from app.ledger import chart
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.notifications.models import Mail
from app.settlement.models import Charge
from app.settlement.payments.operations import assign_transfer
from app.settlement.payouts.operations import (
    approve_batch,
    discard_batch,
    draft_payouts,
    mark_payout_paid,
    mark_payout_returned,
)
from app.settlement.payouts.queries import due_to_institutions, payouts_of_batch, proposed_payout
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import confirm_release, hold_proceeds, propose_release, refuse_release
from app.settlement.proceeds.queries import held_back
from app.settlement.statements.models import Bill, Statement
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.settlement.factories import OCTOBER, make_final_charge, make_institution, set_commission
from tests.settlement.fee_notes.factories import make_transfer

REASON = "专利质押，尚未约定提前清偿或提存"
PAYEE = {"bank_name": "松江银行", "bank_account": "6222 0000 1111", "bank_account_name": "松江银行质押专户"}
PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False) as moved:
        yield moved


class World:
    """One institution with two paid charges, ¥1,000 of a pledged patent and ¥100 of an instrument; commission 5 %."""

    def __init__(self) -> None:
        set_commission(500)
        self.desk, self.colleague = make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)
        self.provider, self.payer = make_institution(), make_organisation()
        self.pledged = make_final_charge(self.provider, self.payer, 1_000_00)
        self.other = make_final_charge(self.provider, self.payer, 100_00)
        close_month(SYSTEM, OCTOBER)
        self.bill = session.scalars(select(Bill)).one()

    def pay(self) -> None:
        assign_transfer(self.desk, make_transfer(self.desk, 1_100_00, "", date(2026, 11, 3)), self.bill)

    def drafted(self) -> list[int]:
        return [payout.amount_minor for payout in payouts_of_batch(draft_payouts(self.desk).batch.id)]


def paper(actor: Actor, hold: ProceedsHold) -> StoredFile:
    return store_file(actor, "agreement.pdf", PAPER, subject_kind="proceeds_holds", subject_id=hold.id)


def decide(world: World, hold: ProceedsHold, choice: ProceedsChoice) -> None:
    """One proposes, another confirms."""
    propose_release(world.desk, hold, choice, paper(world.desk, hold), PAYEE)
    confirm_release(world.colleague, hold)


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("held_first", [True, False])
def test_a_payout_leaves_held_proceeds_out_and_the_books_agree(world: World, held_first: bool) -> None:
    """Whether the hold is put before or after the money came in."""
    if held_first:
        hold = hold_proceeds(SYSTEM, world.pledged, REASON)
        world.pay()
    else:
        world.pay()
        hold = hold_proceeds(SYSTEM, world.pledged, REASON)
    assert held_back(world.provider.id) == 950_00
    assert [amount for _organisation, amount in due_to_institutions()] == [95_00]
    batch = draft_payouts(world.desk).batch
    assert batch.total_minor == 95_00
    approve_batch(world.colleague, batch)
    assert account_balance(chart.seller_payable(world.provider.id)) == 950_00
    with pytest.raises(Invalid, match="nothing to pay out"):
        draft_payouts(world.desk)
    decide(world, hold, ProceedsChoice.CONSENT)
    assert world.drafted() == [950_00]
    check_deferred()
    assert verify().ok


def test_a_discarded_draft_does_not_let_held_money_through(world: World) -> None:
    world.pay()
    hold_proceeds(SYSTEM, world.pledged, REASON)
    discard_batch(world.desk, draft_payouts(world.desk).batch)
    assert world.drafted() == [95_00]


def test_the_proposal_of_the_payout_day_counts_what_is_free(world: World, traveller: time_machine.Traveller) -> None:
    world.pay()
    hold_proceeds(SYSTEM, world.pledged, REASON)
    traveller.move_to(datetime(2026, 12, 20, 2, tzinfo=UTC))
    proposed = proposed_payout()
    assert proposed is not None
    assert proposed.amount_minor == 95_00


def test_money_in_a_payout_is_not_held_any_more(world: World) -> None:
    world.pay()
    draft_payouts(world.desk)
    with pytest.raises(Conflict, match="in a payout already"):
        hold_proceeds(world.desk, world.pledged, REASON)


def test_a_hold_and_a_decision_are_made_once(world: World) -> None:
    hold = hold_proceeds(world.desk, world.pledged, REASON)
    assert hold_proceeds(SYSTEM, world.pledged, "again") is hold
    with pytest.raises(Conflict, match="Nothing is proposed"):
        confirm_release(world.colleague, hold)
    decide(world, hold, ProceedsChoice.PREPAY)
    decided_at = hold.decided_at
    assert confirm_release(world.colleague, hold).decided_at == decided_at
    with pytest.raises(Conflict, match="decided already"):
        propose_release(world.desk, hold, ProceedsChoice.DEPOSIT, paper(world.desk, hold), PAYEE)
    assert hold_proceeds(SYSTEM, world.pledged, "again") is hold
    assert not hold.is_open


def test_only_the_settlement_holds_and_decides_and_says_why(world: World) -> None:
    finance = make_actor(world.provider, Role.FINANCE)
    with pytest.raises((Forbidden, Missing)):
        hold_proceeds(finance, world.pledged, REASON)
    with pytest.raises(Invalid, match="Say why"):
        hold_proceeds(world.desk, world.pledged, "  ")
    hold = hold_proceeds(world.desk, world.pledged, REASON)
    propose_release(finance, hold, ProceedsChoice.CONSENT, paper(finance, hold))
    with pytest.raises(Forbidden):
        confirm_release(finance, hold)
    with pytest.raises(Missing):
        propose_release(make_actor(), hold, ProceedsChoice.CONSENT, paper(finance, hold))


def test_the_statement_says_so_and_the_operator_decides(world: World, client: FlaskClient) -> None:
    world.pay()
    hold = hold_proceeds(SYSTEM, session.get_one(Charge, world.pledged.id), REASON)
    statement = session.scalars(select(Statement)).one()
    session.commit()
    english = {"Accept-Language": "en"}
    sign_in(client, make_actor(world.provider, Role.FINANCE))
    assert REASON in client.get(f"/statements/{statement.id}", headers=english).text
    sign_in(client, world.desk)
    text = client.get("/settlement/proceeds", headers=english).text
    assert REASON in text
    assert "950.00" in text
    path = f"/settlement/proceeds/{hold.id}"
    assert client.post(path, data={"choice": "x"}, headers=english).status_code == 422
    sent = {"choice": "prepay", **PAYEE, "file": (io.BytesIO(PAPER), "agreement.pdf")}
    assert client.post(path, data=sent).status_code == 302
    assert client.post(f"{path}/confirm", headers=english).status_code == 403
    sign_in(client, world.colleague)
    shown = client.get(path, headers=english).text
    assert PAYEE["bank_account"] in shown
    assert client.post(f"{path}/confirm").status_code == 302
    assert REASON not in client.get("/settlement/proceeds", headers=english).text
    assert REASON in client.get("/settlement/proceeds?state=done", headers=english).text
    assert REASON not in client.get(f"/statements/{statement.id}", headers=english).text


@pytest.mark.parametrize("choice", [ProceedsChoice.PREPAY, ProceedsChoice.DEPOSIT])
def test_prepaid_or_deposited_the_money_goes_to_the_account_that_was_agreed(
    world: World, choice: ProceedsChoice
) -> None:
    """民法典 art. 444: not to the owner; the rest of the institution's money goes its usual way in the same batch."""
    world.pay()
    hold = hold_proceeds(SYSTEM, world.pledged, REASON)
    decide(world, hold, choice)
    batch = draft_payouts(world.desk).batch
    assert batch.total_minor == 1_045_00
    paid = {payout.account["bank_account"]: payout.amount_minor for payout in payouts_of_batch(batch.id)}
    assert paid == {world.provider.bank_account: 95_00, PAYEE["bank_account"]: 950_00}
    approve_batch(world.colleague, batch)
    for payout in payouts_of_batch(batch.id):
        mark_payout_paid(world.desk, payout, "B1")
    assert account_balance(chart.seller_payable(world.provider.id)) == 0
    with pytest.raises(Invalid, match="nothing to pay out"):
        draft_payouts(world.desk)
    check_deferred()
    assert verify().ok


def test_what_the_bank_sends_back_goes_to_the_agreed_account_again(world: World) -> None:
    world.pay()
    hold = hold_proceeds(SYSTEM, world.pledged, REASON)
    decide(world, hold, ProceedsChoice.PREPAY)
    batch = draft_payouts(world.desk).batch
    approve_batch(world.colleague, batch)
    forwarded = next(one for one in payouts_of_batch(batch.id) if one.proceeds_hold_id)
    mark_payout_returned(world.desk, forwarded, "no such account")
    again = payouts_of_batch(draft_payouts(world.desk).batch.id)
    assert [(one.amount_minor, one.proceeds_hold_id) for one in again] == [(950_00, hold.id)]
    check_deferred()
    assert verify().ok


def test_an_account_that_is_not_whole_and_a_proposal_that_is_refused(world: World) -> None:
    hold = hold_proceeds(SYSTEM, world.pledged, REASON)
    with pytest.raises(Invalid, match="bank, account"):
        propose_release(world.desk, hold, ProceedsChoice.PREPAY, paper(world.desk, hold), {"bank_name": "松江银行"})
    propose_release(world.desk, hold, ProceedsChoice.PREPAY, paper(world.desk, hold), PAYEE)
    refuse_release(world.colleague, hold)
    assert (hold.proposed_choice, hold.file_id, hold.payee, hold.is_open) == (None, None, {}, True)


def test_the_pledgee_reads_what_is_held_by_its_link_alone(world: World, client: FlaskClient) -> None:
    world.pay()
    hold_proceeds(SYSTEM, world.pledged, REASON, pledgee="松江银行", email="loans@bank.example")
    body = session.scalars(select(Mail.body).where(Mail.recipient == "loans@bank.example")).one()
    session.commit()
    path = re.search(r"/held/[\w-]+", body)
    assert path is not None
    english = {"Accept-Language": "en"}
    page = client.get(path[0], headers=english)
    assert page.status_code == 200
    assert "¥950.00 held" in page.text
    assert client.get("/held/nothing", headers=english).status_code == 404
