"""A royalty that is paid late bears interest: asked for, shown, shared out; a question suspends it."""

import io
from datetime import date

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.ledger.operations import check_deferred
from app.ledger.queries import verify
from app.market.royalties.models import IncomeShare
from app.market.royalties.questions import answer, ask, close_question
from app.market.royalties.reporting import credit_difference, report_royalty
from app.market.royalties.sharing import share_income
from app.settlement.credits.operations import approve_credit_note
from app.settlement.events import BillIssued, CreditNoteApproved, FeeNotePaid, PaymentReceived
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.interests.handlers import ask_for_interest, lower_interest_with_its_charge
from app.settlement.interests.models import LateInterest
from app.settlement.payments.handlers import see_notes_paid_with_their_bill, set_off_new_bill
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import assign_transfer
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_operator, sign_in
from tests.market.royalties.conftest import World, at
from tests.market.royalties.test_operations import SOLD, note, sold
from tests.settlement.fee_notes.factories import make_transfer

JANUARY, FEBRUARY = date(2027, 1, 1), date(2027, 2, 1)


def paid_late(world: World, clock: time_machine.Traveller) -> tuple[FeeNote, Bill]:
    """¥24,000 reported in January, billed on 9 February (due 11 March), paid on 21 March: ten days at 3 %."""
    asked = note(report_royalty(world.payer, world.periods[0], SOLD))
    at(clock, date(2027, 2, 9))
    close_month(SYSTEM, JANUARY)
    bill = session.scalars(select(Bill)).one()
    set_off_new_bill(BillIssued(bill.id))
    at(clock, date(2027, 3, 22))
    desk = make_operator(Role.SETTLEMENT)
    paid = assign_transfer(desk, make_transfer(desk, 24_000_00, "", date(2027, 3, 21)), bill)
    see_notes_paid_with_their_bill(PaymentReceived(paid.id))
    ask_for_interest(FeeNotePaid(asked.id))
    return asked, bill


def test_it_is_asked_for_shown_to_both_sides_and_shared_out(
    client: FlaskClient, world: World, clock: time_machine.Traveller
) -> None:
    asked, bill = paid_late(world, clock)
    assert bill.due_on == date(2027, 3, 11)
    (reckoning,) = session.scalars(select(LateInterest).where(LateInterest.fee_note_id == asked.id))
    assert reckoning.amount_minor == 19_73  # 24,000 × 10 × 3 % ÷ 365 = 19.726
    at(clock, date(2027, 4, 9))
    close_month(SYSTEM, date(2027, 3, 1))
    share_income(JANUARY)
    share_income(date(2027, 3, 1))
    shares = session.scalars(select(IncomeShare).order_by(IncomeShare.month)).all()
    assert [share.net_minor for share in shares] == [24_000_00, 19_73]
    session.commit()
    interest_bill = session.scalars(select(Bill).where(Bill.month == date(2027, 3, 1))).one()
    words = "2027-03-12 to 2027-03-21: CN¥24,000.00 × 10 days × 3.00% a year ÷ 365"
    for actor, path in (
        (world.payer, f"/royalties/{world.periods[0].id}"), (world.officer, f"/royalties/{world.periods[0].id}"),
        (world.payer, f"/fee-notes/{reckoning.interest_note_id}"), (world.payer, f"/fee-notes/{asked.id}"),
        (world.payer, f"/bills/{interest_bill.id}"),
    ):  # fmt: skip
        sign_in(client, actor)
        shown = client.get(path, headers={"Accept-Language": "en"}).text
        assert words in shown.replace("CN¥", "¥").replace("¥", "CN¥"), path
    assert f'href="/royalties/{world.periods[0].id}"' in client.get(f"/fee-notes/{asked.id}").text
    statement = client.get(f"/royalties/licences/{world.licence.id}/statement.pdf", headers={"Accept-Language": "en"})
    paper = "".join(page.extract_text() for page in PdfReader(io.BytesIO(statement.data)).pages)
    assert "Late interest" in paper
    assert "19.73" in paper
    check_deferred()
    assert verify().ok


def test_a_bill_that_comes_after_the_money_does_not_move_the_day(world: World, clock: time_machine.Traveller) -> None:
    """Due on 14 February, paid on the 24th, billed on the 26th: what is credited later takes only its own interest."""
    asked = note(report_royalty(world.payer, world.periods[0], SOLD))
    at(clock, date(2027, 2, 25))
    desk = make_operator(Role.SETTLEMENT)
    hold_transfer(desk, make_transfer(desk, 24_000_00, "", date(2027, 2, 24)), asked)
    ask_for_interest(FeeNotePaid(asked.id))
    at(clock, date(2027, 2, 26))
    close_month(SYSTEM, JANUARY)
    set_off_new_bill(BillIssued(session.scalars(select(Bill.id)).one()))
    report_royalty(world.payer, world.periods[0], sold(240_000_00), reason="half of it came back")
    (credit,) = credit_difference(world.accountant, world.periods[0])
    approve_credit_note(world.second, credit)
    lower_interest_with_its_charge(CreditNoteApproved(credit.id))
    assert asked.state is FeeNoteState.BILLED
    assert sorted(session.scalars(select(LateInterest.amount_minor))) == [-9_87, 19_73]  # ten days of 24,000; of 12,000


def test_a_question_suspends_interest(world: World, clock: time_machine.Traveller) -> None:
    """Due on 14 February; asked on 20 January, closed 30 days later: due on 16 March."""
    asked = note(report_royalty(world.payer, world.periods[0], SOLD))
    at(clock, date(2027, 1, 20))
    question = ask(world.officer, world.periods[0], "Where are the sales in Songjiang?")
    answer(world.payer, question, "In the books.")
    at(clock, date(2027, 2, 19))
    close_question(world.officer, question)
    assert asked.due_on == date(2027, 3, 16)
    at(clock, date(2027, 3, 20))
    desk = make_operator(Role.SETTLEMENT)
    hold_transfer(desk, make_transfer(desk, 24_000_00, "", date(2027, 3, 17)), asked)
    ask_for_interest(FeeNotePaid(asked.id))
    assert session.scalars(select(LateInterest.amount_minor)).one() == 1_97  # one day


@pytest.mark.parametrize(("value_on", "expected"), [(date(2027, 2, 20), []), (date(2027, 3, 18), [3_95])])
def test_a_question_about_a_billed_royalty_moves_its_day_too(
    world: World, clock: time_machine.Traveller, value_on: date, expected: list[int]
) -> None:
    """Billed on 4 February and due on 6 March with its bill; the question of ten days lets it wait until 16 March."""
    asked = note(report_royalty(world.payer, world.periods[0], SOLD))
    at(clock, date(2027, 2, 4))
    close_month(SYSTEM, JANUARY)
    bill = session.scalars(select(Bill)).one()
    set_off_new_bill(BillIssued(bill.id))
    question = ask(world.officer, world.periods[0], "Where are the sales in Songjiang?")
    answer(world.payer, question, "In the books.")
    at(clock, date(2027, 2, 14))
    close_question(world.officer, question)
    assert asked.due_on == date(2027, 3, 16)
    at(clock, date(2027, 3, 20))
    desk = make_operator(Role.SETTLEMENT)
    paid = assign_transfer(desk, make_transfer(desk, 24_000_00, "", value_on), bill)
    see_notes_paid_with_their_bill(PaymentReceived(paid.id))
    ask_for_interest(FeeNotePaid(asked.id))
    assert list(session.scalars(select(LateInterest.amount_minor))) == expected
