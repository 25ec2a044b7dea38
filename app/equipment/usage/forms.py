"""Forms about real use: the phone page, the decision of the customer, answers and corrections."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import DateField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from app.core.clock import nearest_at_place
from app.core.forms import Form, IntegerField, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token
from app.equipment.reservations.booking import MAX_PURPOSE
from app.equipment.reservations.operations import MAX_REASON
from app.equipment.usage.disputes import MAX_TEXT


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


class LengthForm(Form):
    """A length in hours and minutes."""

    hours = IntegerField(_l("Whole hours"), validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 2400)])
    minutes = IntegerField(_l("Minutes"), validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 59)])

    @property
    def length(self) -> int:
        """The length in minutes."""
        return (self.hours.data or 0) * 60 + (self.minutes.data or 0)

    def show(self, minutes: int) -> None:
        """Fill the length in."""
        self.hours.data, self.minutes.data = divmod(minutes, 60)


class ObjectForm(LengthForm):
    """What the customer says instead: the right length and why."""

    reason = TextAreaField(
        _l("Why"),
        validators=[
            InputRequired(_l("Say why; the other side reads it.")),
            Length(max=MAX_TEXT),
            no_control_characters,
        ],
    )


class AnswerForm(Form):
    """The institution's one answer: agree, offer something between, or refuse."""

    answer = RadioField(
        _l("Your answer"),
        choices=[
            SelectChoice("agree", _l("Agree")),
            SelectChoice("offer", _l("Offer something between")),
            SelectChoice("refuse", _l("Keep what was recorded")),
        ],
        validators=[InputRequired(_l("Choose an answer."))],
    )
    hours = IntegerField(_l("Whole hours"), validators=[Optional(), NumberRange(0, 2400)])
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


class DecideForm(LengthForm):
    """The operator's decision."""


class HoursForm(Form):
    """Recorded hours as a manager sets them, on the wall clock of the place."""

    started_on = DateField(_l("Started on"), validators=[InputRequired(_l("Enter the day."))])
    started_time = TimeField(_l("Start"), widget=TextInput(), validators=[InputRequired(_l("Enter the time."))])
    ended_on = DateField(_l("Ended on"), validators=[InputRequired(_l("Enter the day."))])
    ended_time = TimeField(_l("End"), widget=TextInput(), validators=[InputRequired(_l("Enter the time."))])
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
        begin, end = started_at.astimezone(zone), ended_at.astimezone(zone)
        self.started_on.data, self.started_time.data = begin.date(), begin.time()
        self.ended_on.data, self.ended_time.data = end.date(), end.time()

    def instants(self, zone: ZoneInfo) -> dict[str, Any]:
        """Both ends as instants."""
        return {
            "started_at": _instant(self.started_on.data, self.started_time.data, zone),
            "ended_at": _instant(self.ended_on.data, self.ended_time.data, zone),
        }


def _instant(day: date | None, wall: time | None, zone: ZoneInfo) -> datetime:
    if day is None or wall is None:
        raise ValueError("ask for the instants of a form that is filled in")
    return nearest_at_place(day, wall, zone)
