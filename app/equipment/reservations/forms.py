"""Forms of booking: a slot as three fields, the check page, reasons."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import Choice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from app.core.clock import AmbiguousTime, NonexistentTime, Period, at_place, period
from app.core.errors import Invalid
from app.core.forms import Form, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.equipment.reservations.booking import MAX_PURPOSE
from app.equipment.reservations.operations import MAX_REASON


class ClockField(SelectField):
    """A wall time on the 24-hour clock, in steps; native time inputs show AM and PM in some browsers."""

    def __init__(self, label: Any = None, step: int = 30, **kwargs: Any) -> None:
        kwargs |= {"choices": [], "coerce": _clock, "validate_choice": False}
        super().__init__(label, **kwargs)
        self.offered = clock_choices(step)
        self.type = "SelectField"  # the face draws it as one

    def offer(self, step: int, *also: time | None) -> None:
        """Offer every `step` minutes of a day, and what is chosen already."""
        extra = {_text(wall) for wall in (self.data, *also) if wall is not None}
        chosen = sorted({*(value for value, _label in clock_choices(step)), *extra})
        self.offered = [("", "–"), *((value, value) for value in chosen)]

    def iter_choices(self) -> Any:
        """Options, with the one chosen marked."""
        current = _text(self.data) if self.data is not None else ""
        for value, label in self.offered:
            yield Choice(value, label, value == current, {})


def clock_choices(step: int) -> list[tuple[str, str]]:
    """Wall times of a day every `step` minutes."""
    texts = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(0, 1440, step)]
    return [(text, text) for text in texts]


def _clock(text: Any) -> time | None:
    if isinstance(text, time) or text is None:
        return text
    return _wall(str(text)) if str(text) else None


def _wall(text: str) -> time:
    """A wall time; an offset beside it means nothing here. Raises ValueError."""
    wall = time.fromisoformat(text)
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no offset")
    return wall


def _text(wall: time) -> str:
    return f"{wall:%H:%M}"


class DayField(DateField):
    """A calendar day within reach, so that the week around it can be shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "DateField"  # pages draw it as one

    def process_formdata(self, valuelist: Any) -> None:
        """Read what was typed. Raises ValueError for what is no day."""
        super().process_formdata(valuelist)
        if self.data is not None and day_of(self.data.isoformat()) is None:
            self.data = None
            raise ValueError(_l("Choose a day."))


class SlotForm(Form):
    """Day, from and to, as the clocks of the place show them; `to` at or before `from` means the next day."""

    date = DayField(_l("Date"), validators=[InputRequired(_l("Choose a day."))])
    start = ClockField(_l("From"), name="from", validators=[InputRequired(_l("Choose when it starts."))])
    end = ClockField(_l("To"), name="to", validators=[InputRequired(_l("Choose when it ends."))])
    with_operator = BooleanField(_l("With an operator"))

    def period(self, zone: ZoneInfo) -> Period:
        """The stretch meant. Raises Invalid for times that the clocks jump over or show twice."""
        day, start, end = self.date.data, self.start.data, self.end.data
        if day is None or start is None or end is None:
            raise Invalid(_l("Choose a day and times."), field="date")
        last = day if end > start else day + timedelta(days=1)
        return period(_instant(day, start, zone, "from"), _instant(last, end, zone, "to"))


def _instant(day: date, wall: time, zone: ZoneInfo, field: str) -> datetime:
    try:
        return at_place(day, wall, zone)
    except NonexistentTime:
        raise Invalid(_l("The clocks jump over that time on this day."), field=field, code="nonexistent") from None
    except AmbiguousTime:
        raise Invalid(
            _l("That time comes twice on this day; choose another, or book by the API with an offset."),
            field=field,
            code="ambiguous",
        ) from None


class PurposeField(TextAreaField):
    """What a booking is for, in a few words."""

    def __init__(self, **more: Any) -> None:
        said = InputRequired(_l("Say in a few words what the booking is for."))
        super().__init__(_l("Purpose"), [said, Length(max=MAX_PURPOSE), no_control_characters], **more)
        self.type = "TextAreaField"  # pages draw by it


