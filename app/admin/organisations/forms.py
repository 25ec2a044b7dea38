"""The verifier's answers that need words."""

from wtforms import StringField

from app.accounts.limits import at_most
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l

ASKED_FOR = (
    _l("a copy of the licence"),
    _l("the name as it stands on the licence"),
    _l("a letter of authorisation with the seal"),
    _l("a telephone number that answers"),
)
REFUSED_BECAUSE = (
    _l("the code belongs to another organisation"),
    _l("the organisation is struck off"),
    _l("registered twice"),
)


class NoteForm(Form):
    """What is missing, or why not: a chip or own words."""

    note = StringField(_l("In own words"), [at_most(300), no_control_characters])
