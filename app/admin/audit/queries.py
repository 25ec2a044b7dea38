"""The audit log, filtered."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.accounts.models import Organisation, User
from app.core.audit import AuditEntry
from app.core.clock import DEFAULT_ZONE, day_period


@dataclass(frozen=True)
class Filters:
    """What the reader looks for; empty values do not restrict."""

    action: str = ""
    person: str = ""
    organisation: str = ""
    subject: UUID | None = None
    request_id: str = ""
    first_day: date | None = None
    last_day: date | None = None


def audit_entries(filters: Filters) -> Select[Any]:
    """Entries with person and organisation, the latest first."""
    statement: Any = (
        select(AuditEntry, User, Organisation)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .outerjoin(Organisation, Organisation.id == AuditEntry.organisation_id)
        .order_by(AuditEntry.id.desc())
    )
    if filters.action:
        statement = statement.where(AuditEntry.action.startswith(filters.action, autoescape=True))
    if filters.person:
        statement = statement.where(User.email == filters.person)
    if filters.organisation:
        statement = statement.where(Organisation.code == filters.organisation)
    if filters.subject is not None:
        statement = statement.where(AuditEntry.subject_id == filters.subject)
    if filters.request_id:
        statement = statement.where(AuditEntry.request_id == filters.request_id)
    if filters.first_day is not None:
        statement = statement.where(AuditEntry.at >= day_period(filters.first_day, DEFAULT_ZONE).lower)
    if filters.last_day is not None:
        statement = statement.where(AuditEntry.at < day_period(filters.last_day, DEFAULT_ZONE).upper)
    return statement  # type: ignore[no-any-return]


def usual_days(present: date) -> dict[str, date]:
    """First days of the usual stretches that a reader asks for."""
    return {"today": present, "week": present - timedelta(days=6), "month": present - timedelta(days=29)}
