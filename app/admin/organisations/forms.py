"""The verifier's answers that need words."""

from wtforms import StringField

from app.accounts.limits import at_most
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


class NoteForm(Form):
    """What is missing, or why not: a chip or own words."""

    note = StringField(_l("In own words"), [at_most(300), no_control_characters])
