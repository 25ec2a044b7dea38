"""民法典 art. 444: what a licence of a pledged patent brings in is held, from the royalty to the payout."""

from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Invalid
from app.core.tenancy import everybody
from app.files.operations import store_file
from app.ledger import chart
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.market.patents.models import Encumbrance, EncumbranceKind, Patent
from app.market.royalties.handlers import hold_interest_of_pledged
from app.market.royalties.models import IncomeShare
from app.market.royalties.operations import make_due
from app.market.royalties.queries import reports_of
from app.market.royalties.reporting import report_royalty
from app.market.royalties.sharing import share_income
from app.market.royalties.tasks import late_and_billed
from app.notifications.models import Mail
from app.settlement.events import BillIssued, LateInterestAsked
from app.settlement.interests.models import LateInterest
from app.settlement.interests.operations import reckon_interest
from app.settlement.payments.handlers import set_off_new_bill
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import assign_transfer
from app.settlement.payouts.operations import approve_batch, draft_payouts, mark_payout_paid
from app.settlement.payouts.queries import payouts_of_batch
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import confirm_release, propose_release
from app.settlement.proceeds.queries import held_back, held_by_institution
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_operator, sign_in
from tests.market.factories import make_patent
from tests.market.open_licences.declaring import encumber
from tests.market.royalties.conftest import World, at
from tests.market.royalties.test_operations import SOLD, note, sold
from tests.settlement.fee_notes.factories import make_transfer

JANUARY = date(2027, 1, 1)
PAYEE = {"bank_name": "松江银行", "bank_account": "6222 0000 1111", "bank_account_name": "松江银行质押专户"}
PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def pledged(world: World) -> World:
    """The patent is pledged to a bank since last June."""
    session.add(
        Encumbrance(
            patent_id=world.licence.patent_id, kind=EncumbranceKind.PLEDGE, holder="松江银行",
            starts_on=date(2026, 6, 1), holder_email="loans@bank.example",
        )
    )  # fmt: skip
    session.flush()
    return world


def holds() -> list[ProceedsHold]:
    with everybody():
        return list(session.scalars(select(ProceedsHold).order_by(ProceedsHold.id)))


def close_and_pay(world: World) -> Bill:
    close_month(SYSTEM, JANUARY)
    bill = session.scalars(select(Bill)).one()
    set_off_new_bill(BillIssued(bill.id))
    desk = make_operator(Role.SETTLEMENT)
    assign_transfer(desk, make_transfer(desk, bill.total_minor), bill)
    return bill


def test_article_444_the_royalty_is_held_and_goes_where_owner_and_pledgee_agree(pledged: World) -> None:
    """Held from the report on; nothing is paid out to the patentee; prepaid it goes to the pledgee, to the fen."""
    report_royalty(pledged.payer, pledged.periods[0], SOLD)
    (hold,) = holds()
    assert (hold.pledgee, "松江银行" in hold.reason) == ("松江银行", True)
    assert session.scalar(select(func.count()).select_from(Mail).where(Mail.recipient == "loans@bank.example")) == 1
    close_and_pay(pledged)
    assert held_back(pledged.university.id) == 24_000_00
    assert held_by_institution() == [(pledged.university, 1, 24_000_00)]
    desk, second = make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)
    with pytest.raises(Invalid, match="nothing to pay out"):
        draft_payouts(desk)
    file = store_file(pledged.accountant, "a.pdf", PAPER, subject_kind="proceeds_holds", subject_id=hold.id)
    propose_release(pledged.accountant, hold, ProceedsChoice.PREPAY, file, PAYEE)
    confirm_release(second, hold)
    assert held_by_institution() == []
    batch = draft_payouts(desk).batch
    approve_batch(second, batch)
    (payout,) = payouts_of_batch(batch.id)
    assert (payout.amount_minor, payout.account) == (24_000_00, PAYEE)
    mark_payout_paid(desk, payout, "B1")
    assert account_balance(chart.seller_payable(pledged.university.id)) == 0
    check_deferred()
    assert verify().ok


def test_article_444_a_pledge_that_a_co_owner_has_noted_counts_too(world: World) -> None:
    """It stands on the patent, not on a copy of it; the pledgee is named as in the register, nobody is written to."""
    number = session.get_one(Patent, world.licence.patent_id).number
    copy = make_patent(number=number)
    encumber(copy, EncumbranceKind.PLEDGE, reference="CN-2026-7")
    report_royalty(world.payer, world.periods[0], SOLD)
    (hold,) = holds()
    assert (hold.pledgee, hold.reason, hold.link_hash) == ("松江银行", "松江银行", None)
    close_and_pay(world)
    assert held_back(world.university.id) == 24_000_00


