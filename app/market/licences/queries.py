"""Reading licences: whose they are, what runs out, what the operator looks at."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.db import session
from app.market.licences.models import LIVE, Dispute, DisputeState, Licence, LicenceInstalment, LicenceState, Review
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Patent

WITH_PARTIES = (
    joinedload(Licence.patent),
    joinedload(Licence.licensor),
    joinedload(Licence.licensee),
    joinedload(Licence.open_licence),
)


def visible_to(actor: Actor) -> Any:
    """The condition under which a licence may be seen, the same as LicencePolicy.view."""
    if actor.operates():
        return true()
    return or_(Licence.licensor_id == actor.organisation_id, Licence.licensee_id == actor.organisation_id)


def visible_licences(actor: Actor) -> Select[Licence]:
    """The licences and notices that the actor may know of, the newest first, with patent and parties loaded."""
    return (
        select(Licence)
        .options(*WITH_PARTIES)
        .where(visible_to(actor))
        .order_by(Licence.noticed_at.desc(), Licence.id.desc())
    )


def licences_taken(actor: Actor) -> Select[Licence]:
    """Those of the organisation acted for as the licensee."""
    return visible_licences(actor).where(Licence.licensee_id == actor.organisation_id)


def licences_given(actor: Actor) -> Select[Licence]:
    """Those of the organisation acted for as the licensor."""
    return visible_licences(actor).where(Licence.licensor_id == actor.organisation_id)


def licence_with_parties(licence_id: UUID) -> Licence:
    """A licence as it is now, with patent and parties."""
    statement = select(Licence).options(*WITH_PARTIES).where(Licence.id == licence_id)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def current_licence(open_licence_id: UUID, licensee_id: UUID | None) -> Licence | None:
    """The notice or licence that a licensee has of a declaration, unless it is void or over."""
    if licensee_id is None:
        return None
    return session.scalars(
        select(Licence)
        .options(*WITH_PARTIES)
        .where(
            Licence.open_licence_id == open_licence_id,
            Licence.licensee_id == licensee_id,
            Licence.state.not_in([LicenceState.VOID, LicenceState.ENDED]),
        )
    ).one_or_none()


def licence_of_note(fee_note_id: UUID) -> Licence | None:
    """The licence that a fee note with the notice pays for."""
    return session.scalars(select(Licence).where(Licence.fee_note_id == fee_note_id)).one_or_none()


def instalment_of_note(fee_note_id: UUID) -> LicenceInstalment | None:
    """The later instalment that a fee note pays for."""
    return session.scalars(select(LicenceInstalment).where(LicenceInstalment.fee_note_id == fee_note_id)).one_or_none()


def instalments_of(licence_id: UUID) -> Sequence[LicenceInstalment]:
    """What falls due after the licence took effect, by number."""
    return session.scalars(
        select(LicenceInstalment).where(LicenceInstalment.licence_id == licence_id).order_by(LicenceInstalment.number)
    ).all()


def unpaid_notices(open_licence_id: UUID) -> Sequence[Licence]:
    """Notices of a declaration that wait for their payment."""
    return session.scalars(
        select(Licence)
        .where(Licence.open_licence_id == open_licence_id, Licence.state == LicenceState.NOTICED)
        .order_by(Licence.id)
    ).all()


def live_licences(open_licence_id: UUID) -> Sequence[Licence]:
    """Licences in effect that were taken of a declaration."""
    return session.scalars(
        select(Licence).where(Licence.open_licence_id == open_licence_id, Licence.state.in_(LIVE)).order_by(Licence.id)
    ).all()


def live_count(open_licence_id: UUID) -> int:
    """How many licences of a declaration are in effect."""
    counted = select(func.count()).where(Licence.open_licence_id == open_licence_id, Licence.state.in_(LIVE))
    return session.scalar(counted) or 0


def of_patent(patent_id: UUID) -> Sequence[Licence]:
    """Notices and licences of a patent that are not over."""
    return session.scalars(
        select(Licence)
        .where(Licence.patent_id == patent_id, Licence.state.not_in([LicenceState.VOID, LicenceState.ENDED]))
        .order_by(Licence.id)
    ).all()


def unpaid_ids() -> Sequence[UUID]:
    """Every notice that waits for its payment."""
    return session.scalars(select(Licence.id).where(Licence.state == LicenceState.NOTICED).order_by(Licence.id)).all()


def to_file_ids() -> Sequence[UUID]:
    """Every licence in effect that is not filed with CNIPA."""
    return session.scalars(select(Licence.id).where(Licence.state == LicenceState.EFFECTIVE).order_by(Licence.id)).all()


def run_out_ids(day: date) -> Sequence[UUID]:
    """Licences whose term is over on a day."""
    statement = select(Licence.id).where(Licence.state.in_(LIVE), Licence.ends_on <= day).order_by(Licence.id)
    return session.scalars(statement).all()


def instalment_ids(until: date) -> Sequence[UUID]:
    """Instalments due until a day that are not closed."""
    return session.scalars(
        select(LicenceInstalment.id)
        .where(LicenceInstalment.is_closed.is_(False), LicenceInstalment.due_on <= until)
        .order_by(LicenceInstalment.due_on, LicenceInstalment.id)
    ).all()


def to_review() -> Select[Licence]:
    """What the operator has still to look at, the oldest first."""
    return (
        select(Licence)
        .options(*WITH_PARTIES)
        .where(Licence.review != Review.NONE, Licence.reviewed_at.is_(None))
        .order_by(Licence.changed_at, Licence.id)
    )


def licences_waiting(actor: Actor, limit: int = 20) -> Sequence[Licence]:
    """Licences of the organisation acted for, on either side, that are not filed with CNIPA yet (rule 87)."""
    statement = visible_licences(actor).where(Licence.state == LicenceState.EFFECTIVE)
    return session.scalars(statement.order_by(None).order_by(Licence.filing_due_on, Licence.id).limit(limit)).all()


def open_dispute_of(licence_id: UUID) -> Dispute | None:
    """The dispute about a licence that is not settled."""
    return (
        session.scalars(
            select(Dispute)
            .options(joinedload(Dispute.entries))
            .where(Dispute.licence_id == licence_id, Dispute.state != DisputeState.SETTLED)
        )
        .unique()
        .one_or_none()
    )


def disputes_of(licence_id: UUID) -> Sequence[Dispute]:
    """Every dispute about a licence with its papers, the newest first."""
    return (
        session.scalars(
            select(Dispute)
            .options(joinedload(Dispute.entries))
            .where(Dispute.licence_id == licence_id)
            .order_by(Dispute.opened_at.desc())
        )
        .unique()
        .all()
    )


def mediated_disputes() -> Select[Dispute]:
    """Disputes in which the operator mediates, the oldest first."""
    return (
        select(Dispute)
        .options(joinedload(Dispute.licence).joinedload(Licence.patent))
        .where(Dispute.state == DisputeState.MEDIATING)
        .order_by(Dispute.opened_at, Dispute.id)
    )


def declaration_with_patent(open_licence_id: UUID, *, lock: bool = False) -> OpenLicence | None:
    """A declaration with patent, patentees and owner; locked against a change of state when asked for."""
    statement = (
        select(OpenLicence)
        .options(joinedload(OpenLicence.patent).selectinload(Patent.holders), joinedload(OpenLicence.owner))
        .where(OpenLicence.id == open_licence_id)
    )
    if lock:
        statement = statement.with_for_update(read=True, of=OpenLicence).execution_options(populate_existing=True)
    return session.scalars(statement).unique().one_or_none()
