"""Forms of the timetable: hours as text a day, exceptions, maintenance, booking rules."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    SelectField,
    StringField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange

from app.core.clock import Period, period
from app.core.errors import Invalid
from app.core.forms import Form, IntegerField, ValidationError, no_control_characters
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.hours import WEEKDAYS, WeeklyHours, parse_day_hours
from app.equipment.schedule.models import BookingRules
from app.equipment.schedule.operations import LONGEST_REASON
from app.equipment.schedule.queries import cancellation_rules, slot_rules
from app.equipment.schedule.slots import SlotRules

WEEKDAY_NAMES = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
FILLINGS: dict[str, tuple[str, ...]] = {
    "office": ("08:30-12:00, 13:30-17:30",) * 5 + ("", ""),
    "always": ("00:00-24:00",) * 7,
    "none": ("",) * 7,
}
REQUIRED = _l("Enter a number.")


class DayHoursField(StringField):
    """The stretches of one day as text, such as ``08:30-12:00, 13:00-17:30``; `hours` is what it says."""

    def pre_validate(self, form: Any) -> None:
        try:
            self.hours = parse_day_hours(self.data or "")
        except Invalid as fault:
            raise ValidationError(str(fault)) from None

    @property
    def spans(self) -> list[tuple[int, int]]:
        """What the text says in quarters of an hour from midnight, for the bar beside it; nothing when it is wrong."""
        try:
            return [(one.start // 15, -(-one.end // 15)) for one in parse_day_hours(self.data or "")]
        except Invalid:
            return []


class HoursForm(Form):
    """The weekly template, a line a day."""

    mon = DayHoursField(WEEKDAY_NAMES[0])
    tue = DayHoursField(WEEKDAY_NAMES[1])
    wed = DayHoursField(WEEKDAY_NAMES[2])
    thu = DayHoursField(WEEKDAY_NAMES[3])
    fri = DayHoursField(WEEKDAY_NAMES[4])
    sat = DayHoursField(WEEKDAY_NAMES[5])
    sun = DayHoursField(WEEKDAY_NAMES[6])

    @property
    def day_fields(self) -> list[DayHoursField]:
        """The seven fields from Monday on."""
        return [self._fields[name] for name in WEEKDAYS]

    @property
    def weekly(self) -> WeeklyHours:
        """The template meant; valid after `validate`."""
        return WeeklyHours(tuple(field.hours for field in self.day_fields))

    def show(self, weekly: WeeklyHours) -> None:
        """Fill the fields with a template."""
        self.fill([", ".join(str(one) for one in day) for day in weekly.days])

    def fill(self, texts: Sequence[str]) -> None:
        """Fill the fields with seven texts."""
        for field, text in zip(self.day_fields, texts, strict=True):
            field.data = text

    def take_monday(self) -> None:
        """Give Tuesday to Friday what Monday has."""
        for field in self.day_fields[1:5]:
            field.data = self.mon.data


class CopyForm(Form):
    """Another instrument whose weekly template is taken."""

    source = SelectField(_l("Take the hours of"), validators=[InputRequired(_l("Choose an instrument."))])

    def offer(self, instruments: Iterable[Instrument]) -> None:
        """Let the person choose among these."""
        chinese = current_locale() == "zh_CN"
        names = ((each, (each.name_zh if chinese else "") or each.name or each.name_zh) for each in instruments)
        self.source.choices = [SelectChoice(str(each.id), f"{name} · {each.asset_no}") for each, name in names]


class ExceptionForm(Form):
    """One day with other hours."""

    day = DateField(_l("Day"), validators=[InputRequired(_l("Choose a day."))])
    hours = DayHoursField(_l("Hours open"), description=_l("Leave empty when closed."))
    reason = StringField(_l("Reason"), validators=[Length(max=LONGEST_REASON), no_control_characters])

    @property
    def on(self) -> date:
        """The day chosen; there after `validate`."""
        return cast("date", self.day.data)


class MaintenanceForm(Form):
    """A stretch of time out of service, by the clocks of the place."""

    starts_at = DateTimeLocalField(
        _l("From"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        validators=[InputRequired(_l("Choose when it starts."))],
    )
    ends_at = DateTimeLocalField(
        _l("To"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], validators=[InputRequired(_l("Choose when it ends."))]
    )
    reason = StringField(
        _l("Reason"),
        description=_l("Everybody sees it in the calendar."),
        validators=[Length(max=LONGEST_REASON), no_control_characters],
    )

    def period(self, zone: ZoneInfo) -> Period:
        """The stretch meant; of a time that comes twice the first at the start and the second at the end.

        Raises Invalid when the end is not later than the start or a date is out of reach.
        """
        begin = cast("datetime", self.starts_at.data).replace(tzinfo=zone, fold=0)
        end = cast("datetime", self.ends_at.data).replace(tzinfo=zone, fold=1)
        for name, moment in (("starts_at", begin), ("ends_at", end)):
            if not 2000 <= moment.year < 2200:
                raise Invalid(_l("This date is out of reach."), field=name)
        try:
            return period(begin, end)
        except ValueError:
            raise Invalid(_l("The end must be later than the start."), field="ends_at") from None


class LengthField(DecimalField):
    """A length typed in hours and read in minutes through `minutes`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = "DecimalField"  # pages draw it as any number

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata(list(valuelist))
        if self.data is not None and not (Decimal(self.data).is_finite() and Decimal(self.data).adjusted() < 9):
            self.data = None
            raise ValueError(_("Enter a number."))

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded: 0.33 h are 20 minutes."""
        return int((Decimal(self.data or 0) * 60).to_integral_value(ROUND_HALF_UP))


def hours_of(minutes: int) -> Decimal:
    """Minutes as a person types hours: 90 is 1.5."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01")).normalize() + 0


