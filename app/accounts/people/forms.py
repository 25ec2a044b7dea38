"""What people fill in about themselves."""

from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField, TelField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Email, InputRequired, Optional, Regexp

from app.accounts.limits import at_most, stripped
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l

LANGUAGES = (
    SelectChoice("", _l("As the browser asks")),
    SelectChoice("zh_CN", "中文"),
    SelectChoice("en", "English"),
)


def email_field() -> EmailField:
    """An e-mail address that can exist."""
    return EmailField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter your e-mail address.")),
            at_most(254),
            Email(_l("This is no e-mail address. One looks like li.hua@example.com.")),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )


def name_field() -> StringField:
    """What a person is called."""
    return StringField(
        _l("Your name"),
        [InputRequired(_l("Enter your name.")), at_most(100), no_control_characters],
        filters=[stripped],
        render_kw={"autocomplete": "name"},
    )


def new_password_field() -> PasswordField:
    """A password being chosen; the rules are the operation's."""
    return PasswordField(
        _l("Password"),
        [InputRequired(_l("Choose a password.")), at_most(1000)],
        render_kw={"autocomplete": "new-password"},
    )


class SignUpForm(Form):
    """The first half of a sign-up."""

    email = email_field()
    name = name_field()
    password = new_password_field()
    next = HiddenField()


class CodeForm(Form):
    """The second half: the code from the mail."""

    code = StringField(
        _l("Six-digit code"),
        [InputRequired(_l("Enter the code from the mail.")), at_most(20)],
        filters=[stripped],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )


class ForgotForm(Form):
    """Asks for a link to a new password."""

    email = email_field()


class ResetForm(Form):
    """Chooses a new password by a link."""

    password = new_password_field()


class PasswordForm(Form):
    """Replaces a password that is known."""

    present = PasswordField(
        _l("Present password"),
        [InputRequired(_l("Enter your present password.")), at_most(1000)],
        render_kw={"autocomplete": "current-password"},
    )
    password = new_password_field()


class ProfileForm(Form):
    """How a person is called and reached."""

    name = name_field()
    phone = TelField(
        _l("Telephone"),
        [
            Optional(strip_whitespace=True),
            at_most(30),
            Regexp(r"^[+0-9][0-9 ()\-]{4,}$", message=_l("Only digits, blanks, brackets and + - are possible.")),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "tel"},
    )
    locale = SelectField(_l("Language"), choices=LANGUAGES)