def test_article_444_the_operator_sees_beside_what_is_due_what_is_held(client: FlaskClient, pledged: World) -> None:
    """Per institution, with the way to where it is decided; nothing of it where nothing is held."""
    desk = make_operator(Role.SETTLEMENT)
    session.commit()
    sign_in(client, desk)
    assert "Held:" not in client.get("/settlement/payouts", headers=ENGLISH).text
    report_royalty(pledged.payer, pledged.periods[0], SOLD)
    close_and_pay(pledged)
    session.commit()
    page = client.get("/settlement/payouts", headers=ENGLISH).text
    assert "Nothing is due" in page
    assert page.count("24,000.00") == 1
    assert 'href="/settlement/proceeds"' in page.partition("Held:")[2]


def test_article_444_shares_of_held_income_stay_and_say_so(client: FlaskClient, pledged: World) -> None:
    """The inventors' parts are worked out as ever, for the institution owes them whatever becomes of the money."""
    report_royalty(pledged.payer, pledged.periods[0], SOLD)
    close_and_pay(pledged)
    session.expire_all()
    share_income(JANUARY)
    share = session.scalars(select(IncomeShare)).one()
    assert (share.net_minor, share.is_pledged) == (24_000_00, True)
    assert sum(part["amount_minor"] for part in share.parts) == 24_000_00
    (hold,) = holds()
    session.commit()
    sign_in(client, pledged.accountant)
    path = f"/income/{pledged.licence.id}/2027-01"
    assert "is held until prepayment or deposit" in client.get(path, headers=ENGLISH).text
    assert "Held: patent pledged" in client.get("/income", headers=ENGLISH).text
    assert client.get(f"/settlement/proceeds/{hold.id}", headers=ENGLISH).status_code == 200
    file = store_file(pledged.accountant, "a.pdf", PAPER, subject_kind="proceeds_holds", subject_id=hold.id)
    propose_release(pledged.accountant, hold, ProceedsChoice.CONSENT, file)
    confirm_release(make_operator(Role.SETTLEMENT), hold)
    session.commit()
    assert "is held until prepayment or deposit" not in client.get(path, headers=ENGLISH).text


def test_the_licensee_reports_and_corrects_through_the_page_and_the_hold_follows(
    client: FlaskClient, pledged: World
) -> None:
    """The licensee's press sees no pledge of the owner's, and yet it holds; a lower charge stays held."""
    make_due()
    session.commit()
    sign_in(client, pledged.payer)
    path = f"/royalties/{pledged.periods[0].id}"
    typed = {"name": "光学胶", "units": "120", "deductions": "0"}
    assert client.post(f"{path}/report", data={**typed, "gross": "480000"}).status_code == 302
    (hold,) = holds()
    assert client.post(f"{path}/report", data={**typed, "gross": "100000", "reason": "typed wrong"}).status_code == 302
    session.expire_all()
    (moved,) = holds()
    first, _second = reports_of(pledged.periods[0].id)
    assert (moved.id, moved.charge_id) == (hold.id, note(first).charge_id)


def test_floors_billed_over_night_are_held(pledged: World, clock: time_machine.Traveller) -> None:
    make_due()
    at(clock, date(2027, 2, 18))
    assert late_and_billed() == 1
    (hold,) = holds()
    session.refresh(hold, ["charge"])
    assert hold.charge.total_minor == 1_000_00


def test_interest_is_held_like_the_royalty_and_a_dropped_royalty_is_not(
    pledged: World, clock: time_machine.Traveller
) -> None:
    pledged.periods[0].floor_minor = None
    asked = note(report_royalty(pledged.payer, pledged.periods[0], SOLD))
    at(clock, date(2027, 3, 10))
    desk = make_operator(Role.SETTLEMENT)
    hold_transfer(desk, make_transfer(desk, 24_000_00, "", date(2027, 3, 9)), asked)
    reckoning = reckon_interest(asked)
    assert reckoning is not None
    for _again in range(2):
        hold_interest_of_pledged(LateInterestAsked(reckoning.id))
    assert len(holds()) == 2
    report_royalty(pledged.payer, pledged.periods[0], sold(1), reason="all came back")
    report_royalty(pledged.payer, pledged.periods[0], [], reason="all came back")
    assert len(holds()) == 1  # the royalty's is gone, the interest's goes with its note
    assert session.scalar(select(func.count()).select_from(LateInterest)) == 1


def test_without_a_pledge_nothing_is_held(world: World) -> None:
    session.add(
        Encumbrance(
            patent_id=world.licence.patent_id, kind=EncumbranceKind.PLEDGE, holder="松江银行",
            starts_on=date(2026, 6, 1), ends_on=date(2027, 1, 1),
        )
    )  # fmt: skip
    report_royalty(world.payer, world.periods[0], SOLD)
    assert holds() == []