class RulesForm(Form):
    """How an instrument may be booked, and what cancelling costs."""

    granularity = SelectField(_l("Slots begin every"), coerce=int, validate_choice=True)
    shortest = IntegerField(_l("Shortest booking"), validators=[InputRequired(REQUIRED), NumberRange(1, 129_600)])
    longest = LengthField(
        _l("Longest booking"), places=None, validators=[InputRequired(REQUIRED), NumberRange(0, 2160)]
    )
    notice = LengthField(
        _l("Book at least this far ahead"), places=None, validators=[InputRequired(REQUIRED), NumberRange(0, 1440)]
    )
    horizon_days = IntegerField(
        _l("Book at most this far ahead"), validators=[InputRequired(REQUIRED), NumberRange(1, 730)]
    )
    needs_approval = BooleanField(_l("Outside bookings wait for our approval"))
    free_until = LengthField(
        _l("Cancelling is free until"), places=None, validators=[InputRequired(REQUIRED), NumberRange(0, 1440)]
    )
    late_percent = IntegerField(_l("Cancelling later costs"), validators=[InputRequired(REQUIRED), NumberRange(0, 100)])
    no_show_percent = IntegerField(_l("Not coming costs"), validators=[InputRequired(REQUIRED), NumberRange(0, 100)])

    def __init__(self, rules: BookingRules | None, **kwargs: Any) -> None:
        slots, cancellation = slot_rules(rules), cancellation_rules(rules)
        super().__init__(
            granularity=slots.granularity,
            shortest=slots.shortest,
            longest=hours_of(slots.longest),
            notice=hours_of(slots.notice),
            horizon_days=slots.horizon_days,
            needs_approval=rules is not None and rules.needs_approval,
            free_until=hours_of(cancellation.free_until),
            late_percent=cancellation.late_percent,
            no_show_percent=cancellation.no_show_percent,
            **kwargs,
        )
        steps = sorted({5, 10, 15, 20, 30, 60, 120, 240, 480, 720, 1440, slots.granularity})
        self.granularity.choices = [SelectChoice(step, _step_name(step)) for step in steps]

    @property
    def slots(self) -> SlotRules:
        """The rules of slots meant. Raises Invalid with the field."""
        return SlotRules(
            self.granularity.data,
            self.shortest.data or 0,
            self.longest.minutes,
            self.notice.minutes,
            self.horizon_days.data or 0,
        )

    @property
    def cancellation(self) -> CancellationRules:
        """The cancellation rules meant. Raises Invalid with the field."""
        return CancellationRules(self.free_until.minutes, self.late_percent.data or 0, self.no_show_percent.data or 0)


def _step_name(minutes: int) -> str:
    if minutes % 60:
        return str(_("%(minutes)s minutes", minutes=minutes))
    return str(_("1 hour")) if minutes == 60 else str(_("%(hours)s hours", hours=minutes // 60))
