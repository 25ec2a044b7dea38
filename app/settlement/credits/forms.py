"""A credit note."""

from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from app.core.forms import Form, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money, parse_money


class CreditNoteForm(Form):
    """How much is taken back, and why."""

    amount = StringField(_l("Amount"), [DataRequired(_l("Give the amount.")), Length(max=30), no_control_characters])
    reason = TextAreaField(_l("Why"), [DataRequired(_l("Say why.")), Length(max=1000), no_control_characters])

    def validate_amount(self, field: StringField) -> None:
        """An amount of yuan."""
        try:
            parse_money(field.data or "")
        except ValueError:
            raise ValidationError(_("Write the amount like 1,234.50.")) from None

    @property
    def money(self) -> Money:
        return parse_money(self.amount.data or "")
