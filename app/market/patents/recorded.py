"""How the fields of audit entries about patents are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.market.patents.words import CONCLUSION_NAMES, ENCUMBRANCE_NAMES, FIELD_NAMES, KIND_NAMES, STATUS_NAMES


def register_recorded() -> None:
    """Name them all; amounts are fen."""
    register_changes(
        "patents",
        {
            **FIELD_NAMES, "year": _l("Year"), "paid_on": _l("Paid on"), "amount_minor": _l("Amount"),
            "encumbrance": _l("Encumbrance"), "percent": _l("Per cent off"),
            "reduction_no": _l("Reduction no."), "starts_on": _l("From"), "ends_on": _l("Until"),
        },
        {
            "kind": KIND_NAMES, "legal_status": STATUS_NAMES, "conclusion": CONCLUSION_NAMES,
            "encumbrance": ENCUMBRANCE_NAMES, "amount_minor": format_money,
        },
    )  # fmt: skip
