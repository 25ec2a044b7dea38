"""What CNIPA's gazette says: a declaration is announced, or patents have ended. The gazette's day counts."""

from datetime import date

from app.accounts.models import SYSTEM, Actor
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.wording import one_line
from app.market.open_licences.events import EndRecordedLate
from app.market.open_licences.models import OPEN, DeclarationState, OpenLicence
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.queries import declaration, open_past_expiry
from app.market.open_licences.states import change_state, lock
from app.market.patents.models import LegalStatus
from app.market.patents.operations import make_public


def record_announcement(
    actor: Actor, open_licence: OpenLicence, announcement_no: str, announced_on: date, source: str
) -> OpenLicence:
    """Announced: from the gazette's day on anybody may take a licence (专利法 art. 50, 51).

    What CNIPA has announced everybody may read, so its patent is in the public portfolio from then on. Where the
    right has ended meanwhile, the open licence ends with it at once.

    Raises Invalid without number or source, for a day in the future, before the filing or after the expiry; Conflict
    unless it is filed.
    """
    ensure(actor, OpenLicencePolicy.announce, open_licence)
    lock(open_licence)
    number, origin = one_line(announcement_no), one_line(source)
    if not number:
        raise Invalid(_l("Enter the number of the announcement."), field="announcement_no")
    if not origin:
        raise Invalid(_l("Say where it was announced."), field="source")
    if announced_on > today():
        raise Invalid(_l("This day lies in the future."), field="announced_on")
    if open_licence.filed_on is not None and announced_on < open_licence.filed_on:
        raise Invalid(_l("It was filed on %(day)s only.", day=open_licence.filed_on.isoformat()), field="announced_on")
    if announced_on >= open_licence.patent.expires_on:
        raise Invalid(_l("The patent had expired by then."), field="announced_on")
    open_licence.announcement_no, open_licence.announced_on = number, announced_on
    open_licence.announcement_source = origin
    change_state(actor, open_licence, DeclarationState.ANNOUNCED, announced_on, number)
    make_public(actor, open_licence.patent)
    if open_licence.patent.legal_status is not LegalStatus.IN_FORCE:
        end_with_patent(open_licence)
    return open_licence


def end(actor: Actor, open_licence: OpenLicence, state: DeclarationState, ended_on: date, note: str = "") -> None:
    """End an open declaration on a day; one that is recorded after its day is announced as late."""
    open_licence.ended_on, open_licence.pilot_at = ended_on, None
    change_state(actor, open_licence, state, ended_on, note)
    if ended_on < today():
        emit(EndRecordedLate(open_licence.id, ended_on))


def end_by_time() -> int:
    """End every open declaration whose patent has expired, from its first day without protection; how many."""
    found = open_past_expiry(today())
    for identity in found:
        open_licence = declaration(identity)
        lock(open_licence)
        if open_licence.state in OPEN:
            end(SYSTEM, open_licence, DeclarationState.EXPIRED, open_licence.patent.expires_on)
    return len(found)


def end_with_patent(open_licence: OpenLicence) -> None:
    """The patent of a declaration has ended: the open licence with it, a pilot leaves the list. Idempotent."""
    patent = open_licence.patent
    lock(open_licence)
    over = patent.legal_status is LegalStatus.EXPIRED or patent.expires_on <= today()
    if open_licence.state in OPEN:
        day = min(patent.expires_on, today())
        end(SYSTEM, open_licence, DeclarationState.EXPIRED if over else DeclarationState.LAPSED, day)
    elif open_licence.pilot_at is not None:
        open_licence.pilot_at = None
        session.flush()


def ensure_open(open_licence: OpenLicence) -> None:
    """Raise Conflict unless the declaration is announced and in effect."""
    if not open_licence.is_open:
        raise Conflict(_l("This declaration is not in effect."), code="not_open")
