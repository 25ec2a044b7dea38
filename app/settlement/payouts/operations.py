"""Paying out what was collected: a draft, a second person, a file for the bank, the bank's answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts.models import Actor, Organisation
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import CURRENCY
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.operations import lock_books, post
from app.ledger.queries import account_balances
from app.settlement.events import PayoutPaid, PayoutReturned
from app.settlement.operations import paper_number, take_numbers
from app.settlement.payments.models import Collection
from app.settlement.payouts.models import BatchState, Payout, PayoutBatch, PayoutState
from app.settlement.payouts.policy import PayoutPolicy
from app.settlement.proceeds.models import ProceedsHold
from app.settlement.proceeds.queries import held_back, is_free, is_of, to_forward


@dataclass(slots=True)
class Draft:
    """A new batch, and the institutions that are owed money but were left out."""

    batch: PayoutBatch
    without_account: list[Organisation] = field(default_factory=list)


def draft_payouts(actor: Actor) -> Draft:
    """Put what has been collected for every institution into one batch; what it owes back is netted.

    Raises Invalid when there is nothing to pay out, or only to institutions without a bank account.
    """
    ensure(actor, PayoutPolicy.make, None)
    if actor.user_id is None:
        raise Forbidden(_l("A payout is made by a person."))
    lock_books()
    waiting = select(Payout.provider_id).where(Payout.state == PayoutState.DRAFT, Payout.proceeds_hold_id.is_(None))
    providers = session.scalars(
        select(Organisation)
        .join(Collection, Collection.provider_id == Organisation.id)
        .where(Collection.payout_id.is_(None), is_free(), Organisation.id.not_in(waiting))
        .group_by(Organisation.id)
        .having(func.sum(Collection.net_minor) > 0)
        .order_by(Organisation.code)
    ).all()
    year = today().year
    batch = PayoutBatch(
        id=uuid7(), number="", state=BatchState.DRAFT, currency=CURRENCY, total_minor=0, made_by_id=actor.user_id,
        made_at=now(), payouts=[],
    )  # fmt: skip
    draft = Draft(batch, [provider for provider in providers if not provider.bank_account])
    owed = [(provider, *_owed(provider.id)) for provider in providers if provider.bank_account]
    owed = [(provider, amount, netted) for provider, amount, netted in owed if amount > 0]
    forwarded = _forwarded()
    if not owed and not forwarded:
        raise Invalid(_l("There is nothing to pay out."), code="nothing_to_pay_out")
    batch.number = paper_number("PB", year, take_numbers("payout_batch", year))
    batch.total_minor = sum(amount for _to, amount, _netted in owed) + sum(amount for _hold, amount in forwarded)
    session.add(batch)
    session.flush()
    first = take_numbers("payout", year, len(owed) + len(forwarded))
    for number, (provider, amount, netted) in enumerate(owed, start=first):
        _add(batch, paper_number("P", year, number), provider, amount, netted)
    for number, (hold, amount) in enumerate(forwarded, start=first + len(owed)):
        _add(batch, paper_number("P", year, number), hold.provider, amount, 0, hold)
    session.flush()
    record(actor, "payout.draft", batch, {"total": [None, batch.total_minor]})
    return draft


def approve_batch(actor: Actor, batch: PayoutBatch) -> PayoutBatch:
    """The second person lets the money go; every payout leaves the institution's account in the books.

    Raises Forbidden for the maker, Conflict when the batch is no draft or a sum is no longer there.
    """
    ensure(actor, PayoutPolicy.approve, batch)
    payouts = _lock(batch)
    if actor.user_id is None or actor.user_id == batch.made_by_id:
        raise Forbidden(_l("Who made a payout cannot approve it. Ask a colleague."), code="two_persons")
    if batch.state is not BatchState.DRAFT:
        raise _not_draft()
    for payout in payouts:
        entries = [
            (chart.seller_payable(payout.provider_id), payout.amount_minor + payout.netted_minor, payout.number),
            (chart.payout_in_transit(payout.id), -payout.amount_minor, payout.number),
            (chart.seller_receivable(payout.provider_id), -payout.netted_minor, payout.number),
        ]
        payout.approval_transaction_id = post(
            actor, f"payout_approved:{payout.id}", "payout_approved", now(), [e for e in entries if e[1]],
            subject_kind="payouts", subject_id=payout.id,
        ).id  # fmt: skip
        payout.state = PayoutState.APPROVED
    batch.state, batch.approved_by_id, batch.approved_at = BatchState.APPROVED, actor.user_id, now()
    session.flush()
    record(actor, "payout.approve", batch, {"state": ["draft", "approved"]})
    return batch


def discard_batch(actor: Actor, batch: PayoutBatch) -> PayoutBatch:
    """Take a draft back; its money can be drafted again."""
    ensure(actor, PayoutPolicy.make, batch)
    payouts = _lock(batch)
    if batch.state is not BatchState.DRAFT:
        raise _not_draft()
    for payout in payouts:
        payout.state = PayoutState.DISCARDED
        _release(payout.id)
    batch.state = BatchState.DISCARDED
    session.flush()
    record(actor, "payout.discard", batch, {"state": ["draft", "discarded"]})
    return batch


def mark_exported(actor: Actor, batch: PayoutBatch) -> PayoutBatch:
    """The bank file has been taken out; it may be taken again."""
    ensure(actor, PayoutPolicy.answer, batch)
    _lock(batch)
    if batch.state not in {BatchState.APPROVED, BatchState.EXPORTED}:
        raise Conflict(_l("Only an approved batch goes to the bank."), code="not_approved")
    if batch.state is BatchState.APPROVED:
        batch.state, batch.exported_at = BatchState.EXPORTED, now()
        session.flush()
    record(actor, "payout.export", batch)
    return batch


def mark_payout_paid(actor: Actor, payout: Payout, bank_reference: str, at: datetime | None = None) -> Payout:
    """The bank has carried a payout out, `at` the instant it says or now. Once paid, again changes nothing."""
    ensure(actor, PayoutPolicy.answer, payout)
    if not _lock_open(payout, PayoutState.PAID):
        return payout
    _answer(actor, payout, "payout_paid", chart.bank(), at or now())
    payout.state, payout.bank_reference = PayoutState.PAID, bank_reference
    session.flush()
    record(actor, "payout.paid", payout, {"reference": [None, bank_reference]})
    emit(PayoutPaid(payout.id))
    return payout


def mark_payout_returned(actor: Actor, payout: Payout, reason: str, at: datetime | None = None) -> Payout:
    """The bank has sent a payout back: the money is payable again, for a draft to a corrected account."""
    ensure(actor, PayoutPolicy.answer, payout)
    if not _lock_open(payout, PayoutState.RETURNED):
        return payout
    _answer(actor, payout, "payout_returned", chart.seller_payable(payout.provider_id), at or now())
    payout.state, payout.return_reason = PayoutState.RETURNED, reason
    _release(payout.id)
    session.flush()
    record(actor, "payout.returned", payout, {"reason": [None, reason]})
    emit(PayoutReturned(payout.id))
    return payout


def _owed(provider_id: UUID) -> tuple[int, int]:
    """(what goes out, what is netted against the institution's debt); proceeds that are held stay."""
    payable, receivable = chart.seller_payable(provider_id), chart.seller_receivable(provider_id)
    balances = account_balances([payable, receivable])
    free = max(0, balances[payable] - held_back(provider_id))
    netted = min(free, balances[receivable])
    return free - netted, netted


def _forwarded() -> list[tuple[ProceedsHold, int]]:
    """What goes to pledgees and deposits: no more than the books still owe the institution."""
    found = to_forward()
    left = account_balances([chart.seller_payable(hold.provider_id) for hold, _amount in found]) if found else {}
    forwarded = []
    for hold, collected in found:
        payable = chart.seller_payable(hold.provider_id)
        amount = min(collected, left[payable])
        left[payable] -= amount
        if amount > 0:
            forwarded.append((hold, amount))
    return forwarded


def _add(
    batch: PayoutBatch, number: str, provider: Organisation, amount: int, netted: int, hold: ProceedsHold | None = None
) -> None:
    payout = Payout(
        id=uuid7(), number=number, batch_id=batch.id, provider_id=provider.id, state=PayoutState.DRAFT,
        amount_minor=amount, netted_minor=netted, currency=CURRENCY, created_at=batch.made_at,
        account=dict(hold.payee) if hold else _account(provider), proceeds_hold_id=hold.id if hold else None,
    )  # fmt: skip
    session.add(payout)
    session.flush()
    session.execute(
        update(Collection)
        .where(
            Collection.provider_id == provider.id, Collection.payout_id.is_(None), is_of(hold) if hold else is_free()
        )
        .values(payout_id=payout.id)
        .execution_options(synchronize_session=False)
    )


def _account(provider: Organisation) -> dict[str, Any]:
    return {
        "bank_name": provider.bank_name,
        "bank_account": provider.bank_account,
        "bank_account_name": provider.bank_account_name or provider.name,
    }


def _release(payout_id: UUID) -> None:
    session.execute(
        update(Collection)
        .where(Collection.payout_id == payout_id)
        .values(payout_id=None)
        .execution_options(synchronize_session=False)
    )


def _answer(actor: Actor, payout: Payout, kind: str, account: str, at: datetime) -> None:
    entries = [
        (chart.payout_in_transit(payout.id), payout.amount_minor, payout.number),
        (account, -payout.amount_minor, payout.number),
    ]
    payout.answer_transaction_id = post(
        actor, f"{kind}:{payout.id}", kind, at, entries, subject_kind="payouts", subject_id=payout.id
    ).id
    payout.answered_at = at


def _lock(batch: PayoutBatch) -> list[Payout]:
    lock_books()
    session.refresh(batch, with_for_update={"of": PayoutBatch})
    statement = select(Payout).where(Payout.batch_id == batch.id).order_by(Payout.id).with_for_update()
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _lock_open(payout: Payout, wanted: PayoutState) -> bool:
    """Whether the payout still waits for the bank's answer; False when it already is as wanted."""
    lock_books()
    session.refresh(payout, with_for_update={"of": Payout})
    if payout.state is wanted:
        return False
    if payout.state is not PayoutState.APPROVED:
        raise Conflict(_l("This payout is not on its way."), code="not_in_transit")
    return True


def _not_draft() -> Conflict:
    return Conflict(_l("This batch is no draft any more."), code="not_draft")
