"""How the fields of this module's audit entries are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l


def register_recorded() -> None:
    """Name them all."""
    register_changes("stored_files", {"name": _l("Name"), "digest": _l("Checksum (SHA-256)")})
