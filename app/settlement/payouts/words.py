"""The names of the states of batches and payouts, and their badges."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.payouts.answers import Outcome
from app.settlement.payouts.models import BatchState, PayoutState

BATCH_STATES = {
    BatchState.DRAFT: _l("Waits for approval"),
    BatchState.APPROVED: _l("Approved"),
    BatchState.EXPORTED: _l("At the bank"),
    BatchState.DISCARDED: _l("Discarded"),
}
BATCH_BADGES = {
    BatchState.DRAFT: "pending",
    BatchState.APPROVED: "confirmed",
    BatchState.EXPORTED: "in_use",
    BatchState.DISCARDED: "cancelled",
}
PAYOUT_STATES = {
    PayoutState.DRAFT: _l("Waits for approval"),
    PayoutState.APPROVED: _l("On its way"),
    PayoutState.PAID: _l("Paid out"),
    PayoutState.RETURNED: _l("Returned"),
    PayoutState.DISCARDED: _l("Discarded"),
}
PAYOUT_BADGES = {
    PayoutState.DRAFT: "pending",
    PayoutState.APPROVED: "in_use",
    PayoutState.PAID: "paid",
    PayoutState.RETURNED: "returned",
    PayoutState.DISCARDED: "cancelled",
}
OUTCOMES = {
    Outcome.PAID: _l("Paid out"),
    Outcome.RETURNED: _l("Returned"),
    Outcome.KNOWN: _l("Known already"),
    Outcome.WRONG: _l("Wrong"),
}
OUTCOME_BADGES = {
    Outcome.PAID: "paid",
    Outcome.RETURNED: "returned",
    Outcome.KNOWN: "same",
    Outcome.WRONG: "wrong",
}
