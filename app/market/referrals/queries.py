"""Referrals and partners looked up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Actor, Organisation
from app.core.clock import now
from app.core.db import session
from app.market.licences.models import Licence, LicenceState
from app.market.referrals.models import LIVE, Partner, Referral, ReferralKind, ReferralState, ReferralStep
from app.market.royalties.models import IncomeShare

WITH_NAMES = (joinedload(Referral.applicant), joinedload(Referral.partner), joinedload(Referral.patent))
WITH_ALL = (*WITH_NAMES, joinedload(Referral.asked_by), selectinload(Referral.steps))
IN_FORCE = (LicenceState.EFFECTIVE, LicenceState.FILED)


def visible_to(actor: Actor) -> Any:
    """The condition under which a referral may be seen, the same as ReferralPolicy.view."""
    if actor.operates():
        return true()
    return or_(Referral.applicant_id == actor.organisation_id, Referral.partner_id == actor.organisation_id)


def visible_referrals(
    actor: Actor, state: ReferralState | None = None, kind: ReferralKind | None = None
) -> Select[Referral]:
    """All that the actor may see, what moved last first."""
    statement = (
        select(Referral)
        .options(*WITH_NAMES)
        .where(visible_to(actor))
        .order_by(Referral.changed_at.desc(), Referral.id.desc())
    )
    if state is not None:
        statement = statement.where(Referral.state == state)
    return statement if kind is None else statement.where(Referral.kind == kind)


def referral_with_all(referral_id: UUID) -> Referral:
    """One with everything that its page and its notices name, as it is now."""
    statement = select(Referral).options(*WITH_ALL).where(Referral.id == referral_id)
    return session.scalars(statement.execution_options(populate_existing=True)).unique().one()


def waiting_for(actor: Actor, limit: int = 20) -> Sequence[Referral]:
    """What waits for the organisation acted for: as partner an answer or an outcome, as patentee a pledge to note."""
    mine = actor.organisation_id
    as_partner = (Referral.partner_id == mine) & Referral.state.in_((ReferralState.PASSED, ReferralState.TALKING))
    as_patentee = (
        (Referral.applicant_id == mine)
        & (Referral.state == ReferralState.AGREED)
        & (Referral.kind == ReferralKind.PLEDGE)
        & Referral.encumbrance_id.is_(None)
    )
    return _waiting(as_partner | as_patentee, limit)


def waiting_for_operator(limit: int = 20) -> Sequence[Referral]:
    """What no partner has yet, the oldest first."""
    return _waiting(Referral.state == ReferralState.ASKED, limit)


def _waiting(condition: Any, limit: int) -> Sequence[Referral]:
    statement = select(Referral).options(*WITH_NAMES).where(condition)
    return session.scalars(statement.order_by(Referral.due_at.nulls_last(), Referral.id).limit(limit)).all()


def overdue() -> Sequence[UUID]:
    """Requests that a partner has left without an answer or an outcome for too long."""
    late = Referral.state.in_((ReferralState.PASSED, ReferralState.TALKING)) & (Referral.due_at <= now())
    return session.scalars(select(Referral.id).where(late).order_by(Referral.id)).all()


def soon_due(within: timedelta) -> Sequence[tuple[UUID, datetime]]:
    """(id, until when) of the requests whose time is almost over."""
    statement = select(Referral.id, Referral.due_at).where(
        Referral.state.in_(LIVE), Referral.due_at > now(), Referral.due_at <= now() + within
    )
    return [(row[0], row[1]) for row in session.execute(statement.order_by(Referral.id)) if row[1] is not None]


def all_partners(words: str = "") -> Select[Partner]:
    """The operator's list, those that are listed first, by name."""
    statement = (
        select(Partner)
        .join(Partner.organisation)
        .options(joinedload(Partner.organisation))
        .order_by(Partner.is_listed.desc(), Organisation.name, Partner.id)
    )
    if not words:
        return statement
    return statement.where(Organisation.name.icontains(words, autoescape=True) | (Organisation.code == words))


def listed_partners() -> Sequence[Partner]:
    """Those who can be asked, by name."""
    return session.scalars(all_partners().where(Partner.is_listed)).all()


def income_of(patent_id: UUID, licensor_id: UUID) -> dict[str, Any]:
    """What a patent earns: licences in force, and what was charged for them by year in fen. No licensee is named."""
    of_patent = (Licence.patent_id == patent_id) & (Licence.licensor_id == licensor_id)
    count = session.scalar(select(func.count()).select_from(Licence).where(of_patent, Licence.state.in_(IN_FORCE)))
    year = func.to_char(IncomeShare.month, "YYYY")
    rows = session.execute(
        select(year, func.sum(IncomeShare.gross_minor))
        .join(Licence, Licence.id == IncomeShare.licence_id)
        .where(of_patent)
        .group_by(year)
        .order_by(year.desc())
        .limit(5)
    )
    return {"licences": int(count or 0), "years": [[row[0], int(row[1])] for row in rows]}


def counts(actor: Actor) -> dict[ReferralState, int]:
    """How many there are in each state, of those the actor may see."""
    rows = session.execute(select(Referral.state, func.count()).where(visible_to(actor)).group_by(Referral.state))
    return {row[0]: row[1] for row in rows}


def last_position(referral_id: UUID) -> int:
    """The number of the last step."""
    found = select(func.max(ReferralStep.position)).where(ReferralStep.referral_id == referral_id)
    return int(session.scalar(found) or 0)
