"""How the fields of this module's audit entries are called."""

from app.accounts.words import ROLE_NAMES, VERIFICATION_NAMES, answer_words
from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l

_ROLES = {"roles": _l("Roles")}
_PROFILE = {"name": _l("Name"), "phone": _l("Telephone"), "locale": _l("Language")}


def register_recorded() -> None:
    """Name them all."""
    register_changes("users", {"fields": _l("Changed")}, {"fields": _PROFILE})
    register_changes("", {"user_id": _l("Person"), "sessions": _l("Sign-ins"), **_ROLES}, {"roles": ROLE_NAMES})
    for kind in ("memberships", "invitations"):
        register_changes(kind, _ROLES, {"roles": ROLE_NAMES})
    register_changes("api_tokens", {"name": _l("Name"), "days": _l("Days")})
    register_changes(
        "organisations",
        {
            "code": _l("Credit code"), "name": _l("Name"), "name_en": _l("English name"),
            "address": _l("Postal address"), "phone": _l("Telephone"), "bank_name": _l("Bank"),
            "bank_account": _l("Account number"), "bank_account_name": _l("Account name"),
            "verification": _l("Verification"), "note": _l("Note"),
        },
        {"verification": VERIFICATION_NAMES, "note": answer_words},
    )  # fmt: skip
