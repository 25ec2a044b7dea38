"""Declarations found: by who may see them, by patent, by what waits for whom."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select, true
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.accounts.models import Actor
from app.accounts.proofs import digest_of
from app.core.clock import today
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.tenancy import everybody
from app.market.open_licences.models import (
    ENDED,
    OPEN,
    WITH_CNIPA,
    Consent,
    ConsentPurpose,
    ConsentRole,
    ConsentState,
    DeclarationState,
    Objection,
    OpenLicence,
    StateChange,
)
from app.market.patents.models import Patent

# A declaration with its patent, and of that everything that blockers and papers look at.
WITH_PATENT = (
    joinedload(OpenLicence.owner),
    joinedload(OpenLicence.patent).options(
        joinedload(Patent.owner),
        selectinload(Patent.holders),
        selectinload(Patent.inventors),
        selectinload(Patent.encumbrances),
    ),
)
ALL = (*WITH_PATENT, selectinload(OpenLicence.consents))


def visible_to(actor: Actor) -> Any:
    """The condition under which a declaration may be seen, the same as OpenLicencePolicy.view."""
    if actor.operates():
        return true()
    public = or_(OpenLicence.pilot_at.is_not(None), OpenLicence.announced_on.is_not(None))
    return public if actor.organisation_id is None else or_(public, OpenLicence.owner_id == actor.organisation_id)


def declarations_of(owner_id: UUID, state: DeclarationState | None = None) -> Select[OpenLicence]:
    """The declarations of one patentee, the latest first, with their patents."""
    statement = (
        select(OpenLicence)
        .options(joinedload(OpenLicence.patent), selectinload(OpenLicence.consents))
        .where(OpenLicence.owner_id == owner_id)
        .order_by(OpenLicence.created_at.desc(), OpenLicence.id.desc())
    )
    return statement if state is None else statement.where(OpenLicence.state == state)


def live_declaration(patent_id: UUID) -> OpenLicence | None:
    """The declaration of a patent that has not ended, if there is one."""
    return session.scalars(
        select(OpenLicence).where(OpenLicence.patent_id == patent_id, OpenLicence.state.not_in(ENDED))
    ).one_or_none()


def open_declaration(patent_number: str) -> OpenLicence | None:
    """The declaration of a patent that is filed, announced or being withdrawn, with its owner, whichever copy it
    stands with: of a number there is one at most (`open_licences_one_filed`).

    Strangers too are bound by one that they cannot see.
    """
    with everybody():
        return session.scalars(
            select(OpenLicence)
            .options(joinedload(OpenLicence.owner))
            .where(OpenLicence.patent_number == patent_number, OpenLicence.state.in_(WITH_CNIPA))
        ).one_or_none()


def declaration(identity: UUID) -> OpenLicence:
    """One declaration as it is now, with patent, people and consents. Raises NoResultFound."""
    return session.scalars(select(OpenLicence).options(*ALL).where(OpenLicence.id == identity)).one()


def consents_for(open_licence: OpenLicence, purpose: ConsentPurpose) -> Sequence[Consent]:
    """The consents asked for that are not void."""
    return session.scalars(
        select(Consent)
        .where(
            Consent.open_licence_id == open_licence.id,
            Consent.purpose == purpose,
            Consent.state != ConsentState.VOID,
        )
        .order_by(Consent.created_at, Consent.id)
    ).all()


def agreed_pledgees(open_licence: OpenLicence) -> set[str]:
    """The pledgees that have agreed to the declaration as it is locked."""
    return {
        one.party_name
        for one in consents_for(open_licence, ConsentPurpose.DECLARATION)
        if one.role is ConsentRole.PLEDGEE and one.state is ConsentState.AGREED
    }


def consent_behind(token: str, *, lock: bool = False) -> Consent | None:
    """The consent that a mailed link asks for, with its declaration and patent, whatever its state."""
    statement = (
        select(Consent)
        .where(Consent.token_hash == digest_of(token))
        .options(joinedload(Consent.open_licence).options(*WITH_PATENT))
    )
    if lock:
        statement = statement.with_for_update(of=Consent).execution_options(populate_existing=True)
    return session.scalars(statement).unique().one_or_none()


def objections_to(open_licence: OpenLicence) -> Sequence[Objection]:
    """All objections to a declaration, in the order in which they came."""
    return session.scalars(
        select(Objection)
        .where(Objection.open_licence_id == open_licence.id)
        .options(joinedload(Objection.answered_by))
        .order_by(Objection.created_at, Objection.id)
    ).all()


def open_objections(open_licence: OpenLicence) -> int:
    """How many objections hold a declaration."""
    counted = select(func.count()).where(Objection.open_licence_id == open_licence.id, Objection.closed_at.is_(None))
    return session.scalar(counted) or 0


def changes_of(open_licence: OpenLicence) -> Sequence[StateChange]:
    """The steps of a declaration, the first one first."""
    return session.scalars(
        select(StateChange).where(StateChange.open_licence_id == open_licence.id).order_by(StateChange.position)
    ).all()


def waiting_for_time(day: date) -> Sequence[UUID]:
    """Declarations whose publicity is over on a day, but that are not ready yet."""
    return session.scalars(
        select(OpenLicence.id)
        .where(OpenLicence.state == DeclarationState.CONSENTING, OpenLicence.publicity_until <= day)
        .order_by(OpenLicence.id)
    ).all()


def open_past_expiry(day: date) -> Sequence[UUID]:
    """Open declarations whose patent protects no more on a day."""
    return session.scalars(
        select(OpenLicence.id)
        .join(OpenLicence.patent)
        .where(OpenLicence.state.in_(OPEN), Patent.expires_on <= day)
        .order_by(OpenLicence.id)
    ).all()


QUEUES = {
    "check": _l("To check"),
    "announce": _l("Filed, to be announced"),
    "withdraw": _l("Withdrawals"),
    "clocks": _l("Clocks that run out"),
}
CLOCK_DAYS = 30


def queue(name: str) -> Select[OpenLicence]:
    """One of the operator's queues, what has waited longest first."""
    soon = today() + timedelta(days=CLOCK_DAYS)
    listed = or_(
        OpenLicence.state.in_((DeclarationState.READY, DeclarationState.FILED)),
        OpenLicence.pilot_at.is_not(None) & OpenLicence.state.not_in((*OPEN, *ENDED)),
    )
    conditions: dict[str, list[Any]] = {
        "check": [OpenLicence.checked_at.is_(None), OpenLicence.return_reasons == [], listed],
        "announce": [OpenLicence.state.in_((DeclarationState.FILED, DeclarationState.CORRECTION))],
        "withdraw": [OpenLicence.state == DeclarationState.WITHDRAWING],
        "clocks": [
            or_(
                (OpenLicence.state == DeclarationState.CORRECTION) & (OpenLicence.correction_due_on <= soon),
                OpenLicence.state.in_(OPEN) & (Patent.expires_on <= soon),
            )
        ],
    }
    return (
        select(OpenLicence)
        .join(OpenLicence.patent)
        .options(joinedload(OpenLicence.owner), contains_eager(OpenLicence.patent))
        .where(*conditions[name])
        .order_by(OpenLicence.changed_at, OpenLicence.id)
    )


