"""How the fields of the audit entries are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.market.referrals.consent import PARTS
from app.market.referrals.words import KINDS, STATES


def register_recorded() -> None:
    """Name them all."""
    register_changes(
        "referrals",
        {"kind": _l("Kind"), "state": _l("State"), "shared": _l("Shown to the partner"),
         "reference": _l("Registration no.")},
        {"kind": KINDS, "state": STATES, "shared": PARTS},
    )  # fmt: skip
    register_changes(
        "referral_partners",
        {"kinds": _l("What it offers"), "regions": _l("Regions"), "about": _l("About the partner"),
         "about_en": _l("About the partner, in English"),
         "is_listed": _l("On the list")},
        {"kinds": KINDS},
    )  # fmt: skip