class CheckForm(Form):
    """The last look before a booking binds."""

    purpose = PurposeField()
    terms = BooleanField(
        _l("I have read the terms of use and the fees above"),
        validators=[InputRequired(_l("Tick this to book."))],
    )
    shown = HiddenField()


class ExtendForm(Form):
    """The later end of a running use, as an instant with its offset."""

    ends_at = HiddenField()

    @property
    def end(self) -> datetime:
        """The end. Raises Invalid for what is no instant."""
        unclear = Invalid(_l("Choose until when."), field="ends_at")
        try:
            found = datetime.fromisoformat(self.ends_at.data or "")
        except ValueError:
            raise unclear from None
        if found.tzinfo is None:
            raise unclear
        return found


class ChosenField(StringField):
    """What was typed, or the ready-made reason whose button was pressed."""

    def process_formdata(self, valuelist: Any) -> None:
        """The last of several values that says something."""
        self.data = next((value for value in reversed(valuelist) if value.strip()), "")
        self.raw_data = [self.data]


class ReasonForm(Form):
    """A reason that the other side reads."""

    reason = ChosenField(
        _l("Reason"),
        validators=[
            InputRequired(_l("Give a reason; the customer reads it.")),
            Length(max=MAX_REASON),
            no_control_characters,
        ],
    )


class RefusalForm(ReasonForm):
    """A reason, and one other time to propose: a free one from the list, or another, as long as the one asked for."""

    offer = SelectField(_l("Propose another time"), default="", choices=[], validate_choice=False)
    date = DayField(_l("Date"), validators=[Optional()])
    start = ClockField(_l("From"), name="from", validators=[Optional()])
    end = ClockField(_l("To"), name="to", validators=[Optional()])

    def proposed(self, zone: ZoneInfo, length: timedelta) -> Period | None:
        """The time proposed; None when none is. Raises Invalid for what is no time."""
        if self.date.data is not None and self.start.data is not None:
            starts_at = _instant(self.date.data, self.start.data, zone, "from")
            if self.end.data is None:
                return period(starts_at, starts_at + length)
            last = self.date.data if self.end.data > self.start.data else self.date.data + timedelta(days=1)
            return period(starts_at, _instant(last, self.end.data, zone, "to"))
        if self.date.data is not None or self.start.data is not None:
            raise Invalid(_l("Choose a day and times."), field="date")
        return self._chosen(length) if self.offer.data else None

    def _chosen(self, length: timedelta) -> Period:
        unclear = Invalid(_l("Choose a time from the list."), field="offer")
        try:
            starts_at = datetime.fromisoformat(self.offer.data)
        except ValueError:
            raise unclear from None
        if starts_at.tzinfo is None:
            raise unclear
        return period(starts_at, starts_at + length)


class CancelForm(Form):
    """A cancellation at the fee that was shown."""

    reason = StringField(_l("Reason (optional)"), validators=[Length(max=MAX_REASON), no_control_characters])
    shown = HiddenField()


def shown_amount(form: "CheckForm | CancelForm") -> int:
    """The amount in minor units that the page showed. Raises Invalid when it is gone or no longer an amount: nobody
    has agreed to anything then."""
    text = form.shown.data or ""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Invalid(_l("The amount did not arrive. Look at it and confirm again."), code="amount_unclear")
    return int(text)


def day_of(text: str) -> date | None:
    """A calendar day from an address, within reach; None for nonsense."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def prefill(form: SlotForm, arguments: Mapping[str, Any]) -> None:
    """Take a slot from an address such as ``?date=2026-11-26&from=13:00&to=16:30&operator=1``; nonsense is left out."""
    day = day_of(arguments.get("date", ""))
    if day is None:
        return
    form.date.data = day
    form.with_operator.data = arguments.get("operator") == "1"
    try:
        form.start.data = _wall(arguments.get("from", ""))
        form.end.data = _wall(arguments.get("to", ""))
    except ValueError:
        return
