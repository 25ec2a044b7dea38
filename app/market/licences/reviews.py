"""What a withdrawal, a lapse and the operator’s look do to licences (专利法 art. 50; flows-market.md §5)."""

from datetime import date

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.wording import one_line
from app.ledger.operations import lock_books
from app.market.licences.events import LicenceReviewed
from app.market.licences.models import Licence, LicenceState, Review
from app.market.licences.operations import end_licence, put_into_effect, void_notice
from app.market.licences.policy import LicencePolicy
from app.market.licences.queries import live_licences, of_patent
from app.market.licences.words import Reason
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import LegalStatus, Patent


def review_after_withdrawal(declaration: OpenLicence) -> list[Licence]:
    """Put those licences on the operator's list that took effect on or after the announcement of a withdrawal which
    was recorded late. None is touched: what was given before is not affected (专利法 art. 50), the rest is looked at.

    Who has decided about this very withdrawal is not asked again; who has let a free licence begin before anybody
    knew of it is, for that was another question. What was decided then stays in the audit log.
    """
    if declaration.ended_on is None:
        return []
    late = []
    for licence in live_licences(declaration.id):
        if licence.effective_on is None or licence.effective_on < declaration.ended_on:
            continue
        if licence.review in {Review.NONE, Review.NOTHING_DUE}:
            licence.review, licence.changed_at = Review.RECORDED_LATE, now()
            licence.review_note, licence.reviewed_at, licence.reviewed_by_id = "", None, None
            late.append(licence)
    session.flush()
    return late


def end_with_patent(patent: Patent) -> int:
    """The lapse of a patent ends its licences, and takes unpaid notices away; how many it were."""
    if patent.legal_status in {LegalStatus.IN_FORCE, LegalStatus.PENDING}:
        return 0
    touched = of_patent(patent.id)
    day = patent.expires_on if patent.legal_status is LegalStatus.EXPIRED else today()
    for licence in touched:
        if licence.state is LicenceState.NOTICED:
            void_notice(licence, Reason.PATENT_ENDED)
        else:
            end_licence(licence, max(min(day, today()), licence.effective_on or day), Reason.PATENT_ENDED)
    return len(touched)


def decide_review(actor: Actor, licence: Licence, *, stands: bool, note: str) -> Licence:
    """The operator decides about a licence on the list: whether there is one, or it stands, and why.

    Raises Conflict when nothing is to be decided, or where the open licence had ended before the day on which it would
    begin (专利法 art. 50); Invalid without a reason.
    """
    ensure(actor, LicencePolicy.mediate, licence, known_to=LicencePolicy.view)
    lock_books()
    session.refresh(licence, with_for_update={"of": Licence})
    if not licence.awaits_review:
        raise Conflict(_l("A colleague has decided already."), code="decided")
    reason = one_line(note)
    if not reason:
        raise Invalid(_l("Say why; both sides read it."), field="note")
    begins_on = max(licence.received_on, licence.paid_on or licence.received_on)
    if stands and licence.state is LicenceState.NOTICED and _had_ended(licence, begins_on):
        raise Conflict(_l("The open licence had ended by then: there is no licence."), code="not_open")
    licence.review_note, licence.reviewed_at, licence.reviewed_by_id = reason, now(), actor.user_id
    session.flush()
    record(actor, "licence.reviewed", licence, {"stands": [None, stands], "reason": [None, reason]})
    if licence.state is LicenceState.NOTICED and stands:
        put_into_effect(licence, session.get_one(Patent, licence.patent_id), begins_on)
    elif licence.state is LicenceState.NOTICED:
        void_notice(licence, reason)
    elif not stands:
        end_licence(licence, max(today(), licence.effective_on or today()), reason)
    emit(LicenceReviewed(licence.id))
    return licence


def _had_ended(licence: Licence, day: date) -> bool:
    """Whether the open licence had ended before a day; on that of its withdrawal itself the operator decides."""
    declaration = session.get(OpenLicence, licence.open_licence_id) if licence.open_licence_id else None
    return declaration is not None and declaration.ended_on is not None and declaration.ended_on < day
