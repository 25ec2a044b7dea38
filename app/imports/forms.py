"""The form that takes a list."""

from app.core.forms import FileField, FileRequired, Form
from app.core.i18n import lazy_gettext as _l
from app.imports.kinds import ImportKind


class UploadForm(Form):
    """One file."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])

    def called(self, kind: ImportKind) -> "UploadForm":
        """The same form, asking for a list of this kind."""
        self.file.label.text = kind.texts.file
        return self
