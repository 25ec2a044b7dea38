"""How the fields of this slice's audit entries are called."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.market.watches.words import RHYTHMS


def register_recorded() -> None:
    """Name them all."""
    register_changes("watches", {"rhythm": _l("Rhythm")}, {"rhythm": RHYTHMS})
