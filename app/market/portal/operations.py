"""What is public of a declaration and since when; interest in what cannot be taken yet."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import paragraphs
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.models import ENDED, OpenLicence
from app.market.patents.models import Patent
from app.market.patents.policy import PatentPolicy
from app.market.portal.events import InterestRegistered
from app.market.portal.models import Interest, Publication, PublicStatus
from app.market.portal.policy import PortalPolicy

MAX_PURPOSE = 500
BATCH = 500
_PRICE = (
    "price_form", "lump_minor", "upfront_minor", "instalments", "rate", "royalty_base", "rate_steps", "floor_minor",
    "cap_minor", "period_months", "term_months", "territory", "use_text", "not_included", "other_terms", "state",
    "announcement_no", "announced_on", "ended_on",
)  # fmt: skip
_FACTS = (
    "number", "title", "title_en", "use_text", "products", "industry", "ipc", "locarno", "abstract", "expires_on",
    "legal_status", "region", "granted_on",
)  # fmt: skip


def register_interest(actor: Actor, patent: Patent, live: OpenLicence | None, purpose: str) -> Interest:
    """Note that the organisation acted for would like to use a patent; a second time changes what for.

    Raises Invalid without a purpose, and Conflict where a licence can be taken by notice: no talk is needed then.
    """
    ensure(actor, PortalPolicy.register_interest, patent, known_to=PatentPolicy.view)
    if live is not None and live.is_open:
        raise Conflict(_l("This licence can be taken by notice and payment; no answer is needed."), code="can_be_taken")
    purpose = paragraphs(purpose)
    if not purpose or len(purpose) > MAX_PURPOSE:
        raise Invalid(_l("Say in a few words what you would use it for."), field="purpose")
    values = {"purpose": purpose, "user_id": actor.user_id, "changed_at": now()}
    made = insert(Interest).values(
        id=uuid7(), patent_id=patent.id, owner_id=patent.owner_id, organisation_id=actor.organisation_id, **values
    )
    statement = made.on_conflict_do_update(index_elements=["patent_id", "organisation_id"], set_=values)
    interest = session.scalars(statement.returning(Interest), execution_options={"populate_existing": True}).one()
    record(actor, "patent.interest", patent, {"purpose": purpose})
    emit(InterestRegistered(interest.id))
    return interest


def publish_state(open_licence_id: UUID) -> bool:
    """Bring what the feeds say of a declaration up to date; returns whether it has changed.

    May run at any time, any number of times: only a difference moves the datestamp.
    """
    return refresh([open_licence_id]) > 0


def refresh(ids: Sequence[UUID]) -> int:
    """As `publish_state`, for several declarations: three statements, however many; returns how many have changed."""
    found = session.scalars(
        select(OpenLicence)
        .options(joinedload(OpenLicence.patent).joinedload(Patent.owner))
        .where(OpenLicence.id.in_(ids))
        .execution_options(populate_existing=True)
    ).all()
    kept = {
        one.open_licence_id: one
        for one in session.scalars(
            select(Publication).where(Publication.open_licence_id.in_(ids)).with_for_update()
        )
    }  # fmt: skip
    taken = _taken([one.id for one in found])
    moment = now().replace(microsecond=0)
    changed = 0
    for one in found:
        changed += _publish(one, kept.get(one.id), taken.get(one.id, 0), moment)
    session.flush()
    return changed


def status_of(open_licence: OpenLicence) -> PublicStatus | None:
    """What everybody is told; None for what was never public. A patent that is not published hides its declaration."""
    shown = open_licence.patent.is_published
    if shown and open_licence.is_open:
        return PublicStatus.ANNOUNCED
    if shown and open_licence.is_pilot:
        return PublicStatus.PILOT
    return PublicStatus.ENDED if open_licence.state in ENDED and open_licence.is_public else None


def _publish(one: OpenLicence, kept: Publication | None, taken: int, moment: datetime) -> bool:
    status = status_of(one)
    if kept is None:
        if status is None:
            return False
        kept = Publication(
            open_licence_id=one.id, patent_id=one.patent_id, status=status, fingerprint="", changed_at=moment,
            was_announced=one.announced_on is not None,
        )  # fmt: skip
        session.add(kept)
    status = status or PublicStatus.ENDED  # no longer listed, or its patent no longer published
    kept.taken = taken
    fingerprint = _fingerprint(one, status)
    if fingerprint == kept.fingerprint:
        return False
    kept.fingerprint, kept.changed_at, kept.status = fingerprint, moment, status
    if status is not PublicStatus.ENDED:
        kept.was_announced, kept.ended_since = status is PublicStatus.ANNOUNCED, None
    _note_since(kept, one, moment)
    return True


def _note_since(kept: Publication, one: OpenLicence, moment: datetime) -> None:
    """When each thing that watchers are told of was first seen."""
    if kept.status is PublicStatus.PILOT:
        kept.pilot_since = kept.pilot_since or moment
    elif kept.status is PublicStatus.ANNOUNCED:
        kept.announced_since = kept.announced_since or moment
        is_leaving = one.withdrawal_filed_on is not None and one.state.value == "withdrawing"
        kept.withdrawing_since = (kept.withdrawing_since or moment) if is_leaving else None
    else:
        kept.ended_since = kept.ended_since or moment


def _fingerprint(one: OpenLicence, status: PublicStatus) -> str:
    said: dict[str, Any] = {name: str(getattr(one, name)) for name in _PRICE}
    said |= {f"patent.{name}": str(getattr(one.patent, name)) for name in _FACTS}
    said |= {"status": status.value, "owner": one.patent.owner.name, "owner_en": one.patent.owner.name_en}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _taken(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Licences that took effect, by declaration; whoever holds them is not read."""
    given = Licence.state.in_((LicenceState.EFFECTIVE, LicenceState.FILED, LicenceState.ENDED))
    rows = session.execute(
        select(Licence.open_licence_id, func.count())
        .where(Licence.open_licence_id.in_(ids), given)
        .group_by(Licence.open_licence_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def refresh_all(limit: int = 20_000) -> int:
    """Sweep over everything that was or should be public: what an event has missed is mended; how many changed."""
    public = select(OpenLicence.id).where(OpenLicence.pilot_at.is_not(None) | OpenLicence.announced_on.is_not(None))
    known = select(Publication.open_licence_id).where(Publication.status != PublicStatus.ENDED)
    ids = sorted(set(session.scalars(public.limit(limit))) | set(session.scalars(known.limit(limit))))
    return sum(refresh(ids[start : start + BATCH]) for start in range(0, len(ids), BATCH))
