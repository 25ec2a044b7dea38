"""A use that runs over into the next booking."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.accounts.models import Actor
from app.core.db import session
from app.core.errors import Conflict
from app.core.i18n import force_locale
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.hindrance import is_hindered
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import (
    cancel_reservation,
    fee_of_cancelling,
    mark_no_shows,
    move_reservation,
)
from app.equipment.usage.notices import warn_of_overruns
from app.equipment.usage.operations import finish_use, start_use
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor
from tests.equipment.factories import slot
from tests.equipment.usage.factories import Case, make_started


@pytest.fixture(autouse=True)
def in_english(transaction: None) -> Iterator[None]:
    """Sentences are checked in English."""
    with force_locale("en"):
        yield


@pytest.fixture
def scene() -> tuple[Case, Actor, Reservation]:
    """A running use from 9 to 11 and a booking of somebody else at 11."""
    case, _use = make_started()
    other = make_actor()
    return case, other, make_reservation(other, case.instrument.id, slot(hour=11), purpose="x")


def test_cancelling_is_free_while_the_use_before_runs_over(scene: tuple[Case, Actor, Reservation]) -> None:
    case, other, waiting = scene
    with case.at(119):
        assert fee_of_cancelling(waiting).minor > 0
    with case.at(122):
        assert not is_hindered(waiting)
        with pytest.raises(Conflict, match="begun"):
            cancel_reservation(other, waiting)
    with case.at(126):
        assert is_hindered(waiting)
        assert fee_of_cancelling(waiting).minor == 0
        cancel_reservation(other, waiting)
    assert (waiting.state, waiting.cancellation_fee_minor) == (ReservationState.CANCELLED, 0)


def test_it_may_be_moved_after_its_start_as_well(scene: tuple[Case, Actor, Reservation]) -> None:
    case, other, waiting = scene
    with case.at(130):
        move_reservation(other, waiting, slot(days=1, hour=15))
    assert waiting.cancellation_fee_minor == 0


def test_whoever_waits_is_told_once_and_by_mail(scene: tuple[Case, Actor, Reservation]) -> None:
    case, other, _waiting = scene
    for minute in (121, 126, 127):
        with case.at(minute):
            warn_of_overruns()
    told = session.scalars(select(Notification).where(Notification.kind == "use_before_yours")).all()
    assert [each.user_id for each in told] == [other.user_id]
    assert len(session.scalars(select(Mail).where(Mail.key.startswith("use_before_yours"))).all()) == 1


def test_waiting_is_no_no_show_and_the_start_is_counted_anew(scene: tuple[Case, Actor, Reservation]) -> None:
    case, _other, waiting = scene
    with case.at(155):
        assert mark_no_shows() == 0
        finish_use(case.technician, case.reservation)
        assert not is_hindered(waiting)
    with case.at(180):
        assert mark_no_shows() == 0
    with case.at(186):
        assert mark_no_shows() == 1
    assert waiting.state is ReservationState.NO_SHOW


def test_starting_it_sends_the_use_before_to_review(scene: tuple[Case, Actor, Reservation]) -> None:
    case, _other, waiting = scene
    with case.at(140):
        start_use(case.technician, waiting)
    assert waiting.state is ReservationState.IN_USE


def test_a_booking_of_tomorrow_is_not_hit(scene: tuple[Case, Actor, Reservation]) -> None:
    case, other, _waiting = scene
    tomorrow = make_reservation(other, case.instrument.id, slot(days=4, hour=9), purpose="x")
    with case.at(240):
        assert not is_hindered(tomorrow)
