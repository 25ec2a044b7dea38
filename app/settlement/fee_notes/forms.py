"""Forms about fee notes."""

from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


class RefundForm(Form):
    """The bank has carried a refund out."""

    refunded_on = DateField(_l("Date"), [DataRequired(_l("Give the day of the transfer."))])
    reference = StringField(
        _l("Bank’s reference"), [DataRequired(_l("Give the bank’s reference.")), Length(max=100), no_control_characters]
    )
