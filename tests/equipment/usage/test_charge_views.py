"""What a booker reads of the money: the charges of own bookings, and nobody else's."""

from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import session
from app.settlement.models import Charge, ChargeState
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.usage.factories import make_case, make_recorded

EN = {"Accept-Language": "en"}


def test_a_booker_reads_the_charges_of_own_bookings_only(client: FlaskClient) -> None:
    booker = make_actor(None, Role.BOOKER)
    colleague = make_actor(booker.organisation, Role.BOOKER)
    (mine, use), (other, _use) = (make_recorded(make_case(customer=person)) for person in (booker, colleague))
    charge = session.get_one(Charge, use.charge_id)
    url = f"/bookings/charges?month={charge.used_on:%Y-%m}"
    sign_in(client, booker)
    page = client.get(url, headers=EN).text
    assert mine.reservation.number in page
    assert other.reservation.number not in page
    assert page.count("¥1,100.00") == 1, "the sum is that of the own lines"
    assert "1 line" in page
    file = client.get(f"{url}&format=csv").text
    assert (mine.reservation.number in file, other.reservation.number in file) == (True, False)
    assert "/bookings/charges" in client.get("/bookings", headers=EN).text
    assert client.get("/bills").status_code == 403


def test_another_month_and_another_organisation_hold_none_of_them(client: FlaskClient) -> None:
    case, _use = make_recorded()
    sign_in(client, case.customer)
    assert "No charges in this month" in client.get("/bookings/charges?month=2001-01", headers=EN).text
    assert client.get("/bookings/charges?month=nonsense").status_code == 422
    sign_in(client, case.manager)
    month = f"{case.starts_at:%Y-%m}"
    assert case.reservation.number not in client.get(f"/bookings/charges?month={month}", headers=EN).text


def test_a_void_charge_is_not_shown(client: FlaskClient) -> None:
    case, use = make_recorded()
    charge = session.get_one(Charge, use.charge_id)
    charge.state = ChargeState.VOID
    session.flush()
    sign_in(client, case.customer)
    page = client.get(f"/bookings/charges?month={charge.used_on:%Y-%m}", headers=EN).text
    assert case.reservation.number not in page
