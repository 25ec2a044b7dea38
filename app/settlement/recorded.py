"""How the fields of this module's audit entries are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.settlement.credits.words import CREDIT_STATES
from app.settlement.payouts.words import BATCH_STATES
from app.settlement.proceeds.words import CHOICES
from app.settlement.words import CHARGE_STATES

_STATE, _AMOUNT, _REASON = {"state": _l("State")}, {"amount": _l("Amount")}, {"reason": _l("Reason")}
_MONEY = {"amount": format_money}


def register_recorded() -> None:
    """Name them all; amounts are minor units."""
    register_changes("charges", {**_STATE, **_AMOUNT, **_REASON}, {**_MONEY, "state": CHARGE_STATES})
    register_changes("credit_notes", {**_STATE, **_AMOUNT, **_REASON}, {**_MONEY, "state": CREDIT_STATES})
    register_changes(
        "fee_notes",
        {**_AMOUNT, **_REASON, "reminder": _l("Reminder"), "reference": _l("Bank’s reference"), "due": _l("Due")},
        _MONEY,
    )
    register_changes("bank_lines", _AMOUNT, _MONEY)
    register_changes(
        "payments", {**_AMOUNT, **_REASON, "credit": _l("Kept as credit")}, {**_MONEY, "credit": format_money}
    )
    register_changes("payout_batches", {**_STATE, "total": _l("Total")}, {"total": format_money, "state": BATCH_STATES})
    register_changes("payouts", {**_REASON, "reference": _l("Bank’s reference")})
    register_changes("proceeds_holds", {**_REASON, "choice": _l("Choice")}, {"choice": CHOICES})
    register_changes("late_interests", _AMOUNT, _MONEY)
    register_changes("month_closes", {"month": _l("Month"), "lines": _l("Lines")}, {"month": lambda day: day[:7]})
    register_changes("statements", {"net": _l("Net")}, {"net": format_money})
