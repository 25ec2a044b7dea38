"""Random orders of everything that can happen to money; after each step the books and the papers agree
(money.md §5.5)."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, text

from app.accounts.models import SYSTEM, Role
from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.core.money import Money
from app.ledger import chart
from app.ledger.models import LedgerAccount
from app.ledger.operations import check_deferred
from app.ledger.queries import account_balance, verify
from app.settlement.corrections.operations import undo_payment
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.credits.operations import approve_credit_note, creditable, issue_credit_note, refuse_credit_note
from app.settlement.fee_notes.models import FeeNote
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import finalise_charge, object_charge, replace_charge, void_charge
from app.settlement.payments.holding import pay_from_held
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal
from app.settlement.payments.operations import (
    Transfer,
    assign_transfer,
    keep_as_credit,
    record_transfer,
    set_off_credits,
    use_credit,
)
from app.settlement.payouts.models import BatchState, Payout, PayoutBatch, PayoutState
from app.settlement.payouts.operations import (
    approve_batch,
    discard_batch,
    draft_payouts,
    mark_payout_paid,
    mark_payout_returned,
)
from app.settlement.statements.calendar import following
from app.settlement.statements.models import Bill, BillLine, Statement, StatementLine
from app.settlement.statements.operations import close_month, issue_statement, mark_overdue
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.settlement.checks import numbers_have_no_gap, owed_at_cutoff, total
from tests.settlement.factories import make_charge, make_institution, set_commission
from tests.settlement.fee_notes.machine import FeeNoteRules

amounts = st.integers(1, 500_00)


class MoneyMachine(FeeNoteRules, RuleBasedStateMachine):
    """Two institutions, two customers, two people at the operator; the clock runs on by days."""

    def __init__(self) -> None:
        super().__init__()
        session.connection()
        self.nested = session.begin_nested()
        self.traveller = time_machine.travel(datetime(2026, 10, 5, 4, tzinfo=UTC), tick=False)
        self.clock = self.traveller.start()
        self.references = count(1)

    def teardown(self) -> None:
        self.traveller.stop()
        self.nested.rollback()
        session.expunge_all()

    @initialize(commission=st.sampled_from([0, 500, 1000, 333]))
    def begin(self, commission: int) -> None:
        set_commission(commission)
        self.providers = [make_institution("甲大学"), make_institution("乙研究院")]
        self.payers = [make_organisation(name="晶澜光电"), make_organisation(name="松江药业")]
        self.desk = [make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)]
        self.finance = [make_actor(provider, Role.FINANCE) for provider in self.providers]
        self.next_month = date(2026, 10, 1)

    def attempt(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """What a rule refuses leaves no trace."""
        try:
            with savepoint():
                return operation(*args, **kwargs)
        except DomainError:
            return None

    def pick(self, model: Any, chance: int, *conditions: Any) -> Any:
        rows = session.scalars(select(model).where(*conditions).order_by(model.id)).all()
        return rows[chance % len(rows)] if rows else None

    @rule(amount=st.integers(0, 500_00), one=st.booleans(), two=st.booleans(), days=st.integers(0, 3))
    def use(self, amount: int, one: bool, two: bool, days: int) -> None:
        self.clock.shift(timedelta(days=days))
        used_on = datetime.now(UTC).date()
        make_charge(self.providers[one], self.payers[two], amount, used_on=used_on)

    @rule(
        chance=st.integers(0, 99), what=st.sampled_from(["final", "final", "object", "replace", "void"]), amount=amounts
    )
    def answer(self, chance: int, what: str, amount: int) -> None:
        charge = self.pick(Charge, chance, Charge.kind != ChargeKind.CREDIT)
        if charge is None:
            return
        if what == "final":
            self.attempt(finalise_charge, SYSTEM, charge)
        elif what == "object":
            self.attempt(object_charge, SYSTEM, charge, "too long")
        elif what == "void":
            self.attempt(void_charge, SYSTEM, charge, "waived")
        else:
            self.attempt(
                replace_charge, SYSTEM, charge, service_period=charge.service_period, used_on=charge.used_on,
                lines=[{"amount": amount}], total=Money(amount), tax_minor=0, minutes=60,
            )  # fmt: skip

    @rule(chance=st.integers(0, 99))
    def replay(self, chance: int) -> None:
        """Telling a fact again changes nothing."""
        before = self.balances()
        charge = self.pick(Charge, chance, Charge.state.in_((ChargeState.FINAL, ChargeState.BILLED)))
        if charge is not None:
            finalise_charge(SYSTEM, charge)
        line = self.pick(BankLine, chance)
        if line is not None:
            money = Money(line.amount_minor)
            transfer = Transfer(line.reference, line.booked_on, line.payer_name, "", money, line.memo)
            assert record_transfer(SYSTEM, transfer) == (line, False)
        payout = self.pick(Payout, chance, Payout.state == PayoutState.PAID)
        if payout is not None:
            mark_payout_paid(SYSTEM, payout, "again")
        assert self.balances() == before

    @rule(one=st.booleans())
    def issue_early(self, one: bool) -> None:
        self.attempt(issue_statement, self.finance[one], self.providers[one], self.next_month)

    @precondition(lambda self: hasattr(self, "next_month"))
    @rule(at_once=st.booleans())
    def close(self, at_once: bool) -> None:
        following_month = following(self.next_month)
        if not at_once:
            target = datetime(following_month.year, following_month.month, 9, 4, tzinfo=UTC)
            if target > datetime.now(UTC):
                self.clock.move_to(target)
        if self.next_month > datetime.now(UTC).date():
            return
        close_month(self.desk[0], self.next_month)
        self.next_month = following_month
        mark_overdue()

    @rule(
        used=st.lists(st.tuples(amounts, st.booleans(), st.booleans()), min_size=1, max_size=4),
        paid=st.integers(0, 120),
    )
    def month(self, used: list[tuple[int, bool, bool]], paid: int) -> None:
        """An ordinary month: uses, the close, credits set off, a good part of every bill paid."""
        for amount, one, two in used:
            self.use(amount, one, two, 1)
        self.close(at_once=False)
        self.bills_are_told()
        for bill in session.scalars(select(Bill).where(Bill.state != "paid").order_by(Bill.id)).all():
            self.pay_in(bill, max(1, bill.outstanding_minor * paid // 100), bill.memo_code)

    @rule(approve=st.booleans(), paid=st.booleans())
    def pay_out(self, approve: bool, paid: bool) -> None:
        """An ordinary payout, as far as it goes."""
        if self.attempt(draft_payouts, self.desk[0]) is None or not approve:
            return
        for batch in session.scalars(select(PayoutBatch).where(PayoutBatch.state == BatchState.DRAFT)).all():
            if self.attempt(approve_batch, self.desk[1], batch) and paid:
                for payout in session.scalars(select(Payout).where(Payout.batch_id == batch.id)).all():
                    mark_payout_paid(self.desk[0], payout, "done")

    @rule(chance=st.integers(0, 99), part=st.integers(1, 100), again=st.booleans())
    def take_back(self, chance: int, part: int, again: bool) -> None:
        """An ordinary credit note: issued by one, approved by the other."""
        charge = self.pick(Charge, chance, Charge.state == ChargeState.BILLED, Charge.kind == ChargeKind.USE)
        for _turn in range(1 + again):
            if charge is not None:
                amount = Money(max(1, charge.total_minor * part // 100))
                note = self.attempt(issue_credit_note, self.desk[0], charge, amount, "broken detector")
                if note is not None:
                    approve_credit_note(self.desk[1], note)

    @rule()
    def bills_are_told(self) -> None:
        for bill in session.scalars(select(Bill).order_by(Bill.id)):
            pay_from_held(bill)
            set_off_credits(bill)
            use_credit(SYSTEM, bill)

    @rule(chance=st.integers(0, 99), amount=amounts, how=st.sampled_from(["exact", "any", "no memo"]))
    def transfer(self, chance: int, amount: int, how: str) -> None:
        bill = self.pick(Bill, chance)
        if bill is None:
            return
        if how == "exact":
            amount = bill.outstanding_minor or amount
        memo = "" if how == "no memo" else f"机时费 {bill.memo_code.lower()}"
        self.pay_in(bill, amount, memo)

    def pay_in(self, bill: Bill, amount: int, memo: str) -> None:
        transfer = Transfer(f"T{next(self.references)}", datetime.now(UTC).date(), "晶澜光电", "1", Money(amount), memo)
        line, is_new = record_transfer(self.desk[0], transfer)
        assert is_new
        match_transfer(self.desk[0], line)

    @rule(chance=st.integers(0, 99), other=st.integers(0, 99), credit=st.booleans())
    def assign(self, chance: int, other: int, credit: bool) -> None:
        line = self.pick(BankLine, chance, BankLine.assigned_minor < BankLine.amount_minor)
        bill = self.pick(Bill, other)
        if line is None or bill is None:
            return
        if credit:
            self.attempt(keep_as_credit, self.desk[0], line, self.payers[0])
        else:
            self.attempt(assign_transfer, self.desk[0], line, bill)

    @rule(chance=st.integers(0, 99))
    def undo(self, chance: int) -> None:
        """Taking a payment back, as far as it may be; once undone, doing it again changes nothing."""
        payment = self.pick(Payment, chance)
        if payment is not None and self.attempt(undo_payment, self.desk[0], payment, "wrong bill") is not None:
            before = self.balances()
            undo_payment(self.desk[1], payment, "again")
            assert self.balances() == before

    @rule(chance=st.integers(0, 99), part=st.integers(1, 100))
    def credit_note(self, chance: int, part: int) -> None:
        charge = self.pick(Charge, chance, Charge.state == ChargeState.BILLED)
        if charge is not None:
            amount = max(1, charge.total_minor * part // 100)
            self.attempt(issue_credit_note, self.desk[0], charge, Money(amount), "broken detector")

    @rule(chance=st.integers(0, 99), yes=st.sampled_from([True, True, False]), same=st.booleans())
    def decide_credit(self, chance: int, yes: bool, same: bool) -> None:
        note = self.pick(CreditNote, chance, CreditNote.state == CreditState.WAITING)
        if note is None:
            return
        decide = approve_credit_note if yes else refuse_credit_note
        if same:
            with pytest.raises(DomainError, match="Ask a colleague"):
                decide(self.desk[0], note)
        else:
            decide(self.desk[1], note)

    @rule(maker=st.booleans())
    def draft(self, maker: bool) -> None:
        self.attempt(draft_payouts, self.desk[maker])

    @rule(chance=st.integers(0, 99), who=st.booleans(), yes=st.sampled_from([True, True, False]))
    def decide_batch(self, chance: int, who: bool, yes: bool) -> None:
        batch = self.pick(PayoutBatch, chance, PayoutBatch.state == BatchState.DRAFT)
        if batch is not None:
            self.attempt(approve_batch if yes else discard_batch, self.desk[who], batch)

    @rule(chance=st.integers(0, 99), paid=st.sampled_from([True, True, False]))
    def bank_answers(self, chance: int, paid: bool) -> None:
        payout = self.pick(Payout, chance, Payout.state == PayoutState.APPROVED)
        if payout is not None:
            (mark_payout_paid if paid else mark_payout_returned)(self.desk[0], payout, "bank says so")

    def balances(self) -> dict[str, int]:
        rows = session.execute(select(LedgerAccount.code, LedgerAccount.balance))
        return {row.code: row.balance for row in rows}

    @invariant()
    def books_are_sound(self) -> None:
        check_deferred()
        found = verify()
        assert found.ok, found.faults
        assert sum(self.balances().values()) == 0

    @invariant()
    def no_account_is_below_its_floor(self) -> None:
        low = select(LedgerAccount.code).where(LedgerAccount.normal * LedgerAccount.balance < LedgerAccount.floor)
        assert session.scalars(low).all() == []

    @invariant()
    def bank_and_suspense_are_what_the_bank_says(self) -> None:
        came = total(select(func.sum(BankLine.amount_minor)))
        rest = total(select(func.sum(BankLine.amount_minor - BankLine.assigned_minor)))
        went = total(select(func.sum(Payout.amount_minor)).where(Payout.state == PayoutState.PAID))
        back = total(select(func.sum(FeeNote.refund_minor)).where(FeeNote.refunded_on.is_not(None)))
        assert account_balance(chart.bank()) == came - went - back
        assert account_balance(chart.BANK_UNMATCHED) == -rest

    @precondition(lambda self: hasattr(self, "payers"))
    @invariant()
    def what_customers_owe_is_what_their_bills_and_new_charges_say(self) -> None:
        for payer in self.payers:
            billed = total(select(func.sum(StatementLine.amount_minor)).where(StatementLine.payer_id == payer.id))
            final = (Charge.payer_id == payer.id) & (Charge.state == ChargeState.FINAL)
            new = total(select(func.sum(Charge.total_minor)).where(final))
            paid = select(func.sum(Collection.gross_minor)).join(Payment).where(Payment.payer_id == payer.id)
            assert account_balance(chart.buyer_receivable(payer.id)) == billed + new - total(paid)

    @precondition(lambda self: hasattr(self, "providers"))
    @invariant()
    def what_institutions_are_owed_is_what_was_collected_for_them(self) -> None:
        drafts = select(Payout.id).where(Payout.state == PayoutState.DRAFT)
        for provider in self.providers:
            payable = account_balance(chart.seller_payable(provider.id))
            receivable = account_balance(chart.seller_receivable(provider.id))
            collected = select(func.sum(Collection.net_minor)).where(Collection.provider_id == provider.id)
            kept_back = Collection.payout_id.is_(None) | Collection.payout_id.in_(drafts)
            assert payable - receivable == total(collected.where(kept_back))
            posted = Charge.state.in_((ChargeState.FINAL, ChargeState.BILLED)) & (Charge.provider_id == provider.id)
            earned = total(select(func.sum(Charge.total_minor - Charge.commission_minor)).where(posted))
            assert account_balance(chart.seller_uncollected(provider.id)) == earned - total(collected)

    @invariant()
    def statements_equal_the_books_at_their_cutoff(self) -> None:
        """Opening + lines − paid = closing, and that is the ledger then less what was posted but not yet stated."""
        for statement in session.scalars(select(Statement)):
            lines = session.scalars(select(StatementLine).where(StatementLine.statement_id == statement.id)).all()
            assert sum(line.net_minor for line in lines) == statement.net_minor
            assert sum(line.amount_minor for line in lines) == statement.gross_minor
            assert statement.closing_minor == owed_at_cutoff(statement)

    @invariant()
    def papers_add_up(self) -> None:
        for bill in session.scalars(select(Bill)):
            lines = select(func.sum(StatementLine.amount_minor)).join(BillLine).where(BillLine.bill_id == bill.id)
            undone = Payment.id.in_(select(PaymentReversal.payment_id))
            paid = select(func.sum(Payment.amount_minor)).where(Payment.bill_id == bill.id, ~undone)
            assert (bill.total_minor, bill.paid_minor) == (total(lines), total(paid))
        uncovered = text("SELECT count(*) FROM charges WHERE state = 'billed' AND ledger_transaction_id IS NULL")
        assert session.scalar(uncovered) == 0
        assert numbers_have_no_gap()

    @invariant()
    def credits_never_exceed_the_charge_and_commission_adds_up(self) -> None:
        for charge in session.scalars(select(Charge).where(Charge.state == ChargeState.BILLED)):
            if charge.kind is ChargeKind.CREDIT:
                continue
            assert creditable(charge).minor >= 0
            taken_back = session.scalars(select(Charge).where(Charge.corrects_id == charge.id)).all()
            if taken_back and sum(credit.total_minor for credit in taken_back) == -charge.total_minor:
                assert sum(credit.commission_minor for credit in taken_back) == -charge.commission_minor
                assert sum(credit.tax_minor for credit in taken_back) == -charge.tax_minor


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_books_and_papers_agree_after_any_order_of_events() -> None:
    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(
            max_examples=12, stateful_step_count=30, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
