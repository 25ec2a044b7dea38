"""What signing in takes."""

from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from app.accounts.limits import at_most, stripped
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l


class SignInForm(Form):
    """E-mail address and password. The address is not judged here, so that every wrong pair gets one answer."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Enter your e-mail address.")), at_most(254), no_control_characters],
        filters=[stripped],
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), at_most(1000)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
