"""Undoing a wrong match, as long as the money is still with the platform's custodian."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.operations import lock_books
from app.ledger.queries import account_balance
from app.settlement.fee_notes.models import FeeNote
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal, PaymentSource
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.reversals import reverse_payment
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.statements.models import Bill

Row = TypeVar("Row", Bill, BankLine, FeeNote)


def undo_payment(actor: Actor, payment: Payment, reason: str) -> PaymentReversal:
    """Take a payment back: the bill is owed again, the transfer waits again (or the credit is there again).

    Undoing it twice returns the first reversal. Raises Conflict, with what to do, when part of the money is in a
    payout or its credit has been used, Invalid without a reason.
    """
    ensure(actor, PaymentPolicy.undo, payment)
    if not reason.strip():
        raise Invalid(_l("Say why."), field="reason")
    lock_books()
    known = session.get(PaymentReversal, payment.id)
    if known is not None:
        return known
    if payment.fee_note_id is not None:
        _locked(FeeNote, payment.fee_note_id)
    hindrance = why_not(payment)
    if hindrance is not None:
        raise hindrance
    bill = _locked(Bill, payment.bill_id) if payment.bill_id else None
    line = _locked(BankLine, payment.bank_line_id) if payment.bank_line_id else None
    return reverse_payment(actor, payment, bill, line, reason.strip())


def why_not(payment: Payment) -> Conflict | None:
    """What stands in the way of undoing a payment, with what to do about it; None when nothing does."""
    if payment.source is PaymentSource.OFFSET:
        return Conflict(_l("Credit lines were set off against the same bill; there is nothing to undo."), code="offset")
    if payment.fee_note_id is not None:
        note = session.get_one(FeeNote, payment.fee_note_id)
        if payment.source is PaymentSource.HELD or note.charge_id is not None or not note.is_held:
            return Conflict(
                _l("The fee of %(number)s is earned or has gone back; this payment stays.", number=note.number),
                code="earned",
            )
        if note.released_minor:
            return Conflict(
                _l("%(number)s was lowered, what was paid too much is credit now; this payment stays.",
                   number=note.number),
                code="lowered",
            )  # fmt: skip
    paid_out = session.scalars(
        select(Payout)
        .join(Collection, Collection.payout_id == Payout.id)
        .options(joinedload(Payout.provider))
        .where(Collection.payment_id == payment.id)
        .order_by(Payout.id)
        .limit(1)
    ).first()
    if paid_out is not None:
        return _in_payout(paid_out)
    if account_balance(chart.buyer_credit(payment.payer_id)) < payment.credit_minor:
        return _credit_used(payment)
    return None


def _locked(model: type[Row], identity: UUID) -> Row:
    """The row as it is now, locked: what was read before the books were locked may be old."""
    return session.get_one(model, identity, with_for_update=True, populate_existing=True)


def _in_payout(payout: Payout) -> Conflict:
    named = {"number": payout.number, "name": payout.provider.name}
    if payout.state is PayoutState.DRAFT:
        sentence = _l("Part of it stands in the draft of payout %(number)s. Discard that draft first.", **named)
    elif payout.state is PayoutState.APPROVED:
        sentence = _l(
            "Part of it is on its way to %(name)s in payout %(number)s. Note the bank’s answer first; it can be undone "
            "only if the bank sends the payout back.",
            **named,
        )
    else:
        sentence = _l(
            "Part of it was paid out to %(name)s in payout %(number)s and stays there. Have the bill’s customer pay, "
            "and keep that transfer as credit of the customer who paid this one.",
            **named,
        )
    return Conflict(sentence, code="in_payout", details={"payout": payout.number})


def _credit_used(payment: Payment) -> Conflict:
    used = session.scalars(
        select(Bill.number)
        .join(Payment, Payment.bill_id == Bill.id)
        .outerjoin(PaymentReversal, PaymentReversal.payment_id == Payment.id)
        .where(
            Payment.payer_id == payment.payer_id,
            Payment.source == PaymentSource.CREDIT,
            PaymentReversal.payment_id.is_(None),
        )
        .order_by(Payment.id.desc())
        .limit(1)
    ).first()
    sentence = _l(
        "The credit that this transfer left has paid bill %(number)s since. Undo that payment first.",
        number=used or "–",
    )
    return Conflict(sentence, code="credit_used")
