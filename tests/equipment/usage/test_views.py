"""The phone page behind the QR code."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.clock import now
from app.core.db import session
from app.equipment.instruments.models import InstrumentState
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import ReservationState
from app.equipment.usage.codes import code_of, instrument_id_of
from app.equipment.usage.models import UseState
from app.equipment.usage.operations import running_use, use_of
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import slot
from tests.equipment.usage.factories import Case, make_case, make_recorded, make_started


def path(case: Case) -> str:
    return f"/i/{code_of(case.instrument.id)}"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1].replace("&#43;", "+")


def test_a_code_is_short_and_leads_back_to_its_instrument() -> None:
    case = make_case()
    code = code_of(case.instrument.id)
    assert len(code) == 22
    assert instrument_id_of(code) == case.instrument.id
    assert instrument_id_of(code[:-1] + "?") is None
    assert instrument_id_of("x" * 22) is None


def test_a_visitor_may_sign_in_or_see_the_instrument(client: FlaskClient) -> None:
    page = client.get(path(make_case())).text
    assert "/sign-in" in page
    assert "/instruments/" in page


def test_a_customer_is_sent_to_the_public_page(client: FlaskClient) -> None:
    case = make_case()
    sign_in(client, case.customer)
    answer = client.get(path(case))
    assert answer.status_code == 302
    assert answer.location.endswith(f"/instruments/{case.instrument.id}")


def test_nobody_learns_of_an_instrument_that_is_not_published(client: FlaskClient) -> None:
    case = make_case()
    case.instrument.state = InstrumentState.DRAFT
    session.flush()
    sign_in(client, case.customer)
    assert client.get(path(case)).status_code == 404
    assert client.get("/i/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert client.get("/i/nonsense").status_code == 404


def test_the_booking_of_now_is_chosen_and_started_with_one_press(client: FlaskClient) -> None:
    case = make_case()
    with case.at(-8):
        sign_in(client, case.technician)
        page = client.get(path(case), headers={"Accept-Language": "en"}).text
        assert "09:00–11:00" in page
        sent = {name: hidden(page, name) for name in ("reservation", "device_key")}
        for _twice in range(2):
            answer = client.post(f"{path(case)}/start", data=sent)
            assert answer.status_code == 302
    use = running_use(case.instrument.id)
    assert use is not None
    assert use.reservation_id == case.reservation.id


def test_when_no_booking_is_due_a_walk_in_starts_with_two_taps(client: FlaskClient) -> None:
    case = make_case()
    with case.at(-90):
        sign_in(client, case.technician)
        page = client.get(path(case)).text
        assert case.reservation.payer.name in page
        assert re.findall(r'name="minutes" value="(\d+)"', page) == ["30", "60"]
        assert client.post(f"{path(case)}/walk-in", data={"minutes": "60"}).status_code == 302
    use = running_use(case.instrument.id)
    assert use is not None
    assert use.reservation.is_walk_in
    assert use.reservation.ends_at == case.starts_at - timedelta(minutes=30)


def test_a_walk_in_for_an_unknown_payer_keeps_what_was_typed(client: FlaskClient) -> None:
    case = make_case()
    with case.at(-600):
        sign_in(client, case.technician)
        answer = client.post(f"{path(case)}/walk-in", data={"minutes": "60", "payer_code": "123", "purpose": "试样"})
    assert answer.status_code == 422
    assert 'value="试样"' in answer.text


def test_a_running_use_shows_its_time_and_its_fee_so_far(client: FlaskClient) -> None:
    case, _use = make_started()
    with case.at(127):
        sign_in(client, case.technician)
        page = client.get(path(case), headers={"Accept-Language": "en"}).text
    assert "2:07" in page
    assert "7 min over" in page
    assert "¥1,300.00" in page


def test_finish_steps_and_counts_without_scripts(client: FlaskClient) -> None:
    case, use = make_started()
    with case.at(127):
        sign_in(client, case.technician)
        page = client.get(f"{path(case)}?stage=finish", headers={"Accept-Language": "en"}).text
        sent = {name: hidden(page, name) for name in ("reservation", "device_key", "ended_at", "consumable:vial")}
        page = client.post(f"{path(case)}/finish", data={**sent, "shift": "end:-"}).text
        assert use.state is UseState.RUNNING
        sent["ended_at"] = hidden(page, "ended_at")
        page = client.post(f"{path(case)}/finish", data={**sent, "shift": "vial:+"}).text
        sent["consumable:vial"] = hidden(page, "consumable:vial")
        assert client.post(f"{path(case)}/finish", data=sent).status_code == 302
        assert client.post(f"{path(case)}/finish", data=sent).status_code == 302
        done = client.get(f"{path(case)}?done={case.reservation.id}", headers={"Accept-Language": "en"}).text
    session.refresh(use)
    assert (use.used_minutes, use.consumables, use.state) == (122, {"vial": 1}, UseState.TO_CONFIRM)
    assert "2\u00a0h\u00a02\u00a0min" in done
    assert "¥1,310.00" in done


@pytest.mark.parametrize("quantity", ["-1", "x", "1.5", "٣", "9" * 30])
def test_a_count_that_is_no_number_is_refused(client: FlaskClient, quantity: str) -> None:
    case, _use = make_started()
    with case.at(60):
        sign_in(client, case.technician)
        sent = {"reservation": str(case.reservation.id), "consumable:vial": quantity}
        assert client.post(f"{path(case)}/finish", data=sent).status_code == 422


def test_kept_presses_are_carried_out_once_with_the_time_of_the_phone(client: FlaskClient) -> None:
    case = make_case()
    start = {
        "key": "s1",
        "action": "start",
        "reservation": str(case.reservation.id),
        "pressed_at": case.starts_at.isoformat(),
    }
    finish = {
        **start,
        "key": "f1",
        "action": "finish",
        "pressed_at": (case.starts_at + timedelta(minutes=95)).isoformat(),
    }
    finish["consumables"] = {"vial": 2}  # type: ignore[assignment]
    with case.at(200):
        sign_in(client, case.technician)
        for _twice in range(2):
            outcomes = client.post(f"{path(case)}/presses", json={"presses": [start, finish]}).json["outcomes"]
            assert [outcome["ok"] for outcome in outcomes] == [True, True]
    use = use_of(case.reservation.id)
    assert (use.started_at, use.used_minutes, use.consumables) == (case.starts_at, 95, {"vial": 2})


def test_a_refused_press_says_why_and_does_not_stop_the_others(client: FlaskClient) -> None:
    case = make_case()
    other = make_reservation(make_actor(), case.instrument.id, slot(days=5), purpose="x")
    bad = {"key": "1", "action": "start", "reservation": str(other.id), "pressed_at": case.starts_at.isoformat()}
    good = {**bad, "key": "2", "reservation": str(case.reservation.id)}
    with case.at(5):
        sign_in(client, case.technician)
        outcomes = client.post(f"{path(case)}/presses", json={"presses": [bad, good]}).json["outcomes"]
    assert [outcome["ok"] for outcome in outcomes] == [False, True]
    assert outcomes[0]["message"]
    assert other.state is ReservationState.CONFIRMED


@pytest.mark.parametrize("body", [None, [], {"presses": 1}, {"presses": [{"key": 1}]}, {"presses": [None]}])
def test_nonsense_presses_are_refused(client: FlaskClient, body: object) -> None:
    case = make_case()
    sign_in(client, case.technician)
    assert client.post(f"{path(case)}/presses", json=body).status_code == 422


@pytest.mark.parametrize("action", ["start", "walk-in", "finish", "price", "presses"])
def test_only_people_of_the_instrument_press(client: FlaskClient, action: str) -> None:
    case, _use = make_started()
    assert client.post(f"{path(case)}/{action}").status_code == 302
    sign_in(client, case.customer)
    assert client.post(f"{path(case)}/{action}", data={"reservation": str(case.reservation.id)}).status_code == 403
    sign_in(client, make_actor(case.manager.organisation, Role.FINANCE))
    assert client.post(f"{path(case)}/{action}", data={"reservation": str(case.reservation.id)}).status_code == 403


def test_a_booking_of_another_instrument_is_not_pressed_here(client: FlaskClient) -> None:
    case, other = make_case(), make_case()
    with case.at(0):
        sign_in(client, case.technician)
        assert client.post(f"{path(case)}/start", data={"reservation": str(other.reservation.id)}).status_code == 404
        assert client.post(f"{path(case)}/start", data={"reservation": "x"}).status_code == 404


def test_the_price_follows_the_counts(client: FlaskClient) -> None:
    case, _use = make_started()
    with case.at(60):
        sign_in(client, case.technician)
        sent = {"reservation": str(case.reservation.id), "ended_at": now().isoformat(), "consumable:vial": "3"}
        assert "¥730.00" in client.post(f"{path(case)}/price", data=sent).text


def test_the_label_and_its_code_are_for_the_institution(client: FlaskClient) -> None:
    case = make_case()
    base = f"/instruments/{case.instrument.id}"
    assert client.get(f"{base}/qr.svg").status_code == 302
    sign_in(client, case.customer)
    assert client.get(f"{base}/qr.svg").status_code == 403
    sign_in(client, case.manager)
    answer = client.get(f"{base}/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert b"<svg" in answer.data
    assert code_of(case.instrument.id) in client.get(f"{base}/label").text


def test_a_page_of_the_phone_takes_few_queries(client: FlaskClient, max_queries: object) -> None:
    case, _use = make_recorded()
    sign_in(client, case.technician)
    address = path(case)
    client.get(address)
    session.expunge_all()
    with max_queries(14):  # type: ignore[operator]
        assert client.get(address).status_code == 200


def test_a_running_use_is_extended_on_the_phone_page(client: FlaskClient) -> None:
    case, use = make_started()
    with case.at(60):
        sign_in(client, case.technician)
        page = client.get(path(case)).text
        end = (case.reservation.ends_at + timedelta(minutes=60)).isoformat()
        assert end in page.replace("&#43;", "+")
        sent = {"reservation": str(case.reservation.id), "ends_at": end}
        assert client.post(f"{path(case)}/extend", data=sent).status_code == 302
        assert "Extended to 12:00." in client.get(path(case)).text
    assert case.reservation.ends_at == case.starts_at + timedelta(minutes=180)
    assert use.state is UseState.RUNNING


def test_the_phone_page_says_when_the_next_booking_begins_and_refuses_to_run_into_it(client: FlaskClient) -> None:
    case, _use = make_started()
    make_reservation(make_actor(), case.instrument.id, slot(hour=11), purpose="x")
    with case.at(60):
        sign_in(client, case.technician)
        page = client.get(path(case)).text
        assert "The next booking begins at" in page
        assert "data-extend" not in page
        end = (case.reservation.ends_at + timedelta(minutes=30)).isoformat()
        client.post(f"{path(case)}/extend", data={"reservation": str(case.reservation.id), "ends_at": end})
        assert "extend up to then at most" in client.get(path(case)).text
        client.post(f"{path(case)}/extend", data={"reservation": str(case.reservation.id), "ends_at": "nonsense"})
        assert "Choose until when." in client.get(path(case)).text


def test_the_booker_extends_on_the_page_of_the_booking(client: FlaskClient) -> None:
    case, _use = make_started()
    address = f"/bookings/{case.reservation.id}"
    with case.at(60):
        sign_in(client, case.customer)
        page = client.get(address).text
        end = (case.reservation.ends_at + timedelta(minutes=30)).isoformat()
        assert "Extend to 11:30, ¥1,300.00 in all" in page
        assert client.post(f"{address}/extend", data={"ends_at": end}).status_code == 302
        assert "Extended to 11:30." in client.get(address).text


def test_whoever_waits_reads_it_and_cancels_free_after_the_start(client: FlaskClient) -> None:
    case, _use = make_started()
    other = make_actor()
    waiting = make_reservation(other, case.instrument.id, slot(hour=11), purpose="x")
    with case.at(130):
        sign_in(client, other)
        page = client.get(f"/bookings/{waiting.id}").text
        assert "The use before yours runs over" in page
        assert f"/bookings/{waiting.id}/move" in page
        assert "Cancelling now costs nothing." in client.get(f"/bookings/{waiting.id}/cancel").text
        client.post(f"/bookings/{waiting.id}/cancel", data={"shown": "0"})
    assert (waiting.state, waiting.cancellation_fee_minor) == (ReservationState.CANCELLED, 0)


def test_the_pages_of_an_instrument_lead_its_managers_to_label_and_calendar(client: FlaskClient) -> None:
    case = make_case()
    public = f"/instruments/{case.instrument.id}"
    sign_in(client, case.manager)
    for page in (public, f"{public}/setup"):
        shown = client.get(page).text
        assert f'href="{public}/label"' in shown
        assert f'href="{public}/calendar"' in shown
    sign_in(client, case.customer)
    assert f"{public}/label" not in client.get(public).text
