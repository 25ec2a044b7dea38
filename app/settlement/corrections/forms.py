"""Why something is undone."""

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


class UndoForm(Form):
    """The reason, which the customer reads too."""

    reason = TextAreaField(_l("Why"), [DataRequired(_l("Say why.")), Length(max=500), no_control_characters])
