"""Forms of referrals and partners."""

from collections.abc import Sequence

from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Email, InputRequired, Length, Optional

from app.core.clock import today
from app.core.forms import CheckboxesField, Form, IntegerField, YuanField, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.core.workdays import add_months
from app.market.referrals.consent import PARTS
from app.market.referrals.models import Partner, Referral, ReferralKind
from app.market.referrals.operations import MAX_MONTHS, MAX_TEXT
from app.market.referrals.partners import MAX_ABOUT, PartnerValues
from app.market.referrals.words import KINDS

TEXT = [Length(max=MAX_TEXT), no_control_characters]
NEEDED = InputRequired(_l("Say in a few words what you need."))


class AskForm(Form):
    """What is asked for, of whom, and what the partner may read."""

    partner = SelectField(_l("Partner"), default="")
    patent = StringField(_l("Patent no."), [Length(max=30), no_control_characters])
    wish = TextAreaField(_l("What is it about?"), [NEEDED, *TEXT])
    amount = YuanField(_l("Loan wished for"))
    parts = CheckboxesField(
        _l("What may the partner read?"),
        choices=[SelectChoice(name, words) for name, words in PARTS.items()],
        default=[],
    )

    def offer(self, kind: ReferralKind, partners: Sequence[Partner], region: str) -> None:
        """Those who offer the kind in the region; income is of interest to who lends."""
        found = [SelectChoice(str(one.id), one.organisation.name) for one in partners if one.serves(kind, region)]
        self.partner.choices = [SelectChoice("", _l("The operator finds one")), *found]
        if kind is not ReferralKind.PLEDGE:
            self.parts.choices = [SelectChoice(name, words) for name, words in PARTS.items() if name != "income"]


class NoteForm(Form):
    """A word to the other side."""

    note = TextAreaField(_l("Message to the other side"), TEXT)


class AgreedForm(Form):
    """What was agreed."""

    amount = YuanField(_l("Sum agreed"), [InputRequired(_l("Enter an amount such as 500 or 49.50."))])
    months = IntegerField(_l("Agreed for how many months"), [Optional()])
    note = TextAreaField(_l("Message to the other side"), TEXT)


class ReasonForm(Form):
    """Why not."""

    reason = TextAreaField(_l("Reason"), TEXT)


class PassForm(Form):
    """To whom."""

    partner = SelectField(_l("Partner"), [InputRequired(_l("Choose a partner."))])

    def offer(self, partners: Sequence[Partner], referral: Referral) -> None:
        """Those who offer it, those of the region first."""
        able = [one for one in partners if one.serves(referral.kind) and one.organisation_id != referral.applicant_id]
        able.sort(key=lambda one: not one.serves(referral.kind, referral.applicant.region))
        self.partner.choices = [SelectChoice(str(one.id), one.organisation.name) for one in able]


class PledgeForm(Form):
    """The registration of the pledge at CNIPA."""

    reference = StringField(
        _l("Registration no."),
        [InputRequired(_l("Enter the number of the registration.")), Length(max=60), no_control_characters],
    )
    starts_on = DateField(_l("Registered on"), [InputRequired(_l("Choose a day."))])
    ends_on = DateField(_l("Ends on"), [Optional()])
    email = StringField(
        _l("E-mail address of the pledgee"),
        [Optional(), Length(max=200), Email(_l("This is no e-mail address. One looks like li.hua@example.com."))],
    )

    def begin(self, referral: Referral) -> None:
        """Today, for as long as was agreed."""
        self.starts_on.data = today()
        self.ends_on.data = add_months(today(), min(referral.agreed_months or 12, MAX_MONTHS))


class PartnerForm(Form):
    """What is listed of a partner."""

    code = StringField(_l("Unified social credit code"), [Length(max=18), no_control_characters])
    kinds = CheckboxesField(
        _l("What it offers"), choices=[SelectChoice(kind.value, name) for kind, name in KINDS.items()]
    )
    regions = StringField(_l("Regions"), [Length(max=200), no_control_characters])
    about = TextAreaField(_l("About the partner"), [Length(max=MAX_ABOUT), no_control_characters])
    about_en = TextAreaField(_l("About the partner, in English"), [Length(max=MAX_ABOUT), no_control_characters])
    is_listed = BooleanField(_l("On the list"), default=True)

    def show(self, partner: Partner) -> None:
        """What is listed now."""
        self.kinds.data, self.regions.data = partner.kinds, " ".join(partner.regions)
        self.about.data, self.about_en.data, self.is_listed.data = partner.about, partner.about_en, partner.is_listed

    @property
    def said(self) -> PartnerValues:
        """What was entered."""
        regions = (self.regions.data or "").replace(",", " ").replace("，", " ").split()
        return PartnerValues(
            [ReferralKind(one) for one in self.kinds.data or ()], regions, self.about.data or "",
            self.about_en.data or "", bool(self.is_listed.data),
        )  # fmt: skip
