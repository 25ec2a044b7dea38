"""The form that describes an instrument."""

from dataclasses import fields
from typing import Any
from zoneinfo import available_timezones

from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.regions import region_name
from app.core.errors import Invalid
from app.core.forms import Form, ValidationError, YuanField, no_control_characters
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.equipment.instruments.classes import classes
from app.equipment.instruments.models import Instrument, OperationMode, ShareMode
from app.equipment.instruments.operations import LONGEST_LINE, LONGEST_TEXT, Description

REGIONS = ("220100", "220200", "220300", "220400", "220500", "220600", "220700", "220800", "222400")
NEEDED = _l("This cannot be empty.")
_line = [Length(max=LONGEST_LINE), no_control_characters]
_text = [Length(max=LONGEST_TEXT), no_control_characters]


class DescribeForm(Form):
    """First what is needed, the rest below it. `description` is what was typed."""

    name = StringField(_l("Name"), [InputRequired(NEEDED), *_line])
    name_zh = StringField(_l("Chinese name"), _line)
    asset_no = StringField(_l("Asset no."), [InputRequired(NEEDED), *_line])
    model = StringField(_l("Model"), _line)
    class_code = SelectField(_l("Class"), validate_choice=False)
    site = StringField(_l("Site"), _line)
    building = StringField(_l("Building"), _line)
    room = StringField(_l("Room"), _line)
    region = SelectField(_l("Region"), validate_choice=False)
    value = YuanField(_l("Original value"))
    in_service_on = DateField(_l("In service since"), [Optional()])
    operation_mode = RadioField(
        _l("Who operates it"),
        choices=[
            SelectChoice(OperationMode.BOTH.value, _l("Either")),
            SelectChoice(OperationMode.ASSISTED.value, _l("Our staff")),
            SelectChoice(OperationMode.SELF.value, _l("The customer")),
        ],
        default=OperationMode.BOTH.value,
    )
    share_mode = RadioField(
        _l("Sharing"),
        choices=[
            SelectChoice(ShareMode.EXTERNAL.value, _l("With everybody")),
            SelectChoice(ShareMode.INTERNAL.value, _l("Within the institution")),
            SelectChoice(ShareMode.NONE.value, _l("Not shared")),
        ],
        default=ShareMode.EXTERNAL.value,
    )
    manufacturer = StringField(_l("Manufacturer"), _line)
    country = StringField(_l("Country of origin"), _line)
    technique = StringField(_l("Technique"), _line)
    specifications = TextAreaField(_l("Specifications"), _text)
    functions = TextAreaField(_l("Functions"), _text)
    description_text = TextAreaField(_l("Description"), _text)
    services = TextAreaField(_l("Services"), _text)
    subjects = StringField(_l("Subjects"), _line)
    sharing_rule = TextAreaField(_l("Sharing rule"), _text)
    fee_note = TextAreaField(_l("Fees in words"), _text)
    contact_name = StringField(_l("Contact"), _line)
    contact_phone = StringField(_l("Telephone"), _line)
    contact_email = StringField(_l("E-mail"), _line)
    is_customs_supervised = BooleanField(_l("Under customs supervision"))
    zone = SelectField(_l("Time zone"), validate_choice=False, default="Asia/Shanghai")
    revision = HiddenField(default="0")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.class_code.choices = class_choices()
        own = [self.region.data] if self.region.data and self.region.data not in REGIONS else []
        regions = [SelectChoice(code, region_name(code)) for code in (*REGIONS, *own)]
        self.region.choices = [SelectChoice("", _("As the institution")), *regions]
        self.zone.choices = [SelectChoice(zone, zone) for zone in sorted(available_timezones()) if "/" in zone]

    def validate_value(self, field: YuanField) -> None:
        """Nothing below 0."""
        if field.minor is not None and field.minor < 0:
            raise ValidationError(_("Enter an amount of 0 or more."))

    @property
    def description(self) -> Description:
        """What was typed. Raises Invalid for a choice that does not exist."""
        values = {each.name: self._text(each.name) for each in fields(Description) if each.name in self._fields}
        try:
            modes = ShareMode(values.pop("share_mode")), OperationMode(values.pop("operation_mode"))
        except ValueError:
            raise Invalid(_l("Choose one of the options."), field="share_mode") from None
        values |= {
            "description": self._text("description_text"),
            "value_minor": self.value.minor,
            "in_service_on": self.in_service_on.data,
            "is_customs_supervised": bool(self.is_customs_supervised.data),
            "share_mode": modes[0],
            "operation_mode": modes[1],
        }
        return Description(**values)

    def _text(self, name: str) -> Any:
        return self._fields[name].data or ""

    def show(self, instrument: Instrument) -> None:
        """Fill in what is known of an instrument."""
        for name, field in self._fields.items():
            if hasattr(instrument, name) and name not in {"share_mode", "operation_mode"}:
                field.data = getattr(instrument, name)
        self.share_mode.data = instrument.share_mode.value
        self.operation_mode.data = instrument.operation_mode.value
        self.description_text.data = instrument.description
        self.value.data = "" if instrument.value_minor is None else f"{Money(instrument.value_minor).decimal:,.2f}"
        self.class_code.data = instrument.class_code[:4]
        self.revision.data = str(instrument.revision)


def class_choices() -> list[Any]:
    """The classes in groups of the broad ones."""
    choices = [SelectChoice("", _("Choose a class"))]
    heading = ""
    for code, found in classes().items():
        if len(code) == 2:
            heading = f"{code} {found.name}"
        name = found.name if len(code) > 2 else _("%(name)s, other", name=found.name)
        choices.append(SelectChoice(code, name, optgroup=heading))
    return choices
