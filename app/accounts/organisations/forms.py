"""What is filled in about an organisation."""

from typing import Any

from wtforms import HiddenField, RadioField, StringField, TelField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Optional, Regexp, ValidationError

from app.accounts.codes import check_code
from app.accounts.limits import at_most, stripped
from app.accounts.models import OrganisationKind
from app.core.attempts import attempt
from app.core.errors import Invalid
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l

KINDS = (
    SelectChoice(OrganisationKind.ENTERPRISE.value, _l("Enterprise: books instruments")),
    SelectChoice(OrganisationKind.INSTITUTION.value, _l("Institution: shares instruments, may book as well")),
)


def _text(label: Any, required: Any = None, longest: int = 200) -> StringField:
    checks = [InputRequired(required)] if required else [Optional(strip_whitespace=True)]
    return StringField(label, [*checks, at_most(longest), no_control_characters], filters=[stripped])


def _right_code(_form: Form, field: StringField) -> None:
    """Blame a mistyped code together with all else that needs changing, not one submission later."""
    with attempt(Invalid) as tried:
        check_code(field.data or "")
    if tried.refusal is not None:
        raise ValidationError(str(tried.refusal))


def _phone() -> TelField:
    return TelField(
        _l("Telephone"),
        [
            InputRequired(_l("Enter a telephone number for questions about bookings.")),
            at_most(30),
            Regexp(r"^[+0-9][0-9 ()\-]{4,}$", message=_l("Only digits, blanks, brackets and + - are possible.")),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "tel"},
    )


class DescriptionForm(Form):
    """How an organisation is called and reached."""

    name = _text(_l("Registered name"), _l("Enter the name as it stands on the licence."))
    name_en = _text(_l("English name"))
    address = _text(_l("Postal address"))
    phone = _phone()


class RegistrationForm(Form):
    """The three things that make an organisation; the rest can wait."""

    code = StringField(
        _l("Unified social credit code"),
        [InputRequired(_l("Enter the 18 characters from the licence.")), at_most(40), _right_code],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    name = _text(_l("Registered name"), _l("Enter the name as it stands on the licence."))
    phone = _phone()
    kind = RadioField(
        _l("Kind"), [InputRequired(_l("Choose one."))], choices=KINDS, default=OrganisationKind.ENTERPRISE.value
    )
    next = HiddenField()


class BankForm(Form):
    """The account that payouts go to. An empty number keeps the one on file."""

    bank_account_name = _text(_l("Account holder"), _l("Enter the holder as the bank knows it."))
    bank_name = _text(_l("Bank and branch"), _l("Enter bank and branch."))
    bank_account = _text(_l("Account number"), longest=40)


class JoinForm(Form):
    """The organisation that one asks to join."""

    code = StringField(
        _l("Unified social credit code"),
        [InputRequired(_l("Enter the 18 characters from the licence.")), at_most(40)],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
