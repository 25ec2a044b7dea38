"""What earlier licences of a patent cost: the first reason of an estimate (专利开放许可使用费估算指引 (a))."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.tenancy import everybody
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.estimates import BASES, Earlier
from app.market.open_licences.models import FigureKind


def earlier_prices(patent_id: UUID) -> Sequence[Earlier]:
    """One entry for each fixed fee and each rate of the licences that took effect; nobody is named."""
    taken = select(Licence).where(
        Licence.patent_id == patent_id, Licence.state.not_in((LicenceState.NOTICED, LicenceState.VOID))
    )
    found: list[Earlier] = []
    with everybody():
        for licence in session.scalars(taken.order_by(Licence.effective_on)):
            if licence.effective_on is None:
                continue
            fixed = licence.lump_minor + sum(int(part["minor"]) for part in licence.instalments)
            if fixed:
                found.append(Earlier(FigureKind.LUMP_SUM, fixed, licence.effective_on.year))
            if licence.rate and licence.royalty_base in BASES:
                found.append(Earlier(BASES[licence.royalty_base], licence.rate, licence.effective_on.year))
    return found
