"""What people type into the fields of a slot."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.core.clock import bounds
from app.core.errors import Invalid
from app.equipment.reservations.forms import SlotForm

NEW_YORK = ZoneInfo("America/New_York")


def slot_form(app: Flask, **sent: str) -> SlotForm:
    app.config["WTF_CSRF_ENABLED"] = False
    typed = {"date": "2026-11-26", "from": "10:00", "to": "11:00", **sent}
    with app.test_request_context("/", method="POST", data=typed):
        form = SlotForm(MultiDict(typed))
        form.validate()
        return form


@pytest.mark.parametrize("wall", ["10:00+08:00", "10:00Z", "24:00", "25:00", "10:61", "", "\0", "9" * 5000])
def test_what_is_no_wall_time_is_named_at_its_field(app: Flask, wall: str) -> None:
    assert slot_form(app, **{"from": wall}).errors["start"]


@pytest.mark.parametrize("day", ["2026-02-30", "0001-01-01", "9999-12-31", "x", ""])
def test_a_day_out_of_reach_is_refused(app: Flask, day: str) -> None:
    form = slot_form(app, date=day)
    assert form.errors["date"]
    assert form.date.data is None
    with pytest.raises(Invalid):
        form.period(NEW_YORK)


@pytest.mark.parametrize(
    ("day", "wall", "code"), [("2027-03-14", "02:30", "nonexistent"), ("2026-11-01", "01:30", "ambiguous")]
)
def test_times_that_clocks_skip_or_show_twice_are_refused_at_their_field(
    app: Flask, day: str, wall: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        slot_form(app, date=day, **{"from": wall, "to": "09:00"}).period(NEW_YORK)
    assert (caught.value.code, caught.value.field) == (code, "from")


def test_a_night_of_change_is_counted_by_real_hours(app: Flask) -> None:
    begin, end = bounds(slot_form(app, date="2027-03-14", **{"from": "01:00", "to": "04:00"}).period(NEW_YORK))
    assert (end - begin).total_seconds() == 2 * 3600
    assert begin.astimezone(NEW_YORK).date() == date(2027, 3, 14)
