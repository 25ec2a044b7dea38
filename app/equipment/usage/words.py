"""States and reasons of uses in words."""

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.equipment.usage.models import FORGOTTEN, IMPLAUSIBLE, LATE, OVERRUN, SECOND_PRESS, UseObjection, UseState

STATE_WORDS = {
    UseState.RUNNING: _l("In use"),
    UseState.REVIEW: _l("Hours to enter"),
    UseState.TO_CONFIRM: _l("To confirm"),
    UseState.OBJECTED: _l("Objected"),
    UseState.ACCEPTED: _l("Accepted"),
}
REVIEW_WORDS = {
    FORGOTTEN: _l("Nobody pressed finish."),
    OVERRUN: _l("It still ran when the next use was started."),
    LATE: _l("The phone sent its start late, after the next use had begun."),
    IMPLAUSIBLE: _l("A phone sent a time that does not fit."),
    SECOND_PRESS: _l("Two phones sent different ends; the first counts."),
}


def use_state_word(state: UseState) -> str:
    """Where a use stands."""
    return str(STATE_WORDS[state])


def review_word(reason: str) -> str:
    """Why a use is in review, or the words of whoever corrected it."""
    return str(REVIEW_WORDS.get(reason, reason))


def objection_state(objection: UseObjection) -> tuple[str, str]:
    """The state of an objection: a key for its badge and the word."""
    if not objection.is_open:
        return "settled", _("Resolved")
    if objection.escalated_at is not None:
        return "waiting", _("The operator decides")
    if objection.answered_at is not None:
        return "pending", _("The customer decides")
    if objection.is_escalatable:
        return "overdue", _("Not answered in time")
    return "pending", _("The institution answers")
