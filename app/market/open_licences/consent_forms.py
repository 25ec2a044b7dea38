"""The forms of the consent page, one asks for a code, one answers; and what is typed to ask for consents."""

from dataclasses import dataclass
from itertools import zip_longest

from werkzeug.datastructures import MultiDict
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.accounts.limits import at_most
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Address:
    """Where the link and the codes of a party go, as typed."""

    email: str
    phone: str


def typed_addresses(sent: MultiDict[str, str]) -> dict[str, Address]:
    """What was typed beside each party; where no text message can go, nobody is asked for a telephone."""
    rows = zip_longest(sent.getlist("party"), sent.getlist("email"), sent.getlist("phone"), fillvalue="")
    return {name: Address(email, phone) for name, email, phone in rows if name}


class CodeForm(Form):
    """The button, and by which way; the form carries the token against forgery."""

    way = StringField()


class AnswerForm(Form):
    """Who answers, the code that was sent, and the reason of a refusal."""

    name = StringField(
        _l("Your name"), validators=[InputRequired(_l("Enter your name.")), at_most(60), no_control_characters]
    )
    phone = StringField(_l("Telephone"), validators=[at_most(40), no_control_characters])
    code = StringField(
        _l("Six-digit code"), validators=[InputRequired(_l("Enter the six digits of the code.")), Length(max=20)]
    )
    reason = TextAreaField(_l("Why you refuse"), validators=[at_most(1000), no_control_characters])
