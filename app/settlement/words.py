"""The names of states and kinds, for pages and documents."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.credits.models import CreditState
from app.settlement.models import ChargeKind, ChargeState
from app.settlement.payments.models import PaymentSource
from app.settlement.payouts.models import BatchState, PayoutState
from app.settlement.statements.models import BillState

CHARGE_STATES = {
    ChargeState.PROVISIONAL: _l("To confirm"),
    ChargeState.OBJECTED: _l("Disputed"),
    ChargeState.FINAL: _l("To be stated"),
    ChargeState.BILLED: _l("Stated"),
    ChargeState.SUPERSEDED: _l("Corrected"),
    ChargeState.VOID: _l("Void"),
}
CHARGE_KINDS = {
    ChargeKind.USE: _l("Use"),
    ChargeKind.CANCELLATION_FEE: _l("Cancellation fee"),
    ChargeKind.NO_SHOW_FEE: _l("No-show fee"),
    ChargeKind.CREDIT: _l("Credit"),
}
BILL_STATES = {
    BillState.ISSUED: _l("To be paid"),
    BillState.PART_PAID: _l("Partly paid"),
    BillState.OVERDUE: _l("Overdue"),
    BillState.PAID: _l("Paid"),
}
# The badge of a bill's state (docs/face.md).
BILL_BADGES = {
    BillState.ISSUED: "to_settle",
    BillState.PART_PAID: "waiting",
    BillState.OVERDUE: "overdue",
    BillState.PAID: "paid",
}
CHARGE_BADGES = {
    ChargeState.PROVISIONAL: "to_confirm",
    ChargeState.OBJECTED: "disputed",
    ChargeState.FINAL: "to_settle",
    ChargeState.BILLED: "settled",
    ChargeState.SUPERSEDED: "retired",
    ChargeState.VOID: "cancelled",
}
PAYMENT_SOURCES = {
    PaymentSource.MEMO: _l("Transfer, matched by its memo"),
    PaymentSource.HAND: _l("Transfer, assigned by hand"),
    PaymentSource.CREDIT: _l("From your credit"),
    PaymentSource.OFFSET: _l("Credit lines set off"),
}
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
CREDIT_STATES = {
    CreditState.WAITING: _l("Waits for approval"),
    CreditState.APPROVED: _l("Approved"),
    CreditState.REFUSED: _l("Refused"),
}
CREDIT_BADGES = {CreditState.WAITING: "pending", CreditState.APPROVED: "accepted", CreditState.REFUSED: "refused"}
