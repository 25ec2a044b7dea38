"""The names of the states of credit notes, and their badges."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.credits.models import CreditState

CREDIT_STATES = {
    CreditState.WAITING: _l("Waits for approval"),
    CreditState.APPROVED: _l("Approved"),
    CreditState.REFUSED: _l("Refused"),
}
CREDIT_BADGES = {CreditState.WAITING: "pending", CreditState.APPROVED: "accepted", CreditState.REFUSED: "refused"}
