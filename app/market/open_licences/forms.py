"""The forms of declaring: price, terms, filing, objections, withdrawal. Amounts are in yuan, rates in per cent."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from wtforms import DateField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Email, InputRequired, Length, Optional

from app.accounts.limits import at_most
from app.core.forms import Form, IntegerField, ValidationError, YuanField, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import parse_money
from app.market.open_licences.estimates import FACTOR_NAMES, FACTORS, MOST
from app.market.open_licences.models import OpenLicence, PriceForm, RoyaltyBase
from app.market.open_licences.operations import MAX_NOTE, Price, Terms
from app.market.open_licences.wording import BASE_NAMES, FORM_NAMES

PERIODS = {1: _l("every month"), 3: _l("every quarter"), 6: _l("every half year"), 12: _l("every year")}


class RateText(StringField):
    """A share in per cent with at most two decimals; `rate` is basis points, None when it is empty."""

    rate: int | None = None

    def pre_validate(self, form: Any) -> None:
        try:
            self.rate = hundredths(self.data) if self.data and self.data.strip() else None
        except ArithmeticError:
            raise ValidationError(_("Enter a percentage such as 2 or 2.5.")) from None


def hundredths(text: str) -> int:
    """Basis points of a typed percentage. Raises ArithmeticError for what is none."""
    typed = Decimal(text.strip().removesuffix("%").removesuffix("％"))
    if not typed.is_finite() or not 0 <= typed <= 100 or (typed * 100) % 1:
        raise ArithmeticError(text)
    return int(typed * 100)


class PairsText(TextAreaField):
    """Lines of two figures, e.g. months and yuan; `pairs` holds them read by `left` and `right`."""

    left: Any = staticmethod(int)
    right: Any = staticmethod(lambda text: parse_money(text).minor)

    def pre_validate(self, form: Any) -> None:
        self.pairs: list[tuple[int, int]] = []
        for line in (self.data or "").splitlines():
            parts = line.replace("，", " ").replace(":", " ").replace("：", " ").split()
            if not parts:
                continue
            try:
                first, second = parts
                self.pairs.append((self.left(first), self.right(second)))
            except (ValueError, ArithmeticError):
                raise ValidationError(_("Each line has two figures with a blank between them.")) from None


class StepsText(PairsText):
    """Lines of yuan and per cent."""

    left = staticmethod(lambda text: parse_money(text).minor)
    right = staticmethod(hundredths)


class ChoosePriceForm(Form):
    """The one announced price and how it was found."""

    form = SelectField(_l("Price form"), choices=[SelectChoice(one.value, name) for one, name in FORM_NAMES.items()])
    lump = YuanField(_l("Lump sum"))
    upfront = YuanField(_l("Upfront fee"))
    instalments = PairsText(_l("Instalments"), validators=[at_most(500)])
    rate = RateText(_l("Rate"))
    base = SelectField(_l("Of what"), choices=[SelectChoice(one.value, name) for one, name in BASE_NAMES.items()])
    steps = StepsText(_l("Rising or falling rate"), validators=[at_most(500)])
    floor = YuanField(_l("Least each period"))
    cap = YuanField(_l("Most each period"))
    period = SelectField(
        _l("Report and pay"),
        coerce=int,
        choices=[SelectChoice(months, name) for months, name in PERIODS.items()],
        default=12,
    )
    basis_note = TextAreaField(_l("Basis of the price"), validators=[Length(max=MAX_NOTE), no_control_characters])
    limit_reason = TextAreaField(_l("Why above the usual"), validators=[at_most(1000), no_control_characters])
    legal = IntegerField(FACTOR_NAMES["legal"], validators=[Optional()], default=0)
    technical = IntegerField(FACTOR_NAMES["technical"], validators=[Optional()], default=0)
    market = IntegerField(FACTOR_NAMES["market"], validators=[Optional()], default=0)
    strategic = IntegerField(FACTOR_NAMES["strategic"], validators=[Optional()], default=0)

    @property
    def factors(self) -> dict[str, int]:
        """The four factors in per cent, clipped."""
        return {name: max(-MOST, min(MOST, self._fields[name].data or 0)) for name in FACTORS}

    def show(self, declared: OpenLicence) -> None:
        """Fill the form with what is kept."""
        self.form.data = declared.price_form.value
        for name in ("lump", "upfront", "floor", "cap"):
            amount = getattr(declared, f"{name}_minor")
            self._fields[name].data = _yuan(amount)
        self.rate.data = f"{Decimal(declared.rate).scaleb(-2).normalize():f}" if declared.rate else ""
        self.base.data = (declared.royalty_base or RoyaltyBase.NET_SALES).value
        self.instalments.data = "\n".join(f"{part['months']} {_yuan(part['minor'])}" for part in declared.instalments)
        self.steps.data = "\n".join(
            f"{_yuan(step['from_minor']) or 0} {Decimal(step['rate']).scaleb(-2).normalize():f}"
            for step in declared.rate_steps
        )
        self.period.data = declared.period_months
        self.basis_note.data, self.limit_reason.data = declared.basis_note, declared.limit_reason
        for name, value in declared.calculation.get("factors", {}).items():
            self._fields[name].data = value

    @property
    def price(self) -> Price:
        """What was typed."""
        form = PriceForm(self.form.data)
        return Price(
            form, lump_minor=self.lump.minor or 0, upfront_minor=self.upfront.minor or 0,
            instalments=self.instalments.pairs, rate=self.rate.rate or 0, base=RoyaltyBase(self.base.data),
            rate_steps=self.steps.pairs, floor_minor=self.floor.minor, cap_minor=self.cap.minor,
            period_months=self.period.data, basis_note=self.basis_note.data or "",
            limit_reason=self.limit_reason.data or "", calculation={"factors": self.factors},
        )  # fmt: skip


def _yuan(amount: int | None) -> str:
    return f"{Decimal(amount).scaleb(-2):f}" if amount else ""


class TermsForm(Form):
    """What is announced besides the price."""

    use_text = TextAreaField(
        _l("What it is for, in two plain sentences"), validators=[at_most(500), no_control_characters]
    )
    not_included = TextAreaField(_l("Not included"), validators=[at_most(500), no_control_characters])
    other_terms = TextAreaField(_l("Other terms"), validators=[at_most(2000), no_control_characters])
    term_months = IntegerField(_l("Term of each licence"), validators=[Optional()])
    notice_name = StringField(_l("Notices go to"), validators=[at_most(100), no_control_characters])
    notice_email = StringField(
        _l("Mailbox for notices"),
        validators=[InputRequired(_l("Enter the mailbox in which notices count.")), Email(_l("Enter an address."))],
    )
    notice_phone = StringField(_l("Telephone"), validators=[at_most(40), no_control_characters])
    notice_address = StringField(_l("Postal address"), validators=[at_most(200), no_control_characters])
    inventors_share = RateText(_l("Inventors’ share of the net income"))
    department_share = RateText(_l("Department’s share of the net income"))
    promotion_answer = TextAreaField(
        _l("Why the marked words are facts"), validators=[at_most(500), no_control_characters]
    )

    def show(self, declared: OpenLicence) -> None:
        """Fill the form with what is kept."""
        for name in (
            "use_text", "not_included", "other_terms", "term_months", "notice_name", "notice_email", "notice_phone",
            "notice_address", "promotion_answer",
        ):  # fmt: skip
            self._fields[name].data = getattr(declared, name)
        for name in ("inventors_share", "department_share"):
            self._fields[name].data = f"{Decimal(getattr(declared, name)).scaleb(-2).normalize():f}"

    @property
    def terms(self) -> Terms:
        """What was typed."""
        texts = {
            name: self._fields[name].data or ""
            for name in ("use_text", "not_included", "other_terms", "notice_name", "notice_email", "notice_phone",
                         "notice_address", "promotion_answer")
        }  # fmt: skip
        return Terms(
            **texts, term_months=self.term_months.data, inventors_share=self.inventors_share.rate or 0,
            department_share=self.department_share.rate or 0,
        )  # fmt: skip


class NumberForm(Form):
    """A number of CNIPA and its day, which is not today by itself."""

    accept_no = StringField(
        _l("Acceptance number"), validators=[InputRequired(_l("Enter the number as CNIPA gives it.")), at_most(60)]
    )
    filed_on = DateField(_l("Filed on"), validators=[InputRequired(_l("Choose a day."))])

    @property
    def number(self) -> str:
        """The number as typed."""
        return self.accept_no.data or ""

    @property
    def day(self) -> date:
        """The day; only after validation."""
        day: Any = self.filed_on.data
        return cast("date", day)


class ReasonForm(Form):
    """One text: an objection, its answer, a reason."""

    reason = TextAreaField(
        _l("Reason"), validators=[InputRequired(_l("Enter a reason.")), at_most(1000), no_control_characters]
    )

    @property
    def text(self) -> str:
        """What was typed."""
        return self.reason.data or ""


class ReturnForm(Form):
    """The operator's reasons for sending a declaration back."""

    note = TextAreaField(_l("Note"), validators=[at_most(1000), no_control_characters])


