"""What the verifier needs to know besides the organisation itself."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.accounts.models import Organisation, Verification
from app.accounts.organisations.queries import waiting_organisations
from app.core.clock import now
from app.core.db import session
from app.equipment.reservations.models import Reservation


def organisations_to_show(state: Verification, words: str) -> Select[Any]:
    """Organisations in a state with the number of namesakes; what waits comes oldest first, the rest latest first."""
    statement = waiting_organisations((state,))
    if state in {Verification.VERIFIED, Verification.REFUSED}:
        statement = statement.order_by(None).order_by(Organisation.created_at.desc(), Organisation.id)
    if words:
        found = (column.icontains(words, autoescape=True) for column in (Organisation.name, Organisation.code))
        statement = statement.where(or_(*found))
    return statement


def first_bookings(organisation_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When the next booking of each organisation begins, for those that have one."""
    starts_at = func.min(func.lower(Reservation.period))
    rows = session.execute(
        select(Reservation.payer_id, starts_at)
        .where(
            Reservation.payer_id.in_(organisation_ids),
            Reservation.occupies,
            func.lower(Reservation.period) > now(),
        )
        .group_by(Reservation.payer_id)
    )
    return dict(rows.all())
