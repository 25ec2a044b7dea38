"""What is told when something happens to a licence. A handler that runs twice tells nothing twice."""

from app.accounts.members.queries import people_in
from app.accounts.models import Role
from app.accounts.organisations.queries import operator_ids
from app.core.clock import today
from app.core.db import session
from app.core.events import subscribe
from app.core.i18n import lazy_gettext as _l
from app.market.licences.clocks import is_filing_late
from app.market.licences.events import (
    DisputeChanged,
    FilingDue,
    LicenceEnded,
    LicenceFiled,
    LicenceReviewed,
    LicenceTookEffect,
    NoticeGiven,
    NoticeUnpaid,
    NoticeVoid,
)
from app.market.licences.models import Dispute, DisputeState, LicenceKind
from app.market.licences.queries import licence_with_parties
from app.market.licences.telling import (
    deliver_notice,
    tell_licensee,
    tell_parties,
    tell_people,
)
from app.market.licences.words import DISPUTE_STATES, reason_word


@subscribe(NoticeGiven)
def tell_of_notice(event: NoticeGiven) -> None:
    """P5, at once."""
    licence = licence_with_parties(event.licence_id)
    if licence.kind is LicenceKind.OPEN:
        deliver_notice(licence)


@subscribe(NoticeUnpaid)
def tell_of_missing_payment(event: NoticeUnpaid) -> None:
    """The licensee is reminded, with the day on which the notice is void."""
    licence = licence_with_parties(event.licence_id)
    if licence.void_on is not None:
        line = _l("Unpaid, it is void on %(day)s.", day=licence.void_on.isoformat())
        tell_licensee("licence_unpaid", licence, event.reminder, (line,), day=licence.received_on)


@subscribe(LicenceTookEffect)
def tell_of_effect(event: LicenceTookEffect) -> None:
    """P6, at once, to both: number, day, and until when it is filed."""
    licence = licence_with_parties(event.licence_id)
    if licence.filing_due_on is None or licence.effective_on is None:
        return
    line = _l("File it with CNIPA by %(day)s; either side may.", day=licence.filing_due_on.isoformat())
    tell_parties("licence_effect", licence, "effect", (line,), day=licence.effective_on)


@subscribe(FilingDue)
def tell_of_filing(event: FilingDue) -> None:
    """P7 to both; a late filing is said to be late, and that the licence stands."""
    licence = licence_with_parties(event.licence_id)
    if licence.filing_due_on is None:
        return
    if is_filing_late(licence, today()):
        tell_parties("licence_filing_late", licence, event.reminder, (_l("The licence stands all the same."),))
    else:
        days = max(0, (licence.filing_due_on - today()).days)
        tell_parties("licence_filing", licence, event.reminder, days=days)


@subscribe(LicenceFiled)
def tell_of_filed(event: LicenceFiled) -> None:
    """Both learn the filing number."""
    licence = licence_with_parties(event.licence_id)
    line = _l("Filing no. %(number)s, %(day)s", number=licence.filing_no, day=str(licence.filed_on))
    tell_parties("licence_filed", licence, "filed", (line,))


@subscribe(NoticeVoid)
def tell_of_void(event: NoticeVoid) -> None:
    """Both learn that there is no licence, and why."""
    licence = licence_with_parties(event.licence_id)
    tell_parties("licence_void", licence, "void", reason=reason_word(licence.end_reason))


@subscribe(LicenceEnded)
def tell_of_end(event: LicenceEnded) -> None:
    """Both learn that it is over, and why."""
    licence = licence_with_parties(event.licence_id)
    tell_parties("licence_ended", licence, "ended", reason=reason_word(licence.end_reason))


@subscribe(LicenceReviewed)
def tell_of_review(event: LicenceReviewed) -> None:
    """Both read the operator's reason."""
    licence = licence_with_parties(event.licence_id)
    tell_parties("licence_reviewed", licence, f"reviewed:{licence.review.value}", reason=licence.review_note)


@subscribe(DisputeChanged)
def tell_of_dispute(event: DisputeChanged) -> None:
    """P10 to both sides, and to the operator's people while they mediate."""
    dispute = session.get_one(Dispute, event.dispute_id)
    licence = licence_with_parties(dispute.licence_id)
    tag = f"{dispute.id}:{event.position}"
    tell_parties("licence_dispute", licence, tag, what=DISPUTE_STATES[dispute.state])
    if dispute.state is DisputeState.MEDIATING:
        for operator_id in operator_ids():
            people = people_in(operator_id, Role.VERIFIER)
            tell_people("licence_dispute", licence, people, operator_id, tag, what=DISPUTE_STATES[dispute.state])
