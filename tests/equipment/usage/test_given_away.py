"""Hours corrected after an early finish that gave the rest of the booking to others."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Actor
from app.core.clock import period
from app.core.errors import Conflict
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import cancel_reservation
from app.equipment.usage.models import Use
from app.equipment.usage.operations import correct_use
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import SHANGHAI
from tests.equipment.usage.factories import Case, make_recorded

EN = {"Accept-Language": "en"}


def finished_early() -> tuple[Case, Use]:
    """Booked from 9 to 11, finished at 10: the second hour is free again."""
    case, use = make_recorded(minutes=60)
    assert case.reservation.booked_period is not None
    return case, use


def correct(case: Case, use: Use, minutes: int) -> Use:
    ended_at = case.starts_at + timedelta(minutes=minutes)
    return correct_use(
        case.manager, use, started_at=case.starts_at, ended_at=ended_at, consumables={}, reason="forgotten"
    )


def book_the_rest(case: Case, somebody: Actor | None = None) -> Reservation:
    """Somebody else takes the last half hour of what was given back."""
    rest = period(case.starts_at + timedelta(minutes=90), case.starts_at + timedelta(minutes=120))
    return make_reservation(somebody or make_actor(), case.instrument.id, rest, purpose="y")


def test_hours_in_what_somebody_else_has_booked_are_refused() -> None:
    case, use = finished_early()
    with case.at(65):
        book_the_rest(case)
    with case.at(180):
        with pytest.raises(Conflict) as refused:
            correct(case, use, 100)
        assert (refused.value.code, refused.value.field) == ("given_away", "ended_at")
        assert use.used_minutes == 60
        assert correct(case, use, 90).used_minutes == 90  # up to where the other one begins


def test_hours_in_what_nobody_took_are_recorded() -> None:
    case, use = finished_early()
    with case.at(65):
        other = make_actor()
        cancel_reservation(other, book_the_rest(case, other))
    with case.at(180):
        assert correct(case, use, 120).used_minutes == 120


def test_the_page_says_from_when_the_time_is_somebody_elses(client: FlaskClient) -> None:
    case, use = finished_early()
    with case.at(65):
        other = book_the_rest(case)
    begin = case.starts_at.astimezone(SHANGHAI)
    hours = {
        "started_on": f"{begin:%Y-%m-%d}", "started_time": "09:00",
        "ended_on": f"{begin:%Y-%m-%d}", "ended_time": "11:00", "reason": "forgotten",
    }  # fmt: skip
    with case.at(180):
        sign_in(client, case.manager)
        refused = client.post(f"/uses/{use.id}/hours", data=hours, headers=EN)
        assert refused.status_code == 422
        assert f"from {other.starts_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} on it is somebody else" in refused.text
        assert client.post(f"/uses/{use.id}/hours", data={**hours, "ended_time": "10:30"}).status_code == 302
    assert use.used_minutes == 90
