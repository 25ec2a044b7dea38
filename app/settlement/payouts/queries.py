"""Reading payouts: batches, what is due, the bank's file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Organisation, User
from app.core.clock import DEFAULT_ZONE, bounds, day_period, today
from app.core.db import session
from app.core.money import Money
from app.settlement.payments.models import Collection
from app.settlement.payouts.models import BatchState, Payout, PayoutBatch, PayoutState
from app.settlement.proceeds.queries import is_free
from app.settlement.settings import settings
from app.settlement.statements.calendar import previous


def payout_batches(state: str = "") -> Select[PayoutBatch]:
    """Batches, the newest first; `state` is one of BatchState, or anything else for all."""
    statement = select(PayoutBatch).order_by(PayoutBatch.id.desc())
    return statement.where(PayoutBatch.state == BatchState(state)) if state in set(BatchState) else statement


def payouts_of_batch(batch_id: UUID) -> Sequence[Payout]:
    """Payouts of a batch with their institutions, by number."""
    return session.scalars(
        select(Payout).options(joinedload(Payout.provider)).where(Payout.batch_id == batch_id).order_by(Payout.number)
    ).all()


def due_to_institutions() -> Sequence[tuple[Organisation, int]]:
    """Institutions with collected money in no payout, and how much, the largest first."""
    amount = func.sum(Collection.net_minor)
    rows = session.execute(
        select(Organisation, amount)
        .join(Collection, Collection.provider_id == Organisation.id)
        .where(Collection.payout_id.is_(None), is_free())
        .group_by(Organisation.id)
        .having(amount != 0)
        .order_by(amount.desc(), Organisation.id)
    ).all()
    return [(organisation, int(owed)) for organisation, owed in rows]


@dataclass(frozen=True, slots=True)
class Proposal:
    """That a payout should be drafted: since which day, for how many institutions, and how much was collected."""

    since: date
    institutions: int
    amount_minor: int


def last_payout_day(day: date) -> date:
    """The latest payout day that is not after `day` (flows.md §2 ⚙)."""
    wanted = settings.number("payout_day")
    month = day.replace(day=1)
    return (month if day.day >= wanted else previous(month)).replace(day=wanted)


def proposed_payout() -> Proposal | None:
    """What came in up to the last payout day and lies in no payout, for institutions that can be paid; None when that
    is nothing. What comes in later waits for the next payout day."""
    since = last_payout_day(today())
    amount = func.sum(Collection.net_minor)
    drafted = select(Payout.provider_id).where(Payout.state == PayoutState.DRAFT, Payout.proceeds_hold_id.is_(None))
    owed = (
        select(amount.label("amount"))
        .join(Organisation, Organisation.id == Collection.provider_id)
        .where(
            Collection.payout_id.is_(None),
            is_free(),
            Collection.created_at < bounds(day_period(since, DEFAULT_ZONE))[1],
            Organisation.bank_account != "",
            Organisation.id.not_in(drafted),
        )
        .group_by(Organisation.id)
        .having(amount > 0)
        .subquery()
    )
    count, total = session.execute(select(func.count(), func.coalesce(func.sum(owed.c.amount), 0))).one()
    return Proposal(since, count, int(total)) if count else None


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
