"""The form of joining the waiting list."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from babel.dates import get_day_names
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from app.core.forms import CheckboxesField, Form
from app.core.i18n import current_locale
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_hours
from app.equipment.reservations.forms import ClockField, DayField, PurposeField, day_of
from app.equipment.schedule.hours import END_OF_DAY
from app.equipment.schedule.models import minute_of
from app.equipment.schedule.slots import SlotRules
from app.equipment.waiting.operations import Wish

USUAL_DAYS = timedelta(days=13)
MOST_LENGTHS = 200


class JoinForm(Form):
    """From which day until which, how long, and which days and hours suit."""

    first = DayField(_l("From day"), validators=[InputRequired(_l("Choose a day."))])
    last = DayField(_l("Until day"), validators=[InputRequired(_l("Choose a day."))])
    minutes = SelectField(_l("How long"), coerce=int)
    weekdays = CheckboxesField(_l("Only on"), coerce=int)
    start = ClockField(_l("Not before"), name="from")
    end = ClockField(_l("Over by"), name="until")
    with_operator = BooleanField(_l("With an operator"))
    purpose = PurposeField()

    def offer(self, rules: SlotRules) -> None:
        """Offer the lengths and wall times that the instrument's rules allow."""
        lengths = range(rules.shortest, rules.longest + 1, rules.granularity)[:MOST_LENGTHS]
        self.minutes.choices = [(length, format_hours(length)) for length in lengths]
        names = get_day_names("abbreviated", locale=current_locale())
        self.weekdays.choices = [(day, names[day]) for day in range(7)]
        for clock in (self.start, self.end):
            clock.offer(rules.granularity)

    def prefill(self, arguments: Mapping[str, str], present: date, rules: SlotRules, free_on: date | None) -> None:
        """Up to two weeks from the day that the address names, or from today on, but not up to the day on which
        something is free anyway; the length and the purpose that it names."""
        first = day_of(arguments.get("date", "")) or present
        self.first.data = max(present, first)
        self.last.data = min(self.first.data + USUAL_DAYS, present + timedelta(days=rules.horizon_days))
        if free_on is not None and self.first.data < free_on <= self.last.data:
            self.last.data = free_on - timedelta(days=1)
        usual = max(rules.shortest, min(120, rules.longest)) // rules.granularity * rules.granularity
        length = arguments.get("minutes", "")
        wanted = int(length) if length.isascii() and length.isdigit() and len(length) < 6 else usual
        fits = rules.shortest <= wanted <= rules.longest and wanted % rules.granularity == 0
        self.minutes.data = wanted if fits else usual
        self.with_operator.data = arguments.get("operator") == "1"
        self.purpose.data = arguments.get("purpose", "")

    @property
    def wish(self) -> Wish:
        """What was entered; empty hours mean the whole day."""
        first: Any = self.first.data
        return Wish(
            first=first,
            last=self.last.data or first,
            minutes=self.minutes.data,
            purpose=self.purpose.data or "",
            weekdays=tuple(self.weekdays.data or ()),
            from_minute=minute_of(self.start.data) if self.start.data else 0,
            until_minute=minute_of(self.end.data) or END_OF_DAY if self.end.data else END_OF_DAY,
            with_operator=bool(self.with_operator.data),
        )
