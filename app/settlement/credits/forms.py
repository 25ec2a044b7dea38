"""A credit note."""

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form, YuanField, no_control_characters
from app.core.i18n import lazy_gettext as _l


class CreditNoteForm(Form):
    """How much is taken back, and why."""

    amount = YuanField(_l("Amount"), [DataRequired(_l("Give the amount."))])
    reason = TextAreaField(_l("Why"), [DataRequired(_l("Say why.")), Length(max=1000), no_control_characters])
