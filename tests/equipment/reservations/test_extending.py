"""More time for a running use, and what an early finish gives back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.accounts.models import Role
from app.core.clock import bounds, minutes
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.events import relay
from app.core.i18n import force_locale
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.extending import extend_reservation, extensions
from app.equipment.schedule.models import Occupation
from app.equipment.usage.operations import accept_use, finish_use
from app.equipment.usage.queries import use_panel
from app.notifications.models import Mail
from app.settlement.models import Charge
from tests.accounts.factories import make_actor
from tests.equipment.factories import slot
from tests.equipment.usage.factories import make_case, make_started


@pytest.fixture(autouse=True)
def in_english(transaction: None) -> Iterator[None]:
    """Sentences are checked in English."""
    with force_locale("en"):
        yield


def test_a_running_use_gets_more_time_at_the_frozen_prices() -> None:
    case, _use = make_started()
    end = case.reservation.ends_at + timedelta(minutes=60)
    with case.at(100):
        offered = extensions(case.technician, case.reservation).offers
        assert [(each.ends_at - case.starts_at) // timedelta(minutes=1) for each in offered] == [150, 180, 210]
        extend_reservation(case.technician, case.reservation, end)
        relay()
    assert case.reservation.ends_at == end
    assert offered[1].estimate.minor == case.reservation.estimate_minor == 20_000 + 50_000 + 2 * 40_000
    session.expire_all()
    assert bounds(session.get_one(Occupation, case.reservation.id).period)[1] == end
    session.execute(text("SET CONSTRAINTS reservations_occupation IMMEDIATE"))
    mail = session.scalars(select(Mail).where(Mail.key.startswith("reservation_extended"))).one()
    assert mail.recipient


def test_the_booker_extends_as_well_and_nobody_else() -> None:
    case, _use = make_started()
    end = case.reservation.ends_at + timedelta(minutes=30)
    with case.at(60):
        with pytest.raises(Missing):
            extend_reservation(make_actor(), case.reservation, end)
        extend_reservation(case.customer, case.reservation, end)
        extend_reservation(case.customer, case.reservation, end)
    assert (case.reservation.ends_at, case.reservation.revision) == (end, 2)


def test_the_next_booking_sets_the_limit() -> None:
    case, _use = make_started()
    make_reservation(make_actor(), case.instrument.id, slot(hour=12), purpose="x")
    with case.at(60):
        found = extensions(case.technician, case.reservation)
        assert [each.ends_at for each in found.offers] == [
            case.reservation.ends_at + timedelta(minutes=30),
            case.reservation.ends_at + timedelta(minutes=60),
        ]
        assert found.next_at == case.reservation.ends_at + timedelta(minutes=60)
        with pytest.raises(Conflict, match=r"next booking begins at .* 12:00"):
            extend_reservation(case.technician, case.reservation, case.reservation.ends_at + timedelta(minutes=90))


def test_only_a_running_use_is_extended_to_a_later_end_on_the_grid() -> None:
    case = make_case()
    with case.at(-5), pytest.raises(Conflict, match="running"):
        extend_reservation(case.technician, case.reservation, case.reservation.ends_at + timedelta(minutes=30))
    make_started(case)
    with case.at(60):
        with pytest.raises(Invalid, match="later"):
            extend_reservation(case.technician, case.reservation, case.starts_at + timedelta(minutes=90))
        with pytest.raises(Invalid, match="steps of 30"):
            extend_reservation(case.technician, case.reservation, case.reservation.ends_at + timedelta(minutes=7))
        with pytest.raises(Invalid, match="day"):
            extend_reservation(case.technician, case.reservation, case.reservation.ends_at + timedelta(days=2))


def test_a_use_that_runs_over_is_extended_to_what_lies_ahead() -> None:
    case, _use = make_started()
    with case.at(125):
        offered = extensions(case.technician, case.reservation).offers
    assert offered[0].ends_at == case.reservation.ends_at + timedelta(minutes=30)


def test_an_early_finish_frees_the_rest_and_keeps_what_was_booked() -> None:
    case, use = make_started()
    whole = case.reservation.ends_at
    with case.at(40):
        finish_use(case.technician, case.reservation)
        session.execute(text("SET CONSTRAINTS reservations_occupation IMMEDIATE"))
        session.execute(text("SET CONSTRAINTS reservations_occupation DEFERRED"))
        assert case.reservation.ends_at == case.starts_at + timedelta(minutes=60)
        assert minutes(case.reservation.booked) == 120
        assert use_panel(case.customer, case.reservation)["booked_minutes"] == 120
        other = make_reservation(make_actor(), case.instrument.id, slot(days=0, hour=10, minutes=60), purpose="x")
        accept_use(case.customer, use)
    assert other.ends_at == whole
    assert session.get_one(Charge, use.charge_id).total_minor == 70_000


def test_a_finish_near_the_end_frees_nothing() -> None:
    case, _use = make_started()
    with case.at(100):
        finish_use(case.technician, case.reservation)
    assert case.reservation.booked_period is None
    assert minutes(case.reservation.period) == 120


def test_a_colleague_of_the_booker_may_not_extend() -> None:
    case, _use = make_started()
    from_finance = make_actor(case.customer.organisation, Role.FINANCE)
    with case.at(60), pytest.raises(Forbidden):
        extend_reservation(from_finance, case.reservation, case.reservation.ends_at + timedelta(minutes=30))