def declarations_waiting(actor: Actor, limit: int = 20) -> Sequence[tuple[OpenLicence, int, int]]:
    """What the transfer office of the organisation acted for has to do: declaration, consents missing, objections open.

    Publicity that still runs with nothing missing waits for nobody. One statement.
    """
    missing = (
        select(func.count())
        .where(Consent.open_licence_id == OpenLicence.id, Consent.state.in_((ConsentState.ASKED, ConsentState.REFUSED)))
        .correlate(OpenLicence)
        .scalar_subquery()
    )
    objections = (
        select(func.count())
        .where(Objection.open_licence_id == OpenLicence.id, Objection.closed_at.is_(None))
        .correlate(OpenLicence)
        .scalar_subquery()
    )
    unclosed = OpenLicence.publicity_closed_at.is_(None) & (OpenLicence.publicity_until <= today())
    consenting = (OpenLicence.state == DeclarationState.CONSENTING) & ((missing > 0) | (objections > 0) | unclosed)
    rows = session.execute(
        select(OpenLicence, missing, objections)
        .join(OpenLicence.patent)
        .options(contains_eager(OpenLicence.patent))
        .where(
            OpenLicence.owner_id == actor.organisation_id,
            consenting | OpenLicence.state.in_((DeclarationState.READY, DeclarationState.CORRECTION)),
        )
        .order_by(OpenLicence.correction_due_on.nulls_last(), OpenLicence.publicity_until, OpenLicence.id)
        .limit(limit)
    )
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def operator_waiting(limit: int = 20) -> Sequence[tuple[str, OpenLicence]]:
    """(queue, declaration) of all that waits for the operator, each declaration once, in one statement.

    A clock that runs out comes before a withdrawal or an announcement to record, these before a check.
    """
    names = ("clocks", "withdraw", "announce", "check")
    which = case(*((OpenLicence.id.in_(_ids(queue(name))), name) for name in names), else_="")
    rows = session.execute(
        select(which.label("queue"), OpenLicence)
        .join(OpenLicence.patent)
        .options(joinedload(OpenLicence.owner), contains_eager(OpenLicence.patent))
        .where(or_(*(OpenLicence.id.in_(_ids(queue(name))) for name in names)))
        .order_by(OpenLicence.changed_at, OpenLicence.id)
        .limit(limit)
    )
    return [(str(row[0]), row[1]) for row in rows]


def _ids(statement: Select[OpenLicence]) -> Any:
    return statement.with_only_columns(OpenLicence.id).order_by(None)
