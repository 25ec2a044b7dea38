"""One setting being changed; the input fits the type of its default."""

from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired

from app.accounts.limits import at_most
from app.core.forms import Form, IntegerField, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.settings import Setting


class WholeNumberField(IntegerField):
    """A whole number, with a sentence of ours for anything else."""

    def process_formdata(self, valuelist: Any) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Enter a whole number.")) from None


class NumberForm(Form):
    """A whole number; the bounds are the setting's."""

    value = WholeNumberField(_l("New value"), [InputRequired(_l("Enter a whole number."))])


class WordsForm(Form):
    """A text."""

    value = StringField(_l("New value"), [at_most(500), no_control_characters])


class SwitchForm(Form):
    """On or off."""

    value = BooleanField(_l("Switched on"))


def form_for(setting: Setting, present: Any) -> Form | None:
    """The form that fits, filled with the present value; None for kinds that are changed on the server only."""
    kinds = {bool: SwitchForm, int: NumberForm, str: WordsForm}
    fitting = kinds.get(type(setting.default))
    return fitting(data={"value": present}) if fitting else None
