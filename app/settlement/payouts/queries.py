"""Reading payouts: batches, what is due, the bank's file."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor, Organisation, User
from app.core.db import session
from app.core.money import Money
from app.settlement.payments.models import Collection
from app.settlement.payouts.models import BatchState, Payout, PayoutBatch, PayoutState
from app.settlement.policy import operator_reader


def payout_batches(state: str = "") -> Select[PayoutBatch]:
    """Batches, the newest first; `state` is one of BatchState, or anything else for all."""
    statement = select(PayoutBatch).order_by(PayoutBatch.id.desc())
    return statement.where(PayoutBatch.state == BatchState(state)) if state in set(BatchState) else statement


def payouts_of_batch(batch_id: UUID) -> Sequence[Payout]:
    """Payouts of a batch with their institutions, by number."""
    return session.scalars(
        select(Payout).options(joinedload(Payout.provider)).where(Payout.batch_id == batch_id).order_by(Payout.number)
    ).all()


def visible_payouts(actor: Actor) -> Select[Payout]:
    """Payouts to the institution acted for (the operator sees all), the newest first; drafts are nobody's yet."""
    statement = select(Payout).options(joinedload(Payout.provider)).order_by(Payout.id.desc())
    statement = statement.where(Payout.state.not_in((PayoutState.DRAFT, PayoutState.DISCARDED)))
    if not operator_reader(actor, None):
        statement = statement.where(Payout.provider_id == actor.organisation_id)
    return statement


def due_to_institutions() -> Sequence[tuple[Organisation, int]]:
    """Institutions with collected money in no payout, and how much, the largest first."""
    amount = func.sum(Collection.net_minor)
    rows = session.execute(
        select(Organisation, amount)
        .join(Collection, Collection.provider_id == Organisation.id)
        .where(Collection.payout_id.is_(None))
        .group_by(Organisation.id)
        .having(amount != 0)
        .order_by(amount.desc(), Organisation.id)
    ).all()
    return [(organisation, int(owed)) for organisation, owed in rows]


def bank_file_rows(batch: PayoutBatch) -> Iterator[tuple[object, ...]]:
    """What the bank needs of each payout, in the order of the columns of its file."""
    for payout in payouts_of_batch(batch.id):
        account = payout.account
        yield (payout.number, account["bank_account_name"], account["bank_account"], account["bank_name"],
               f"{Money(payout.amount_minor).decimal:.2f}", payout.currency, payout.number)  # fmt: skip


def people(*ids: UUID | None) -> dict[UUID, str]:
    """Names of people by id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_([each for each in ids if each]))).all()
    return {row.id: row.name for row in rows}
