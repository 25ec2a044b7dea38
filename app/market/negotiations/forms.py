"""Forms of offers, contracts, signatures and registrations."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.forms import Form, IntegerField, ValidationError, YuanField, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import parse_money
from app.market.licences.models import LicenceKind
from app.market.licences.negotiated import BARRED_WHILE_OPEN
from app.market.licences.words import KINDS
from app.market.negotiations.contract_text import FIELD_NAMES
from app.market.negotiations.models import RegistrationState
from app.market.negotiations.registering import NEXT, Amounts
from app.market.negotiations.terms import Terms
from app.market.negotiations.words import CLAUSES, REGISTRATION_STATES
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.open_licences.wording import BASE_NAMES, FORM_NAMES

ASKED_KINDS = (LicenceKind.ORDINARY, LicenceKind.SOLE, LicenceKind.EXCLUSIVE, LicenceKind.TRANSFER)
LONG = [Length(max=4000), no_control_characters]


class PairsField(TextAreaField):
    """Lines of two numbers; `pairs` is what they say, a month or an amount before a colon, an amount or share after."""

    def __init__(self, *args: Any, first: str, second: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.second = first, second
        self.pairs: tuple[Mapping[str, int], ...] = ()

    def process_data(self, value: Any) -> None:
        """What is stored becomes lines."""
        lines = (f"{_shown(self.first, part[self.first])}: {_shown(self.second, part[self.second])}"
                 for part in value or ())  # fmt: skip
        self.data = "\n".join(lines)

    def pre_validate(self, form: Any) -> None:
        """Read the lines. Raises ValidationError that names the first one at fault."""
        found = []
        for line in (self.data or "").replace("：", ":").splitlines():
            if not line.strip():
                continue
            head, _separator, tail = line.partition(":")
            try:
                found.append({self.first: _read(self.first, head), self.second: _read(self.second, tail)})
            except (ValueError, ArithmeticError):
                raise ValidationError(_("“%(line)s” is no line such as 6: 10000.", line=line[:40])) from None
        self.pairs = tuple(found)


def _shown(name: str, value: int) -> str:
    if name == "months":
        return str(value)
    return f"{Decimal(int(value)).scaleb(-2).normalize():f}"


def _read(name: str, text: str) -> int:
    if name == "months":
        return int(text.strip()[:4])
    if name == "rate":
        return _rate(text)
    return parse_money(text).minor


def _rate(text: str) -> int:
    number = Decimal(text.strip().rstrip("%％ ")) * 100
    if not number.is_finite() or number != number.to_integral_value() or abs(number) > 10**6:
        raise InvalidOperation
    return int(number)


class RateField(StringField):
    """A share in per cent with at most two decimals; `points` is basis points."""

    points: int = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "DecimalField"  # pages draw by it

    def process_data(self, value: Any) -> None:
        """Basis points become per cent."""
        self.data = _shown("rate", value) if value else ""

    def pre_validate(self, form: Any) -> None:
        """Read what was typed. Raises ValidationError for what is no share."""
        try:
            self.points = _rate(self.data or "") if (self.data or "").strip() else 0
        except ArithmeticError:
            raise ValidationError(_("Enter a share such as 3 or 2.5.")) from None


def _choices(names: Mapping[Any, object]) -> list[SelectChoice]:
    return [SelectChoice(one.value, name) for one, name in names.items()]


MONTHS = [SelectChoice(count, str(count)) for count in (1, 3, 6, 12)]


class OfferForm(Form):
    """The terms of one offer."""

    price_form = SelectField(_l("Way of paying"), choices=_choices(FORM_NAMES))
    lump_minor = YuanField(_l("Fixed fee"))
    upfront_minor = YuanField(_l("Entry fee"))
    instalments = PairsField(_l("Instalments"), first="months", second="minor")
    rate = RateField(_l("Royalty"))
    royalty_base = SelectField(_l("Share of"), choices=_choices(BASE_NAMES))
    rate_steps = PairsField(_l("Steps of the royalty"), first="from_minor", second="rate")
    floor_minor = YuanField(_l("At least each period"))
    cap_minor = YuanField(_l("At most each period"))
    period_months = SelectField(_l("Months of a period"), coerce=int, choices=MONTHS)
    term_months = IntegerField(_l("Term in months"), [Optional()])
    territory = StringField(_l("Territory"), [Length(max=100), no_control_characters])
    use_text = TextAreaField(_l("What it is used for"), LONG)
    other_terms = TextAreaField(_l("Other terms"), LONG)
    message = TextAreaField(_l("Message"), [Length(max=2000), no_control_characters])

    def fill(self, terms: Terms) -> None:
        """Start from these terms."""
        for name in Terms.__slots__:
            value = getattr(terms, name)
            self[name].process_data(12 if name == "period_months" and not value else value)
        self.royalty_base.data = (terms.royalty_base or RoyaltyBase.NET_SALES).value
        for name in ("lump_minor", "upfront_minor"):
            if not getattr(terms, name):
                self[name].data = ""
        if terms.territory == "CN":
            self.territory.data = ""

    @property
    def terms(self) -> Terms:
        """What was entered."""
        return Terms(
            price_form=PriceForm(self.price_form.data), lump_minor=self.lump_minor.minor or 0,
            upfront_minor=self.upfront_minor.minor or 0, instalments=self.instalments.pairs, rate=self.rate.points,
            royalty_base=RoyaltyBase(self.royalty_base.data), rate_steps=self.rate_steps.pairs,
            floor_minor=self.floor_minor.minor, cap_minor=self.cap_minor.minor, period_months=self.period_months.data,
            term_months=self.term_months.data, territory=self.territory.data or "CN",
            use_text=self.use_text.data or "", other_terms=self.other_terms.data or "",
        )  # fmt: skip


class AskForm(OfferForm):
    """The first proposal also says what is wanted."""

    kind = RadioField(_l("What do you want?"), choices=[SelectChoice(one.value, KINDS[one]) for one in ASKED_KINDS])

    def close_kinds(self) -> None:
        """Grey what nobody may have while the patent is open (M12)."""
        self.kind.choices = [
            SelectChoice(one.value, KINDS[one], {"disabled": True} if one in BARRED_WHILE_OPEN else {})
            for one in ASKED_KINDS
        ]


class ReasonForm(Form):
    """Why a negotiation is ended; nobody has to say."""

    reason = TextAreaField(_l("Reason"), [Length(max=1000), no_control_characters])


class ContractForm(Form):
    """The clauses that people fill in (民法典 845)."""

    project = StringField(CLAUSES["project"], [DataRequired(_l("This clause cannot be empty.")), *LONG])
    scope = TextAreaField(CLAUSES["scope"], [DataRequired(_l("This clause cannot be empty.")), *LONG])
    plan = TextAreaField(CLAUSES["plan"], LONG)
    secrecy = TextAreaField(CLAUSES["secrecy"], LONG)
    results = TextAreaField(CLAUSES["results"], LONG)
    acceptance = TextAreaField(CLAUSES["acceptance"], LONG)
    definitions = TextAreaField(CLAUSES["definitions"], LONG)
    other = TextAreaField(CLAUSES["other"], LONG)

    @property
    def clauses(self) -> dict[str, str]:
        """Each clause by its name."""
        return {name: self[name].data or "" for name in FIELD_NAMES}


class CodeForm(Form):
    """The own password again, in order to be mailed a code for the text with this hash."""

    shown = HiddenField()
    password = PasswordField(_l("Your password"), [InputRequired(_l("Enter your password."))])


class SignForm(Form):
    """The code that was mailed, for the text with this hash."""

    shown = HiddenField()
    code = StringField(_l("Code from the mail"), [InputRequired(_l("Enter the code from the mail.")), Length(max=20)])


class AmountsForm(Form):
    """The sums of a registration."""

    total_minor = YuanField(_l("Contract value"), [InputRequired(_l("Enter an amount such as 500 or 49.50."))])
    equipment_minor = YuanField(_l("of which equipment and instruments"))
    materials_minor = YuanField(_l("of which materials and other cost that is no technology"))
    is_disputed = BooleanField(_l("The kind of contract is disputed"))

    @property
    def amounts(self) -> Amounts:
        """What was entered, in fen."""
        return Amounts(self.total_minor.minor or 0, self.equipment_minor.minor or 0, self.materials_minor.minor or 0)


class StepForm(Form):
    """What the registrar has done, or what is reported to it."""

    state = SelectField(_l("What happened"))
    day = DateField(_l("Day"), [InputRequired(_l("Choose a day."))])
    registration_no = StringField(_l("Registration no."), [Length(max=60), no_control_characters])
    note = TextAreaField(_l("What the registrar wrote"), [Length(max=1000), no_control_characters])

    def offer(self, state: RegistrationState, day: date) -> None:
        """Only what can follow, today."""
        choices = [SelectChoice(one.value, REGISTRATION_STATES[one]) for one in NEXT[state]]
        if state is RegistrationState.REGISTERED:
            choices.insert(0, SelectChoice("change", _l("Change of the contract reported")))
        self.state.choices = choices
        if self.day.data is None:
            self.day.data = day
