"""The bank's answers to payouts."""

from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.core.forms import FileField, FileRequired, Form, no_control_characters
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


class AnswerFileForm(Form):
    """The bank's file about many payouts."""

    file = FileField(_l("Answer file"), [FileRequired(_l("Choose the file that the bank gave you."))])


class AnswersForm(Form):
    """The same file once more, after the look at what it does: its bytes in base 64, and its name."""

    content = HiddenField(validators=[DataRequired(), Length(max=300_000)])
    name = HiddenField(validators=[Length(max=200), no_control_characters])
