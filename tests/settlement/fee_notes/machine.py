"""What can happen to fee notes, for the money machine, and what must be true of them after every step."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import func, select

from app.accounts.models import SYSTEM
from app.core.db import session
from app.ledger import chart
from app.ledger.queries import account_balance
from app.settlement.corrections.lowering import lower_fee_note
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import (
    earn_fee_note,
    record_refund,
    refund_fee_note,
    remind_of_fee_notes,
    void_fee_note,
)
from app.settlement.models import HELD_KINDS, Charge, ChargeKind
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal, PaymentSource
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import confirm_release, hold_proceeds
from app.settlement.proceeds.queries import is_free
from app.settlement.statements.models import Bill
from tests.settlement.checks import total
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer

amounts = st.integers(1, 500_00)


class FeeNoteRules:
    """Issued, paid in parts, too much or to the wrong one, earned before or after, given back, billed."""

    attempt: Any
    pick: Any
    balances: Any
    providers: list[Any]
    payers: list[Any]
    desk: list[Any]

    @rule(amount=amounts, one=st.booleans(), two=st.booleans(), late=st.booleans())
    def ask_for_a_fee(self, amount: int, one: bool, two: bool, late: bool) -> None:
        due_on = datetime.now(UTC).date() + timedelta(days=3) if late else None
        make_fee_note(self.providers[one], self.payers[two], amount, due_on=due_on)
        remind_of_fee_notes()

    @rule(
        amount=amounts, one=st.booleans(), two=st.booleans(), paid=st.integers(0, 130),
        earned=st.sampled_from(["before", "after", "never"]),
    )  # fmt: skip
    def ordinary_fee(self, amount: int, one: bool, two: bool, paid: int, earned: str) -> None:
        """Asked for, paid for a good part, earned."""
        note = make_fee_note(self.providers[one], self.payers[two], amount)
        if earned == "before":
            make_earned(note, ChargeKind.ROYALTY)
        if paid:
            match_transfer(self.desk[0], make_transfer(self.desk[0], max(1, amount * paid // 100), note.memo_code))
        if earned == "after" and note.state is FeeNoteState.PAID:
            make_earned(note)

    @rule(chance=st.integers(0, 99), amount=amounts, how=st.sampled_from(["exact", "any", "by hand"]))
    def pay_a_fee(self, chance: int, amount: int, how: str) -> None:
        note = self.pick(FeeNote, chance)
        if note is None:
            return
        if how == "exact":
            amount = note.outstanding_minor or amount
        line = make_transfer(self.desk[0], amount, "" if how == "by hand" else note.memo_code)
        if how == "by hand":
            self.attempt(hold_transfer, self.desk[0], line, note)
        else:
            match_transfer(self.desk[0], line)

    @rule(chance=st.integers(0, 99), other=st.integers(0, 99))
    def hold_what_lies_in_suspense(self, chance: int, other: int) -> None:
        line = self.pick(BankLine, chance, BankLine.assigned_minor < BankLine.amount_minor)
        note = self.pick(FeeNote, other)
        if line is not None and note is not None:
            self.attempt(hold_transfer, self.desk[0], line, note)

    @rule(chance=st.integers(0, 99))
    def earn_a_fee(self, chance: int) -> None:
        """Earned once, however often it is said."""
        note = self.pick(FeeNote, chance)
        if note is None or self.attempt(make_earned, note) is None:
            return
        before, charge = self.balances(), session.get_one(Charge, note.charge_id)
        again = earn_fee_note(
            SYSTEM, note, kind=ChargeKind.ROYALTY, used_on=charge.used_on, service_period=charge.service_period
        )
        assert (again, self.balances()) == (charge, before)

    @rule(chance=st.integers(0, 99), void=st.booleans(), carried_out=st.booleans())
    def end_a_fee(self, chance: int, void: bool, carried_out: bool) -> None:
        note = self.pick(FeeNote, chance)
        if note is None:
            return
        self.attempt(void_fee_note if void else refund_fee_note, SYSTEM, note, "no licence arose")
        if carried_out:
            self.attempt(record_refund, self.desk[0], note, datetime.now(UTC).date(), f"back {note.number}")

    @rule(chance=st.integers(0, 99), percent=st.integers(0, 99))
    def lower_a_fee(self, chance: int, percent: int) -> None:
        note = self.pick(FeeNote, chance)
        if note is not None:
            self.attempt(lower_fee_note, SYSTEM, note, note.total_minor * percent // 100, "less was sold")

    @rule(chance=st.integers(0, 99), let_go=st.booleans(), choice=st.sampled_from(list(ProceedsChoice)))
    def hold_or_release_proceeds(self, chance: int, let_go: bool, choice: str) -> None:
        hold = self.pick(ProceedsHold, chance, ProceedsHold.decided_at.is_(None))
        if let_go and hold is not None:
            hold.proposed_choice, hold.proposed_at = ProceedsChoice(choice), datetime.now(UTC)
            hold.payee = (
                {} if choice == "consent" else {"bank_name": "b", "bank_account": "1", "bank_account_name": "n"}
            )
            confirm_release(self.desk[0], hold)
            return
        charge = self.pick(Charge, chance, Charge.kind.in_(HELD_KINDS))
        if charge is not None:
            self.attempt(hold_proceeds, self.desk[0], charge, "pledged")

    @invariant()
    def a_draft_carries_what_was_collected_and_nothing_that_is_held(self) -> None:
        for payout in session.scalars(select(Payout).where(Payout.state == PayoutState.DRAFT)):
            carried = Collection.payout_id == payout.id
            collected = total(select(func.sum(Collection.net_minor)).where(carried))
            if payout.proceeds_hold_id is not None:  # to a pledgee: no more than the books still owe the owner
                assert 0 < payout.amount_minor <= collected
                continue
            assert payout.amount_minor == collected
            assert session.scalar(select(func.count()).select_from(Collection).where(carried, ~is_free())) == 0

    @invariant()
    def what_came_in_on_a_fee_note_is_held_billed_or_gone_back(self) -> None:
        undone = Payment.id.in_(select(PaymentReversal.payment_id))
        held_by_hold = 0
        for note in session.scalars(select(FeeNote)):
            live = (Payment.fee_note_id == note.id) & ~undone
            came = total(select(func.sum(Payment.amount_minor)).where(live, Payment.source != PaymentSource.HELD))
            given = select(func.sum(Payment.amount_minor + Payment.credit_minor))
            billed = total(given.where(live, Payment.source == PaymentSource.HELD))
            held = account_balance(chart.order_hold(note.id))
            assert came - note.released_minor == note.paid_minor == held + billed + note.refund_minor
            assert held == (note.paid_minor if note.is_held else 0 if note.state is not FeeNoteState.OPEN else held)
            waits = note.refund_minor if note.refunded_on is None else 0
            assert account_balance(chart.refund_payable(note.id)) == waits
            held_by_hold += held
        assert sum(amount for code, amount in self.balances().items() if ":order_hold:" in code) in {
            held_by_hold, -held_by_hold,
        }  # fmt: skip

    @invariant()
    def a_bill_never_takes_more_than_it_asks_for(self) -> None:
        for bill in session.scalars(select(Bill)):
            assert 0 <= bill.paid_minor <= max(0, bill.total_minor)
