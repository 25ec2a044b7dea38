"""A year from report to settlement, and who gets what of it."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Invalid
from app.files.operations import store_file
from app.ledger.queries import verify
from app.market.licences.models import Licence
from app.market.patents.models import Encumbrance, EncumbranceKind, Inventor
from app.market.royalties.models import IncomeShare, PeriodState
from app.market.royalties.operations import make_due, settle
from app.market.royalties.queries import visible_shares
from app.market.royalties.questions import accept_report
from app.market.royalties.reporting import credit_difference, report_royalty
from app.market.royalties.sharing import WITH_TABLE, parts_for, share_income, share_out, share_table
from app.settlement.credits.operations import approve_credit_note
from app.settlement.fee_notes.models import FeeNote
from app.settlement.payments.holding import hold_transfer, pay_from_held
from app.settlement.payments.operations import assign_transfer
from app.settlement.payouts.operations import draft_payouts
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import confirm_release, propose_release
from app.settlement.proceeds.queries import held_back
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator
from tests.market.royalties.conftest import World, at
from tests.market.royalties.test_operations import SOLD, note, sold
from tests.settlement.factories import set_commission
from tests.settlement.fee_notes.factories import make_transfer

JANUARY = date(2027, 1, 1)
PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def pay_note(note: FeeNote, booked_on: date) -> None:
    desk = make_operator(Role.SETTLEMENT)
    hold_transfer(desk, make_transfer(desk, note.total_minor, booked_on=booked_on), note)


def pay_bill(bill: Bill, amount: int) -> None:
    desk = make_operator(Role.SETTLEMENT)
    assign_transfer(desk, make_transfer(desk, amount), bill)


def licence(world: World) -> Licence:
    session.expire(world.licence)
    return session.scalars(select(Licence).options(*WITH_TABLE).where(Licence.id == world.licence.id)).unique().one()


def test_the_table_of_the_declaration_is_kept_and_never_below_half(world: World) -> None:
    """促进科技成果转化法 art. 45: at least half of the net income goes to those who made it."""
    inventors, department, people = share_table(licence(world))
    assert (inventors, department, [each["name"] for each in people]) == (6000, 1000, ["何清源"])
    world.licence.open_licence.inventors_share = 3000  # type: ignore[union-attr]
    assert share_table(world.licence)[0] == 5000


@pytest.mark.parametrize("net", [0, 1, 99, 100_01, 22_860_37, -5_000_01])
def test_parts_make_up_the_net_to_the_fen(world: World, net: int) -> None:
    found = licence(world)
    found.patent.inventors.append(Inventor(position=2, name="李未", department="物理学院", share=3333))
    found.patent.inventors.append(Inventor(position=3, name="王冬", department="化学学院", share=0))
    parts = share_out(net, found)
    assert sum(part["amount_minor"] for part in parts) == net
    assert [part["kind"] for part in parts] == ["inventor", "inventor", "inventor", "department", "institution"]
    assert sum(part["amount_minor"] for part in parts[:3]) >= net * 6 // 10 - 1
    assert parts[3]["name"] == "化学学院、物理学院"


def test_a_year_from_report_to_settlement(world: World, clock: time_machine.Traveller) -> None:
    set_commission(500)
    make_due()
    first = world.periods[0]
    report = report_royalty(world.payer, first, SOLD)
    accept_report(world.officer, first)
    assert first.state is PeriodState.BILLED
    close_month(SYSTEM, JANUARY)
    assert (share_income(JANUARY), share_income(JANUARY)) == (1, 0)
    share = session.scalars(select(IncomeShare)).one()
    assert (share.gross_minor, share.commission_minor, share.net_minor) == (24_000_00, 1_200_00, 22_800_00)
    assert [part["amount_minor"] for part in share.parts] == [13_680_00, 2_280_00, 6_840_00]
    assert not settle(first)
    pay_bill(session.scalars(select(Bill)).one(), 24_000_00)
    assert settle(first)
    assert first.state is PeriodState.PAID
    assert note(report).charge_id == share.charge_id
    assert verify().ok


def test_what_is_held_before_the_month_closes_pays_the_period_too(world: World) -> None:
    first = world.periods[0]
    report = report_royalty(world.payer, first, SOLD)
    pay_note(note(report), date(2027, 1, 15))
    accept_report(world.officer, first)
    assert first.state is PeriodState.PAID
    close_month(SYSTEM, JANUARY)
    bill = session.scalars(select(Bill)).one()
    pay_from_held(bill)
    assert bill.outstanding.minor == 0
    assert verify().ok


def test_what_is_taken_back_is_taken_back_of_every_share(world: World, clock: time_machine.Traveller) -> None:
    first = world.periods[0]
    report_royalty(world.payer, first, SOLD)
    close_month(SYSTEM, JANUARY)
    report_royalty(world.payer, first, sold(100_000_01), reason="typed wrong")
    (credit,) = credit_difference(world.accountant, first)
    at(clock, date(2027, 2, 10))
    approve_credit_note(world.second, credit)
    close_month(SYSTEM, date(2027, 2, 1))
    share_income(JANUARY)
    share_income(date(2027, 2, 1))
    shares = session.scalars(select(IncomeShare)).all()
    assert sum(share.net_minor for share in shares) == 5_000_00
    assert sum(part["amount_minor"] for share in shares for part in share.parts) == 5_000_00


def test_a_pledge_marks_the_income(world: World) -> None:
    """民法典 art. 444: proceeds of a pledged patent prepay the debt or are deposited."""
    session.add(Encumbrance(patent_id=world.licence.patent_id, kind=EncumbranceKind.PLEDGE, holder="松江银行",
                            starts_on=date(2026, 6, 1)))  # fmt: skip
    report_royalty(world.payer, world.periods[0], SOLD)
    close_month(SYSTEM, JANUARY)
    session.expire_all()
    share_income(JANUARY)
    assert session.scalars(select(IncomeShare)).one().is_pledged


def test_article_444_proceeds_of_a_pledged_patent_are_held(world: World) -> None:
    """民法典 art. 444: until prepayment or deposit is chosen nothing of it is paid out."""
    session.add(Encumbrance(patent_id=world.licence.patent_id, kind=EncumbranceKind.PLEDGE, holder="松江银行",
                            starts_on=date(2026, 6, 1)))  # fmt: skip
    report_royalty(world.payer, world.periods[0], SOLD)
    close_month(SYSTEM, JANUARY)
    session.expire_all()
    for _twice in range(2):
        share_income(JANUARY)
    (hold,) = session.scalars(select(ProceedsHold))
    assert "松江银行" in hold.reason
    pay_bill(session.scalars(select(Bill)).one(), 24_000_00)
    held = held_back(world.university.id)
    assert held > 0
    with pytest.raises(Invalid, match="nothing to pay out"):
        draft_payouts(make_operator(Role.SETTLEMENT))
    desk = make_operator(Role.SETTLEMENT)
    paper = store_file(desk, "a.pdf", PAPER, subject_kind="proceeds_holds", subject_id=hold.id)
    propose_release(desk, hold, ProceedsChoice.CONSENT, paper)
    confirm_release(make_operator(Role.SETTLEMENT), hold)
    assert draft_payouts(make_operator(Role.SETTLEMENT)).batch.total_minor == held


def test_inventors_see_their_own_row_and_the_licensee_none(world: World) -> None:
    inventor = make_actor(world.university, Role.INVENTOR)
    other = make_actor(world.university, Role.INVENTOR)
    found = licence(world)
    found.patent.inventors[0].user_id = inventor.user_id
    session.flush()
    report_royalty(world.payer, world.periods[0], SOLD)
    close_month(SYSTEM, JANUARY)
    share_income(JANUARY)
    share = session.scalars(visible_shares(world.officer)).one()
    assert [len(parts_for(actor, share)) for actor in (world.officer, inventor, other, world.payer)] == [3, 1, 0, 0]
    assert session.scalars(visible_shares(world.payer)).all() == []
