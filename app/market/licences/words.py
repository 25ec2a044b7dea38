"""How licences and their states are called."""

from enum import StrEnum

from app.core.i18n import force_locale
from app.core.i18n import lazy_gettext as _l
from app.market.licences.models import DisputeState, EntryKind, LicenceKind, LicenceState, Review

KINDS = {
    LicenceKind.OPEN: _l("Open licence"),
    LicenceKind.ORDINARY: _l("Ordinary licence"),
    LicenceKind.SOLE: _l("Sole licence"),
    LicenceKind.EXCLUSIVE: _l("Exclusive licence"),
    LicenceKind.TRANSFER: _l("Transfer of the patent"),
}
STATES = {
    LicenceState.NOTICED: _l("Noticed, to pay"),
    LicenceState.EFFECTIVE: _l("In effect, to file"),
    LicenceState.FILED: _l("In effect, filed"),
    LicenceState.ENDED: _l("Ended"),
    LicenceState.VOID: _l("No licence"),
}
REVIEWS = {
    Review.SAME_DAY: _l("Paid on the day on which the withdrawal was announced"),
    Review.RECORDED_LATE: _l("Took effect on or after a withdrawal that was recorded late"),
    Review.NOTHING_DUE: _l("Nothing due: looked at before it takes effect"),
}
DISPUTE_STATES = {
    DisputeState.NEGOTIATING: _l("Being negotiated"),
    DisputeState.MEDIATING: _l("In mediation"),
    DisputeState.COURT: _l("Before a court"),
    DisputeState.SETTLED: _l("Settled"),
}
ENTRIES = {
    EntryKind.STATEMENT: _l("Statement"),
    EntryKind.NOTE: _l("Note of the mediator"),
    EntryKind.PROPOSAL: _l("Proposal of the mediator"),
    EntryKind.ACCEPTED: _l("Proposal accepted"),
    EntryKind.REFUSED: _l("Proposal refused"),
    EntryKind.STEP: _l("Step"),
}


class Reason(StrEnum):
    """Why there is no licence, or no longer; people write their own reasons instead."""

    UNPAID = "unpaid"
    PAID_LATE = "paid_late"
    PATENT_ENDED = "patent_ended"
    OPEN = "open"
    TAKEN = "taken"
    TERM = "term"


REASONS = {
    Reason.UNPAID: _l("Not paid in time."),
    Reason.PAID_LATE: _l("Paid after the withdrawal: no licence, full refund."),
    Reason.PATENT_ENDED: _l("The patent has ended."),
    Reason.OPEN: _l("No exclusive or sole licence while open."),
    Reason.TAKEN: _l("Somebody holds an exclusive or sole licence of this patent."),
    Reason.TERM: _l("The term is over."),
}


def reason_word(reason: str) -> object:
    """A reason as it is shown: ours in the reader's language, people's own as they wrote it."""
    return REASONS[Reason(reason)] if reason in set(Reason) else reason


def reason_in_words(reason: str) -> str:
    """A reason for papers of other modules, in Chinese."""
    with force_locale("zh_CN"):
        return str(reason_word(reason))
