"""Forms about real use: the phone page, the decision of the customer, answers and corrections."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import HiddenField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields import DateTimeLocalField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.core.clock import nearest_at_place
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token
from app.equipment.reservations.booking import MAX_PURPOSE
from app.equipment.reservations.operations import MAX_REASON
from app.equipment.usage.disputes import MAX_TEXT

WALL_CLOCK = "%Y-%m-%dT%H:%M"


class StartForm(Form):
    """The start of a booking; its key makes a second sending the same press."""

    reservation = HiddenField(validators=[InputRequired()])
    device_key = HiddenField(default=secret_token)


class WalkInForm(Form):
    """A booking from now: length chosen, the rest may stay as it is."""

    minutes = RadioField(_l("How long"), coerce=int, validators=[InputRequired(_l("Choose a length."))])
    payer_code = StringField(
        _l("Credit code of another organisation that pays"), validators=[Length(max=40), no_control_characters]
    )
    purpose = StringField(_l("Purpose"), validators=[Length(max=MAX_PURPOSE), no_control_characters])


class FinishForm(Form):
    """The end of a use; consumables come as ``consumable:<code>`` beside it."""

    reservation = HiddenField(validators=[InputRequired()])
    device_key = HiddenField(default=secret_token)
    ended_at = HiddenField()
    fault = TextAreaField(_l("What is wrong with the instrument"), validators=[Length(max=500), no_control_characters])


class ObjectForm(Form):
    """What the customer says instead: the right length and why."""

    hours = IntegerField(
        _l("Hours"), default=0, validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 2400)]
    )
    minutes = IntegerField(
        _l("Minutes"), default=0, validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 59)]
    )
    reason = TextAreaField(
        _l("Why"),
        validators=[
            InputRequired(_l("Say why; the other side reads it.")),
            Length(max=MAX_TEXT),
            no_control_characters,
        ],
    )

    @property
    def length(self) -> int:
        """The length in minutes."""
        return (self.hours.data or 0) * 60 + (self.minutes.data or 0)

    def show(self, minutes: int) -> None:
        """Fill the length in."""
        self.hours.data, self.minutes.data = divmod(minutes, 60)


class AnswerForm(Form):
    """The institution's one answer: agree, offer something between, or refuse."""

    answer = RadioField(
        _l("Your answer"),
        choices=[
            SelectChoice("agree", _l("Agree")),
            SelectChoice("offer", _l("Offer something between")),
            SelectChoice("refuse", _l("Refuse")),
        ],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    hours = IntegerField(_l("Hours"), validators=[Optional(), NumberRange(0, 2400)])
    minutes = IntegerField(_l("Minutes"), validators=[Optional(), NumberRange(0, 59)])
    reason = TextAreaField(
        _l("Why"),
        validators=[
            InputRequired(_l("Say why; the other side reads it.")),
            Length(max=MAX_TEXT),
            no_control_characters,
        ],
    )

    def offered(self, claimed: int, recorded: int) -> int:
        """The minutes that the answer offers."""
        between = (self.hours.data or 0) * 60 + (self.minutes.data or 0)
        return {"agree": claimed, "refuse": recorded}.get(self.answer.data, between)


class DecideForm(Form):
    """The operator's decision."""

    hours = IntegerField(_l("Hours"), validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 2400)])
    minutes = IntegerField(_l("Minutes"), validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 59)])

    @property
    def length(self) -> int:
        """The length in minutes."""
        return (self.hours.data or 0) * 60 + (self.minutes.data or 0)

    def show(self, minutes: int) -> None:
        """Fill the length in."""
        self.hours.data, self.minutes.data = divmod(minutes, 60)


class HoursForm(Form):
    """Recorded hours as a manager sets them, on the wall clock of the place."""

    started_at = DateTimeLocalField(_l("Start"), format=WALL_CLOCK, validators=[InputRequired(_l("Enter the start."))])
    ended_at = DateTimeLocalField(_l("End"), format=WALL_CLOCK, validators=[InputRequired(_l("Enter the end."))])
    reason = StringField(
        _l("Reason"),
        validators=[
            InputRequired(_l("Say why; the customer reads it.")),
            Length(max=MAX_REASON),
            no_control_characters,
        ],
    )

    def show(self, started_at: datetime, ended_at: datetime, zone: ZoneInfo) -> None:
        """Fill the hours in."""
        self.started_at.data = started_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
        self.ended_at.data = ended_at.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)

    def instants(self, zone: ZoneInfo) -> dict[str, Any]:
        """Both ends as instants."""
        begin, end = self.started_at.data, self.ended_at.data
        if begin is None or end is None:
            raise ValueError("ask for the instants of a form that is filled in")
        return {
            "started_at": nearest_at_place(begin.date(), begin.time(), zone),
            "ended_at": nearest_at_place(end.date(), end.time(), zone),
        }


class EmptyForm(Form):
    """Only the token and the organisation."""
