"""The names of where payments come from."""

from app.core.i18n import lazy_gettext as _l
from app.settlement.payments.models import PaymentSource

PAYMENT_SOURCES = {
    PaymentSource.MEMO: _l("Transfer, matched by its memo"),
    PaymentSource.HAND: _l("Transfer, assigned by hand"),
    PaymentSource.CREDIT: _l("From your credit"),
    PaymentSource.OFFSET: _l("Credit lines set off"),
    PaymentSource.HELD: _l("From what you paid on a fee note"),
}
