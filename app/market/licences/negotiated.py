"""What keeps a negotiated licence from taking effect though it is signed and paid (专利法 art. 51)."""

from sqlalchemy import select

from app.core.db import session
from app.market.licences.models import LIVE, Licence, LicenceKind
from app.market.licences.words import Reason
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.patents.models import Patent

# From the filing on a declaration keeps others from having the patent alone
OPENED = (
    DeclarationState.FILED, DeclarationState.CORRECTION, DeclarationState.ANNOUNCED, DeclarationState.WITHDRAWING,
)  # fmt: skip
BARRED_WHILE_OPEN = (LicenceKind.SOLE, LicenceKind.EXCLUSIVE, LicenceKind.TRANSFER)
ALONE = (LicenceKind.SOLE, LicenceKind.EXCLUSIVE)


def bar_to_effect(licence: Licence) -> Reason | None:
    """What bars this licence now, or None; the patent is locked, so that of two at once one waits.

    Sources: 专利法 art. 51 (none alone while open); an exclusive or sole licence leaves no room for another.
    """
    if licence.kind is LicenceKind.OPEN:
        return None
    session.execute(select(Patent.id).where(Patent.id == licence.patent_id).with_for_update())
    opened = select(OpenLicence.id).where(
        OpenLicence.patent_id == licence.patent_id,
        OpenLicence.owner_id == licence.licensor_id,
        OpenLicence.state.in_(OPENED),
    )
    if licence.kind in BARRED_WHILE_OPEN and session.scalar(opened.limit(1)) is not None:
        return Reason.OPEN
    alone = select(Licence.id).where(
        Licence.patent_id == licence.patent_id, Licence.kind.in_(ALONE), Licence.state.in_(LIVE)
    )
    if licence.kind is not LicenceKind.TRANSFER and session.scalar(alone.limit(1)) is not None:
        return Reason.TAKEN
    return None
