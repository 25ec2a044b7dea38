"""How the fields of this slice's audit entries are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.market.open_licences.wording import CONSENT_NAMES, FORM_NAMES, STATE_NAMES, WAY_NAMES


def register_recorded() -> None:
    """Name them all."""
    register_changes(
        "open_licences",
        {
            "state": _l("State"), "price_form": _l("Price form"), "term_months": _l("Term in months"),
            "return_reasons": _l("Reasons"),
        },
        {"state": STATE_NAMES, "price_form": FORM_NAMES},
    )  # fmt: skip
    register_changes(
        "open_licence_consents", {"state": _l("State"), "code_way": _l("Code by")},
        {"state": CONSENT_NAMES, "code_way": WAY_NAMES},
    )  # fmt: skip
