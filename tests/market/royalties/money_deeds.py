"""What people do with the money of a licence: reports, questions, payments, credit notes. The model knows which calls
must be refused."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import today
from app.core.db import session
from app.core.money import Money as Sum
from app.files.operations import store_file
from app.market.royalties.models import RoyaltyPeriod, RoyaltyQuestion
from app.market.royalties.questions import (
    accept_report,
    agree_inspection,
    answer,
    ask,
    close_question,
    record_inspection,
    request_inspection,
)
from app.market.royalties.reporting import credit_difference, report_royalty
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.credits.operations import approve_credit_note, refuse_credit_note
from app.settlement.fee_notes.models import FeeNote
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import Transfer, assign_transfer, record_transfer
from app.settlement.payouts.models import Payout
from app.settlement.payouts.operations import approve_batch, draft_payouts, mark_payout_paid
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import confirm_release, propose_release
from app.settlement.statements.models import Bill
from tests.market.royalties import money_papers as books
from tests.market.royalties.money_model import Money, Question, Stretch, working_days_after

PAYEE = {"bank_name": "松江银行", "bank_account": "6222", "bank_account_name": "质押专户"}
PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def part_of(rest: int, how: str) -> int:
    """An amount for what is still to be paid; something where nothing is."""
    return {"whole": rest, "half": (rest + 1) // 2, "more": rest + 500}[how] or 100


class Deeds:
    """A person of each side, two of the university's finance and two of the operator."""

    references = count(1)
    attempt: Callable[[bool, Callable[[], Any]], bool]
    pick: Callable[[int], tuple[Stretch, RoyaltyPeriod] | None]
    note_rows: Callable[[], None]
    value_on: Callable[[Any], date | None]
    money: Money
    pledged: bool
    officer: Actor
    payer: Actor
    finance: list[Actor]
    desk: list[Actor]

    def report(self, chosen: int, gross: int) -> None:
        """A report or a correction, only of what is over; the same again is refused."""
        found = self.pick(chosen)
        if found is None:
            return
        period, row = found
        sold = [{"name": "光学胶", "units": 1, "gross_minor": gross + 7, "deductions_minor": 7}]
        expected = period.ends <= today() and period.gross != gross
        if self.attempt(expected, lambda: report_royalty(self.payer, row, sold, reason="漏报")):
            period.report(gross, today())
            self.note_rows()

    def accept(self, chosen: int) -> None:
        found = self.pick(chosen)
        if found is None:
            return
        period, row = found
        may = period.state in {"reported", "billed", "paid"}
        if self.attempt(may, lambda: accept_report(self.officer, row)) and period.state == "reported":
            period.state = "billed"

    def question(self, chosen: int, inspect: bool) -> None:
        """In time, about a report; its bill waits."""
        found = self.pick(chosen)
        if found is None:
            return
        period, row = found
        may = period.state == "reported" and period.until is not None and today() <= period.until
        note = period.last_note
        is_owed = note is not None and note.is_owed(books.parts_of(note.note_id))
        if self.attempt(may, lambda: ask(self.officer, row, "松江的销售在哪里？", inspect=inspect)):
            bill_due = note.due_day if note is not None and is_owed else None
            asked = "requested" if inspect else "none"
            period.question = Question(today(), working_days_after(today(), 10), note, bill_due, asked)
            period.state = "questioned"
            if note is not None and is_owed:
                note.due = None

    def talk(self, chosen: int, deed: str, days: int) -> None:
        """Answer, look at the books, close: each in its turn and by its side."""
        found = self.pick(chosen)
        row = None if found is None else session.scalars(
            select(RoyaltyQuestion).where(RoyaltyQuestion.period_id == found[1].id)
            .order_by(RoyaltyQuestion.closed_at.desc().nulls_first()).limit(1)
        ).first()  # fmt: skip
        if found is None or row is None:
            return
        period, day = found[0], today() + timedelta(days=days)
        one = period.question
        deeds: dict[str, tuple[bool, Callable[[], Any]]] = {
            "answer": (one is not None and not one.answered, lambda: answer(self.payer, row, "在第二行")),
            "request": (one is not None, lambda: request_inspection(self.officer, row)),
            "agree": (
                one is not None and one.inspection in {"requested", "agreed"} and days >= 0,
                lambda: agree_inspection(self.payer, row, day),
            ),
            "inspect": (
                one is not None and one.inspection == "agreed" and (one.agreed_on or day) <= today(),
                lambda: record_inspection(self.officer, row, "少报一家"),
            ),
            "close": (one is not None, lambda: close_question(self.officer, row)),
        }
        before = self.value_on(one.note) if one is not None and one.note is not None else None
        if self.attempt(*deeds[deed]) and one is not None:
            self.talked(period, one, deed, day, before)

    def talked(self, period: Stretch, one: Question, deed: str, day: date, value_on: date | None) -> None:
        if deed == "answer":
            one.answered, period.until = True, working_days_after(today(), 15)
        elif deed == "request":
            one.inspection = "requested" if one.inspection == "none" else one.inspection
        elif deed == "agree":
            one.inspection, one.agreed_on = "agreed", day
        elif deed == "inspect":
            one.inspection = "done"
        else:
            one.end_waiting(today(), value_on)
            period.question, period.state = None, "billed"

    def in_order(self) -> list[bool]:
        """Every fee note as it was issued, and whether something is still to be paid on it."""
        rows = session.scalars(select(FeeNote).order_by(FeeNote.number)).all()
        return [row.is_unpaid for row in rows]

    def pay(self, chosen: int, how: str, late: int) -> None:
        """A fee note, also one of interest; what is paid, billed or over takes nothing."""
        rows = session.scalars(select(FeeNote).order_by(FeeNote.number)).all()
        if not rows:
            return
        row = rows[chosen % len(rows)]
        asked = next((one for one in self.money.notes if one.note_id == row.id), None)
        rest = row.total_minor - row.paid_minor
        amount = part_of(rest, how)
        value_on = max(today() - timedelta(days=late), asked.issued if asked else today())
        line = self.transfer(amount, value_on)
        may = asked.is_unpaid if asked is not None else row.is_unpaid
        if self.attempt(may, lambda: hold_transfer(self.desk[0], line(), row)):
            self.money.came += amount
            if asked is not None:
                asked.paid += min(amount, rest)
                for part in self.money.instalments:
                    if part.note is asked and asked.state == "paid":
                        part.earn(self.value_on(asked))

    def pay_bill(self, chosen: int, how: str, late: int) -> None:
        rows = session.scalars(select(Bill).order_by(Bill.month)).all()
        if not rows:
            return
        row = rows[chosen % len(rows)]
        rest = max(0, row.total_minor - row.paid_minor)
        amount = part_of(rest, how)
        line = self.transfer(amount, today() - timedelta(days=late))
        if self.attempt(rest > 0, lambda: assign_transfer(self.desk[0], line(), row)):
            self.money.came += amount

    def transfer(self, amount: int, value_on: date) -> Callable[[], Any]:
        found = Transfer(f"M{next(self.references)}", value_on, "晶澜光电", "1", Sum(amount), "")
        return lambda: record_transfer(self.desk[0], found)[0]

    def credit(self, chosen: int) -> None:
        """What corrections have taken off after the month was closed is taken back, one note a bill at a time."""
        found = self.pick(chosen)
        if found is None:
            return
        period, row = found
        parts = period.credits()
        if self.attempt(bool(parts), lambda: credit_difference(self.finance[0], row)):
            for note, amount in parts:
                note.waiting += amount

    def decide(self, approve: bool, other: bool) -> None:
        """By a second person."""
        statement = select(CreditNote).where(CreditNote.state == CreditState.WAITING).order_by(CreditNote.number)
        credit = session.scalars(statement.limit(1)).first()
        if credit is None:
            return
        decision, amount = approve_credit_note if approve else refuse_credit_note, credit.amount_minor
        note_id = session.scalars(select(FeeNote.id).where(FeeNote.charge_id == credit.charge_id)).one()
        if self.attempt(other, lambda: decision(self.finance[other], credit)):
            asked = next(one for one in self.money.notes if one.note_id == note_id)
            asked.waiting -= amount
            asked.taken += amount if approve else 0

    def release(self, choice: ProceedsChoice, other: bool, proposed: bool) -> None:
        """What is held goes where owner and pledgee have agreed, with two persons."""
        statement = select(ProceedsHold).where(ProceedsHold.decided_at.is_(None)).order_by(ProceedsHold.held_at)
        hold = session.scalars(statement.limit(1)).first()
        if hold is None:
            return
        if proposed:
            file = store_file(self.desk[0], "a.pdf", PAPER, subject_kind="proceeds_holds", subject_id=hold.id)
            propose_release(self.desk[0], hold, choice, file, PAYEE)
        may = other and hold.proposed_choice is not None
        self.attempt(may, lambda: confirm_release(self.desk[other], hold))

    def pay_out(self, other: bool) -> None:
        """Whatever is free; a second person lets it go."""
        batch = books.tried(lambda: draft_payouts(self.desk[0]).batch)
        if batch is not None and self.attempt(other, lambda: approve_batch(self.desk[other], batch)):
            for payout in session.scalars(select(Payout).where(Payout.batch_id == batch.id)):
                mark_payout_paid(self.desk[0], payout, "done")
