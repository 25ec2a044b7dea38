"""Forms of the portal."""

from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.market.portal.operations import MAX_PURPOSE


class InterestForm(Form):
    """What somebody would use a patent for."""

    purpose = TextAreaField(
        _l("What would you use it for?"),
        validators=[
            InputRequired(_l("Say in a few words what you would use it for.")),
            Length(max=MAX_PURPOSE, message=_l("Use at most %(max)d characters.")),
            no_control_characters,
        ],
    )
