"""Forms of the notice, the filing and disputes."""

from collections.abc import Mapping
from datetime import date, timedelta

from wtforms import BooleanField, DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from app.accounts.models import Actor
from app.core.clock import today
from app.core.forms import FileField, Form, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.market.licences.taking import MAX_USE
from app.market.licences.wording import NoticeFields

TEXTS = ("product", "place", "contact_name", "contact_phone", "address")


class NoticeForm(Form):
    """What the licensee writes; the rest of the notice is fixed."""

    step = HiddenField(default="check")
    product = TextAreaField(
        _l("What you will make, use or sell"),
        validators=[InputRequired(_l("Say what you will make, use or sell.")), Length(max=MAX_USE),
                    no_control_characters],
    )  # fmt: skip
    place = StringField(
        _l("Where"), validators=[InputRequired(_l("Say where, e.g. the city.")), Length(max=200), no_control_characters]
    )
    starts_on = DateField(_l("From which day"), validators=[InputRequired(_l("Choose a day."))])
    contact_name = StringField(
        _l("Contact"),
        validators=[InputRequired(_l("Name somebody who answers questions.")), Length(max=100), no_control_characters],
    )
    contact_phone = StringField(_l("Telephone"), validators=[MayBeEmpty(), Length(max=60), no_control_characters])
    address = StringField(_l("Postal address"), validators=[MayBeEmpty(), Length(max=200), no_control_characters])
    for_myself = BooleanField(_l("For myself, as a private person"))

    def prefill(self, arguments: Mapping[str, str], actor: Actor) -> None:
        """What the address names (a visitor comes back with it), else what is known of the person and organisation."""
        for name in TEXTS:
            self[name].data = arguments.get(name, "").replace("\0", "")[:MAX_USE]
        try:
            self.starts_on.data = date.fromisoformat(arguments.get("starts_on", ""))
        except ValueError:
            self.starts_on.data = today() + timedelta(days=1)
        if actor.user is not None:
            self.contact_name.data = self.contact_name.data or actor.user.name
            self.contact_phone.data = self.contact_phone.data or actor.user.phone
        if actor.organisation is not None:
            self.address.data = self.address.data or actor.organisation.address
        self.for_myself.data = actor.user is not None and actor.organisation is None

    @property
    def fields(self) -> NoticeFields:
        """What was entered."""
        return NoticeFields(
            product=self.product.data or "", place=self.place.data or "", starts_on=self.starts_on.data or today(),
            contact_name=self.contact_name.data or "", contact_phone=self.contact_phone.data or "",
            address=self.address.data or "",
        )  # fmt: skip

    @property
    def as_arguments(self) -> dict[str, str]:
        """The same for an address, so that the form is filled again after signing in."""
        texts = {name: self[name].data or "" for name in TEXTS}
        return {**texts, "starts_on": self.fields.starts_on.isoformat()}


class FilingForm(Form):
    """The number and day that CNIPA gave, and its paper."""

    filing_no = StringField(
        _l("Filing no."),
        validators=[InputRequired(_l("Write down the filing number that CNIPA has given.")), Length(max=60),
                    no_control_characters],
    )  # fmt: skip
    filed_on = DateField(_l("Filed on"), validators=[InputRequired(_l("Choose a day."))], default=today)
    file = FileField(_l("CNIPA’s paper"))


class TextForm(Form):
    """A claim, a statement, an answer, a reason."""

    text = TextAreaField(
        _l("Text"), validators=[InputRequired(_l("Write something.")), Length(max=4000), no_control_characters]
    )
    act = HiddenField(default="")
