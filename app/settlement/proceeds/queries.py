"""Reading proceeds that are held, and what of the collected money is free to be paid out."""

from collections.abc import Collection as Many
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Organisation
from app.accounts.proofs import digest_of
from app.core.db import session
from app.settlement.models import Charge
from app.settlement.payments.models import Collection
from app.settlement.proceeds.models import ELSEWHERE, ProceedsHold
from app.settlement.statements.models import BillLine, StatementLine

WITH_CHARGE = (joinedload(ProceedsHold.charge).joinedload(Charge.payer), joinedload(ProceedsHold.provider))


def is_free() -> ColumnElement[bool]:
    """Whether a collection (of the enclosing statement) belongs to no charge whose proceeds are held, or go elsewhere
    than to the institution."""
    return Collection.bill_line_id.not_in(_lines_of(ProceedsHold.decided_at.is_(None) | _goes_elsewhere()))


def is_of(hold: ProceedsHold) -> ColumnElement[bool]:
    """Whether a collection (of the enclosing statement) belongs to the charge of a hold."""
    return Collection.bill_line_id.in_(_lines_of(ProceedsHold.id == hold.id))


def _goes_elsewhere() -> ColumnElement[bool]:
    return ProceedsHold.choice.in_(ELSEWHERE) & (ProceedsHold.payee != {})


def _lines_of(which: ColumnElement[bool]) -> Select[UUID]:
    return (
        select(BillLine.id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .join(ProceedsHold, ProceedsHold.charge_id == StatementLine.charge_id)
        .where(which)
    )


def to_forward() -> Sequence[tuple[ProceedsHold, int]]:
    """Decided holds whose money goes to a pledgee or a deposit, with what lies in no payout of it, in minor units."""
    amount = func.sum(Collection.net_minor)
    rows = session.execute(
        select(ProceedsHold, amount)
        .join(StatementLine, StatementLine.charge_id == ProceedsHold.charge_id)
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .join(Collection, Collection.bill_line_id == BillLine.id)
        .where(_goes_elsewhere(), Collection.payout_id.is_(None))
        .options(joinedload(ProceedsHold.provider))
        .group_by(ProceedsHold.id)
        .having(amount > 0)
        .order_by(ProceedsHold.id)
    ).all()
    return [(hold, int(owed)) for hold, owed in rows]


def hold_by_link(token: str) -> ProceedsHold | None:
    """The hold whose link it is."""
    return session.scalars(
        select(ProceedsHold).options(*WITH_CHARGE).where(ProceedsHold.link_hash == digest_of(token))
    ).one_or_none()


def holds_of(charge_ids: Many[UUID]) -> dict[UUID, ProceedsHold]:
    """The holds of some charges, by charge."""
    found = session.scalars(select(ProceedsHold).where(ProceedsHold.charge_id.in_(charge_ids)))
    return {hold.charge_id: hold for hold in found}


def held_back(provider_id: UUID) -> int:
    """What was collected for an institution, lies in no payout and may not go into one, in minor units."""
    total = select(func.coalesce(func.sum(Collection.net_minor), 0)).where(
        Collection.provider_id == provider_id, Collection.payout_id.is_(None), ~is_free()
    )
    return int(session.scalar(total) or 0)


def held_by_institution() -> Sequence[tuple[Organisation, int, int]]:
    """Institutions with collected money that waits for a decision: of how many charges, and how much, the most first.

    What is decided is no longer held: it goes out with the next payout, to whom was agreed on.
    """
    amount, charges = func.sum(Collection.net_minor), func.count(ProceedsHold.id.distinct())
    rows = session.execute(
        select(Organisation, charges, amount)
        .join(Collection, Collection.provider_id == Organisation.id)
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .join(ProceedsHold, ProceedsHold.charge_id == StatementLine.charge_id)
        .where(Collection.payout_id.is_(None), ProceedsHold.decided_at.is_(None))
        .group_by(Organisation.id)
        .having(amount != 0)
        .order_by(amount.desc(), Organisation.id)
    ).all()
    return [(organisation, int(count), int(held)) for organisation, count, held in rows]


def collected_of(charge_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What was collected for institutions on some charges, in minor units."""
    rows = session.execute(
        select(StatementLine.charge_id, func.sum(Collection.net_minor))
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .join(Collection, Collection.bill_line_id == BillLine.id)
        .where(StatementLine.charge_id.in_(charge_ids))
        .group_by(StatementLine.charge_id)
    ).all()
    return {charge_id: int(amount) for charge_id, amount in rows}


def proceeds_holds(state: str = "") -> Select[ProceedsHold]:
    """Holds, the oldest first; those that are decided with ``done``, the latest first, else the open ones."""
    statement = select(ProceedsHold).options(*WITH_CHARGE)
    if state == "done":
        decided = statement.where(ProceedsHold.decided_at.is_not(None))
        return decided.order_by(ProceedsHold.decided_at.desc(), ProceedsHold.id.desc())
    return statement.where(ProceedsHold.decided_at.is_(None)).order_by(ProceedsHold.held_at, ProceedsHold.id)


def holds_on_statement(statement_id: UUID) -> Sequence[ProceedsHold]:
    """Open holds of charges on a statement, the oldest first."""
    return session.scalars(
        proceeds_holds()
        .join(StatementLine, StatementLine.charge_id == ProceedsHold.charge_id)
        .where(StatementLine.statement_id == statement_id)
    ).all()
