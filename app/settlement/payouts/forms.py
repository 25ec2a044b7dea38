"""The bank's answer to a payout."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


class PaidForm(Form):
    """Carried out, under the bank's reference."""

    reference = StringField(
        _l("Bank’s reference"), [DataRequired(_l("Give the bank’s reference.")), Length(max=100), no_control_characters]
    )


class ReturnedForm(Form):
    """Sent back, for a reason."""

    reason = StringField(
        _l("Why it came back"),
        [DataRequired(_l("Say why the bank sent it back.")), Length(max=300), no_control_characters],
    )
