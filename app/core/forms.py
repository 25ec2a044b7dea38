"""Forms: WTForms with CSRF, the organisation they were opened for, and operations that may say no."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import g
from flask_wtf import FlaskForm
from flask_wtf.csrf import _FlaskFormCSRF
from flask_wtf.file import FileField, FileRequired
from wtforms import Field, HiddenField, SelectMultipleField, StringField
from wtforms import IntegerField as _IntegerField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.attempts import attempt
from app.core.errors import DomainError
from app.core.i18n import LazyText
from app.core.i18n import gettext as _
from app.core.money import Money, parse_money

__all__ = [
    "CheckboxesField",
    "FileField",
    "FileRequired",
    "Form",
    "IntegerField",
    "ValidationError",
    "no_control_characters",
]

MOST_DIGITS = 18


class _Tokens(_FlaskFormCSRF):  # type: ignore[misc]
    """The token of a form is made when a page shows it: one that does not keeps nothing in the browser."""

    def generate_csrf_token(self, csrf_token_field: Field) -> LazyText:
        """A text that is worked out on the page."""
        return LazyText(super().generate_csrf_token, csrf_token_field)


class Form(FlaskForm):  # type: ignore[misc]
    """The parent of every form.

    `acting` carries the organisation the page was made for, so that two tabs cannot mix two organisations up.
    `attempt()` runs an operation and turns its refusal into an error at the right field; nothing is kept then.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf_class = _Tokens

    acting = HiddenField(default=lambda: g.get("acting_code", ""))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusal: DomainError | None = None

    @property
    def ok(self) -> bool:
        """Whether the attempt went through."""
        return self.refusal is None and not self.errors and not self.form_errors

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Run an operation in a savepoint; a DomainError becomes a form error and nothing is kept."""
        with attempt() as tried:
            yield
        if tried.refusal is not None:
            self.refusal = tried.refusal
            self.blame(tried.refusal.field, str(tried.refusal))

    def carries_out(self, deed: Callable[[], object]) -> bool:
        """Whether the form was sent, is in order, and `deed` was done with it; a refusal stands at its field."""
        if not self.validate_on_submit():
            return False
        with self.attempt():
            deed()
        return self.ok

    def blame(self, field: str | None, sentence: str) -> None:
        """Put an error at a field, or on the form when there is no such field."""
        target = self._fields.get(field or "")
        if target is None:
            self.form_errors.append(sentence)
        else:
            target.errors = [*target.errors, sentence]

    @property
    def faults(self) -> list[tuple[str, str]]:
        """(id of the input, sentence) for the error summary; an empty id for faults of the whole form."""
        whole = [("", str(sentence)) for sentence in self.form_errors]
        return whole + [(field.id, str(sentence)) for field in self for sentence in _flat(field.errors)]


class PressForm(Form):
    """Nothing but a button."""


class CheckboxesField(SelectMultipleField):
    """Several of a few choices, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class IntegerField(_IntegerField):
    """A whole number that the database can hold; longer ones would break the checks of their range."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "IntegerField"  # pages draw by it, also for subclasses

    def process_formdata(self, valuelist: Any) -> None:
        """Read what was typed. Raises ValueError for what is no number or out of reach."""
        if valuelist and len(valuelist[0].strip()) > MOST_DIGITS:
            self.data = None
            raise ValueError(_("That number is too long."))
        super().process_formdata(valuelist)


class YuanField(StringField):
    """An amount in yuan as a person types it; `minor` is fen, None when it is empty."""

    minor: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "MoneyField"  # pages draw by it

    def process_data(self, value: Any) -> None:
        """Fen from the program become yuan in the box; a text stays as it was typed."""
        self.data = f"{Money(value).decimal}" if isinstance(value, int) else value

    def pre_validate(self, form: Any) -> None:
        """Read what was typed. Raises ValidationError for what is no amount."""
        try:
            self.minor = parse_money(self.data or "").minor if (self.data or "").strip() else None
        except ValueError:
            raise ValidationError(_("Enter an amount such as 500 or 49.50.")) from None

    @property
    def money(self) -> Money:
        """The amount of a field that may not be left empty."""
        if self.minor is None:
            raise ValueError("ask for the amount of a field that is filled in")
        return Money(self.minor)


def _flat(errors: Any) -> Iterator[Any]:
    for error in errors.values() if isinstance(errors, dict) else errors:
        if isinstance(error, (list, tuple, dict)):
            yield from _flat(error)
        else:
            yield error


def no_control_characters(form: Form, field: Field) -> None:
    """Refuse NUL and other control characters, which PostgreSQL cannot store or people cannot see."""
    if isinstance(field.data, str) and any(ord(sign) < 32 and sign not in "\r\n\t" for sign in field.data):
        raise ValidationError(_("Remove the invisible control characters."))
