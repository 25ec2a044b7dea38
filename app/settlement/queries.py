"""Reading charges: whose they are, and what an institution has earned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, cast, func, select

from app.core.db import session
from app.settlement.models import Charge, ChargeKind, ChargeState

EARNED = (ChargeState.FINAL, ChargeState.BILLED)


@dataclass(frozen=True, slots=True)
class Income:
    """What an institution has earned in one month (by the day of use), before commission, in minor units."""

    provider_id: UUID
    month: date
    payer_class: str
    amount_minor: int
    minutes: int
    uses: int


def live_charge(subject_kind: str, subject_id: UUID, kind: ChargeKind = ChargeKind.USE) -> Charge | None:
    """The charge in force of a subject, if there is one."""
    return session.scalars(
        select(Charge).where(
            Charge.subject_kind == subject_kind,
            Charge.subject_id == subject_id,
            Charge.kind == kind,
            Charge.state.not_in((ChargeState.SUPERSEDED, ChargeState.VOID)),
        )
    ).one_or_none()


def income_by_institution(first: date, last: date, provider_id: UUID | None = None) -> Sequence[Income]:
    """Final charges by institution, month and payer class, for uses from `first` up to and without `last`.

    What stays inside one legal person is left out: it is no income.
    """
    month = cast(func.date_trunc("month", Charge.used_on), Date)
    statement = (
        select(
            Charge.provider_id,
            month.label("month"),
            Charge.payer_class,
            func.sum(Charge.total_minor).label("amount"),
            func.sum(Charge.minutes).label("minutes"),
            func.count().filter(Charge.kind == ChargeKind.USE).label("uses"),
        )
        .where(Charge.state.in_(EARNED), Charge.provider_id != Charge.payer_id)
        .where(Charge.used_on >= first, Charge.used_on < last)
        .group_by(Charge.provider_id, month, Charge.payer_class)
        .order_by(Charge.provider_id, month, Charge.payer_class)
    )
    if provider_id is not None:
        statement = statement.where(Charge.provider_id == provider_id)
    return [
        Income(row.provider_id, row.month, row.payer_class, int(row.amount), int(row.minutes), row.uses)
        for row in session.execute(statement)
    ]
