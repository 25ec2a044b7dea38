"""One other time that the institution proposes when it says no: told, first on the page, taken with two clicks."""

from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import bounds, period
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import relay
from app.core.i18n import force_locale
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.operations import decline_reservation, withdraw_reservation
from app.equipment.reservations.proposals import proposed_time
from app.notifications.kinds import sentence_of
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, slot

EN = {"Accept-Language": "en"}


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def booker() -> Actor:
    return make_actor()


@pytest.fixture
def asked(manager: Actor, booker: Actor) -> Reservation:
    """A request for 9 to 11 three days ahead."""
    instrument = make_bookable_instrument(manager.organisation, rules={"needs_approval": True})
    return make_reservation(booker, instrument.id, slot(), purpose="GaN wafer")


def test_only_another_free_time_is_proposed(manager: Actor, asked: Reservation) -> None:
    make_reservation(make_actor(), asked.instrument_id, slot(hour=13), purpose="y")
    with pytest.raises(Invalid):
        decline_reservation(manager, asked, "no", slot())
    with pytest.raises(Invalid):
        decline_reservation(manager, asked, "no", slot(days=-1))
    with pytest.raises(Conflict) as refused:
        decline_reservation(manager, asked, "no", slot(hour=14))
    assert refused.value.details["alternatives"]
    assert (asked.state, asked.proposed_period) == (ReservationState.PENDING, None)
    decline_reservation(manager, asked, "no", slot(hour=10))  # its own time is free again by then
    assert proposed_time(asked) == slot(hour=10)


def test_the_proposal_is_in_the_notice_and_in_the_mail(manager: Actor, asked: Reservation) -> None:
    decline_reservation(manager, asked, "Service.", slot(hour=15))
    relay()
    body = session.scalars(select(Mail.body).where(Mail.key.startswith("reservation_proposed:"))).one()
    assert "15:00–17:00" in body
    notice = session.scalars(select(Notification).where(Notification.kind == "reservation_proposed")).one()
    with force_locale("en"):
        assert "15:00–17:00" in sentence_of(notice)


def test_declining_without_a_proposal_names_the_nearest_times(manager: Actor, asked: Reservation) -> None:
    decline_reservation(manager, asked, "Service.")
    relay()
    body = session.scalars(select(Mail.body).where(Mail.key.startswith("reservation_declined:"))).one()
    assert "最近空档" in body


def test_the_customer_takes_it_with_two_clicks(
    manager: Actor, booker: Actor, asked: Reservation, client: FlaskClient
) -> None:
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(slot(hour=15)))
    url = f"/bookings/{asked.id}"
    sign_in(client, manager)
    page = unescape(client.get(f"{url}/decline", headers=EN).text)
    assert f'value="{bounds(slot(hour=11))[0].isoformat()}"' in page
    typed = {"reason": ["", "Service."], "date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}"}
    assert client.post(f"{url}/decline", data=typed).status_code == 302
    assert (asked.decline_reason, asked.proposed_period) == ("Service.", slot(hour=15))
    sign_in(client, booker)
    page = client.get(url, headers=EN).text
    assert "The institution proposes another time" in page
    assert page.index("Take this time") < page.index("Other free times of this length")
    wish = {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}", "purpose": asked.purpose}
    for name, value in wish.items():
        assert f'name="{name}" value="{value}"' in page
    check = client.post(f"/instruments/{asked.instrument_id}/hold", data=wish).headers["Location"]
    assert "GaN wafer" in client.get(check, headers=EN).text
    made = client.post(check, data={"purpose": asked.purpose, "shown": str(asked.estimate_minor)})
    assert made.status_code == 302
    again = session.scalars(select(Reservation).where(Reservation.id != asked.id)).one()
    assert (again.period, again.booker_id) == (slot(hour=15), booker.user_id)


def test_a_proposal_that_is_gone_makes_room_for_the_nearest(
    manager: Actor, booker: Actor, asked: Reservation, client: FlaskClient
) -> None:
    decline_reservation(manager, asked, "Service.", slot(hour=15))
    make_reservation(make_actor(), asked.instrument_id, slot(hour=16), purpose="y")
    sign_in(client, booker)
    page = client.get(f"/bookings/{asked.id}", headers=EN).text
    assert "Take this time" not in page
    assert "no longer free" in page
    assert "Other free times of this length" in page


def test_a_chosen_time_of_the_list_is_as_long_as_the_booking(
    manager: Actor, asked: Reservation, client: FlaskClient
) -> None:
    sign_in(client, manager)
    url = f"/bookings/{asked.id}/decline"
    begin = bounds(slot(hour=11))[0]
    for wrong in ("nonsense", "2026-11-29T11:00:00"):
        assert client.post(url, data={"reason": "x", "offer": wrong}).status_code == 422
    assert client.post(url, data={"reason": "x", "date": f"{begin:%Y-%m-%d}"}).status_code == 422
    assert client.post(url, data={"reason": "x", "offer": begin.isoformat()}).status_code == 302
    assert asked.proposed_period == period(*bounds(slot(hour=11)))


def test_a_booking_taken_back_may_come_with_a_proposal(manager: Actor, booker: Actor) -> None:
    reservation = make_reservation(booker, make_bookable_instrument(manager.organisation).id, slot(), purpose="x")
    withdraw_reservation(manager, reservation, "Detector broken.", slot(hour=15))
    relay()
    body = session.scalars(select(Mail.body).where(Mail.key.startswith("reservation_withdrawn:"))).one()
    assert "15:00–17:00" in body
