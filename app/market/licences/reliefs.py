"""Relief of annuities from licences: while an open licence is carried out, less is due (专利法 art. 51 (2))."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import today
from app.core.db import session
from app.market.licences.models import Licence, LicenceKind, LicenceState
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.reliefs import Ground, Relief, next_due
from app.market.patents.showing import relief_lines
from app.market.settings import settings

RUNNING = (LicenceState.EFFECTIVE, LicenceState.FILED, LicenceState.ENDED)


def open_reliefs(patents: Sequence[Patent]) -> Iterable[tuple[UUID, Relief]]:
    """A relief for each licence that was taken of the patents' open licences, from its filing to its end."""
    percent, needs_filing = settings.number("open_relief_percent"), settings.number("open_relief_needs_filing")
    licences = session.scalars(
        select(Licence)
        .where(
            Licence.patent_id.in_([patent.id for patent in patents]),
            Licence.kind == LicenceKind.OPEN,
            Licence.state.in_(RUNNING),
        )
        .order_by(Licence.effective_on, Licence.id)
    )
    for one in licences:
        since = one.filed_on if needs_filing else one.effective_on
        if since is not None:
            reference = " ".join(filter(None, (one.number, one.filing_no)))
            yield one.patent_id, Relief(Ground.OPEN_LICENCE, percent, since, one.ended_on or one.ends_on, reference)


def annuity_panel(actor: Actor, licence: Licence) -> Mapping[str, Any]:
    """What the licensor's next annuity costs; nobody else's business."""
    patent = licence.patent
    if (
        not actor.acts_for(licence.licensor_id)
        or not licence.is_live
        or patent.legal_status is not LegalStatus.IN_FORCE
    ):
        return {}
    due = next_due(patent, today())
    return {"annuity_due": due, "annuity_lines": relief_lines(due)} if due is not None else {}
