"""The names of choices."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.proceeds.models import ProceedsChoice

CHOICES = {
    ProceedsChoice.PREPAY: _l("Debt paid before its time"),
    ProceedsChoice.DEPOSIT: _l("Deposited"),
    ProceedsChoice.CONSENT: _l("To the owner, with the pledgee’s written consent"),
}
