"""Organisations looked up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationKind, Verification
from app.core.db import session

ALIKE = 0.55


def organisation_by_code(code: str) -> Organisation | None:
    """The organisation with this credit code (in normal form)."""
    return session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()


def waiting_organisations(states: Sequence[Verification] = (Verification.WAITING,)) -> Select[tuple[Organisation, int]]:
    """What the operator has to decide, the oldest first, each with the number of others of the same name."""
    other = aliased(Organisation)
    namesakes = (
        select(func.count())
        .where(other.id != Organisation.id, func.lower(other.name) == func.lower(Organisation.name))
        .scalar_subquery()
    )
    return (
        select(Organisation, namesakes)
        .where(Organisation.verification.in_(states))
        .order_by(Organisation.created_at, Organisation.id)
    )


def counts_by_verification() -> dict[Verification, int]:
    """How many organisations are in each state."""
    rows = session.execute(select(Organisation.verification, func.count()).group_by(Organisation.verification))
    return {state: count for state, count in rows}  # noqa: C416 rows are not pairs for mypy


def namesakes(organisation: Organisation, limit: int = 5) -> Sequence[Organisation]:
    """Other organisations with the same or a similar name, the most similar first."""
    likeness = func.similarity(Organisation.name, organisation.name)
    return session.scalars(
        select(Organisation)
        .where(
            Organisation.id != organisation.id,
            or_(func.lower(Organisation.name) == organisation.name.lower(), likeness >= ALIKE),
        )
        .order_by(likeness.desc(), Organisation.id)
        .limit(limit)
    ).all()


def operator_ids() -> Sequence[UUID]:
    """The platform operator's organisations."""
    return session.scalars(select(Organisation.id).where(Organisation.kind == OrganisationKind.OPERATOR)).all()
