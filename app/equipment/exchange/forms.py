"""The form that takes a list."""

from app.core.forms import FileField, FileRequired, Form
from app.core.i18n import lazy_gettext as _l


class UploadForm(Form):
    """One file."""

    file = FileField(_l("List of instruments"), [FileRequired(_l("Choose a file."))])
