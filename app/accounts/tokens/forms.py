"""What a token needs."""

from collections.abc import Iterable

from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from app.accounts.limits import at_most, stripped
from app.accounts.models import Organisation
from app.accounts.tokens.operations import LONGEST_NAME
from app.core.forms import Form, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l


class TokenForm(Form):
    """A name to recognise it by, how long it works and for whom it acts."""

    name = StringField(
        _l("What for"),
        [InputRequired(_l("Say what the token is for.")), at_most(LONGEST_NAME), no_control_characters],
        filters=[stripped],
    )
    organisation = SelectField(_l("Acts for"))
    days = SelectField(
        _l("Valid for"),
        choices=[
            SelectChoice("30", _l("30 days")),
            SelectChoice("90", _l("90 days")),
            SelectChoice("365", _l("One year")),
        ],
        default="90",
    )

    def offer(self, organisations: Iterable[Organisation]) -> None:
        """Say for whom the token may act."""
        offered = [SelectChoice(each.code, each.name) for each in organisations]
        self.organisation.choices = offered or [SelectChoice("", _("Only myself"))]
