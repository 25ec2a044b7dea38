"""The names of states and kinds, for pages and documents."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.models import ChargeKind, ChargeState
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
    ChargeKind.LICENCE_FEE: _l("Licence fee"),
    ChargeKind.ROYALTY: _l("Royalty"),
    ChargeKind.INTEREST: _l("Late interest"),
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
