"""What keeps a negotiated licence from taking effect though it is signed and paid (专利法 art. 51)."""

from sqlalchemy import select

from app.core.db import session
from app.core.tenancy import everybody
from app.market.licences.models import LIVE, Licence, LicenceKind
from app.market.licences.words import Reason
from app.market.open_licences.queries import open_declaration
from app.market.patents.copies import lock_number
from app.market.patents.models import Patent

BARRED_WHILE_OPEN = (LicenceKind.SOLE, LicenceKind.EXCLUSIVE, LicenceKind.TRANSFER)
ALONE = (LicenceKind.SOLE, LicenceKind.EXCLUSIVE)


def bar_to_effect(licence: Licence) -> Reason | None:
    """What bars this licence now, or None; the patent is locked with all its copies, so that of two at once one waits.

    Sources: 专利法 art. 51 (none alone while open); an exclusive or sole licence leaves no room for another.
    """
    if licence.kind is LicenceKind.OPEN:
        return None
    number = session.scalars(select(Patent.number).where(Patent.id == licence.patent_id).with_for_update()).one()
    lock_number(number)
    if licence.kind in BARRED_WHILE_OPEN and open_declaration(number) is not None:
        return Reason.OPEN
    alone = (
        select(Licence.id)
        .join(Licence.patent)
        .where(Patent.number == number, Licence.kind.in_(ALONE), Licence.state.in_(LIVE))
    )
    with everybody():
        is_taken = licence.kind is not LicenceKind.TRANSFER and session.scalar(alone.limit(1)) is not None
    return Reason.TAKEN if is_taken else None
