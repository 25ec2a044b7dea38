"""What is written down when owner and pledgee have agreed."""

from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from app.core.forms import FileField, FileRequired, Form, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.settlement.proceeds.words import CHOICES

_TEXT = (Length(max=200), no_control_characters)


class ProposalForm(Form):
    """The choice, the account of the pledgee or deposit, and the paper."""

    choice = RadioField(
        _l("What owner and pledgee have agreed on"), [DataRequired(_l("Choose what was agreed."))],
        choices=[SelectChoice(choice.value, word) for choice, word in CHOICES.items()],
    )  # fmt: skip
    bank_account_name = StringField(_l("Account of pledgee or deposit: name"), [*_TEXT])
    bank_account = StringField(_l("Account number"), [*_TEXT])
    bank_name = StringField(_l("Bank"), [*_TEXT])
    file = FileField(_l("Agreement or written consent"), [FileRequired(_l("Add the paper that both have signed."))])