class AnswerOfCnipaForm(Form):
    """What CNIPA has answered instead of announcing."""

    answer = RadioField(
        _l("CNIPA"),
        choices=[
            SelectChoice("correction", _l("wants it corrected")),
            SelectChoice("refused", _l("does not announce it")),
        ],
    )
    note = TextAreaField(
        _l("In CNIPA’s words"), validators=[InputRequired(_l("Enter a reason.")), at_most(1000), no_control_characters]
    )
    day = DateField(_l("Corrected by, or refused on"), validators=[InputRequired(_l("Choose a day."))])

    @property
    def given_day(self) -> date:
        """The day; only after validation."""
        day: Any = self.day.data
        return cast("date", day)


class WithdrawalAnswerForm(Form):
    """Why CNIPA has not accepted a withdrawal, or that it was taken back."""

    note = TextAreaField(
        _l("In CNIPA’s words"), validators=[InputRequired(_l("Enter a reason.")), at_most(1000), no_control_characters]
    )


class GazetteForm(Form):
    """Rows of the gazette, pasted: patent number, announcement number, day."""

    rows = TextAreaField(_l("Rows of the gazette"), validators=[at_most(100_000), no_control_characters])
    source = StringField(
        _l("Source"), validators=[InputRequired(_l("Say where it was announced.")), at_most(200), no_control_characters]
    )
    kind = RadioField(
        _l("What is announced"), default="announced",
        choices=[SelectChoice("announced", _l("declarations")), SelectChoice("withdrawn", _l("withdrawals"))],
    )  # fmt: skip
