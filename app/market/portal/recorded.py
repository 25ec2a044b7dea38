"""How the fields of the portal's audit entries are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l


def register_recorded() -> None:
    """Name them all."""
    register_changes("patents", {"purpose": _l("Purpose")})
