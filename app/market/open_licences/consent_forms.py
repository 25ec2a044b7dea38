"""The forms of the consent page: one asks for a code, one answers."""

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.accounts.limits import at_most
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


class CodeForm(Form):
    """Nothing but the button; the form carries the token against forgery."""


class AnswerForm(Form):
    """Who answers, the code from the mail, and the reason of a refusal."""

    name = StringField(
        _l("Your name"), validators=[InputRequired(_l("Enter your name.")), at_most(60), no_control_characters]
    )
    phone = StringField(_l("Telephone"), validators=[at_most(40), no_control_characters])
    code = StringField(
        _l("Code from the mail"), validators=[InputRequired(_l("Enter the six digits of the code.")), Length(max=20)]
    )
    reason = TextAreaField(_l("Why you refuse"), validators=[at_most(1000), no_control_characters])
