"""Pages of one use, of lists and of objections, with who may open them."""

import re
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.clock import bounds
from app.core.db import session
from app.core.events import relay
from app.core.i18n import force_locale
from app.core.tenancy import everybody
from app.equipment.usage.disputes import answer_objection, escalate_objection
from app.equipment.usage.models import Use, UseObjection, UseState
from app.equipment.usage.operations import review_forgotten_uses
from app.equipment.usage.queries import use_panel
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, sign_in
from tests.equipment.usage.factories import Case, make_case, make_objected, make_recorded, make_started

EN = {"Accept-Language": "en"}


def make_refused(case: Case | None = None) -> tuple[Case, UseObjection]:
    """An objection that the institution refused and the customer took to the operator."""
    case, objection = make_objected(case, minutes=180, claimed=60)
    with case.at(300):
        answer_objection(case.manager, objection, offered_minutes=180, answer="记录无误")
        escalate_objection(case.customer, objection)
    return case, objection


def test_a_customer_accepts_with_one_click(client: FlaskClient) -> None:
    case, use = make_recorded()
    with case.at(130):
        sign_in(client, case.customer)
        answer = client.post(f"/uses/{use.id}/accept")
    assert answer.location.endswith(f"/bookings/{case.reservation.id}")
    assert session.get_one(Use, use.id, populate_existing=True).state is UseState.ACCEPTED


def test_the_progress_of_a_booking_goes_on_to_the_bill(client: FlaskClient) -> None:
    with time_machine.travel("2026-10-20T02:00:00+00:00", tick=False):
        case, use = make_recorded()
    with case.at(130):
        sign_in(client, case.customer)
        assert progress(client, case) == ["done", "done", "now", "next"]
        client.post(f"/uses/{use.id}/accept")
        assert progress(client, case) == ["done", "done", "done", "now"]
    with time_machine.travel("2026-11-10T02:00:00+00:00", tick=False):
        relay()
        with everybody():
            close_month(make_operator(), bounds(case.reservation.period)[0].date().replace(day=1))
        session.expire_all()
        sign_in(client, case.customer)
        assert progress(client, case) == ["done", "done", "done", "done"]


def progress(client: FlaskClient, case: Case) -> list[str]:
    """The states of the last card's steps: booked, used, hours confirmed, on the bill."""
    page = client.get(f"/bookings/{case.reservation.id}", headers=EN).text
    steps = page[page.index('class="timeline" aria-label="Progress"') :]
    return re.findall(r'<li class="(\w+)"', steps[: steps.index("</ol>")])


def test_an_organisation_is_called_in_the_language_of_the_reader(client: FlaskClient) -> None:
    case, _use = make_recorded()
    institution = case.manager.organisation
    assert institution is not None
    with force_locale("en"):
        assert institution.called == institution.name, "it has no other"
    institution.name_en = "Qingling University"
    session.flush()
    with case.at(130):
        sign_in(client, case.customer)
        for path in ("/bookings?when=all", f"/bookings/{case.reservation.id}", "/uses/confirm"):
            page = client.get(path, headers=EN).text
            assert "Qingling University" in page
            assert institution.name not in page
    with force_locale("zh_CN"):
        assert institution.called == institution.name


def test_a_customer_accepts_all_selected_hours(client: FlaskClient) -> None:
    case, use = make_recorded()
    _other, second = make_recorded(make_case(customer=case.customer))
    with case.at(130):
        sign_in(client, case.customer)
        page = client.get("/uses/confirm", headers=EN).text
        assert case.reservation.number in page
        assert "data-pick-all" in page
        client.post("/uses/confirm", data={"use": [str(use.id), str(second.id)]})
        assert "No hours wait for you" in client.get("/uses/confirm", headers=EN).text
        assert case.reservation.number in client.get("/uses/confirm?state=accepted", headers=EN).text


def test_hours_of_others_are_neither_listed_nor_accepted(client: FlaskClient) -> None:
    case, use = make_recorded()
    sign_in(client, make_actor())
    assert case.reservation.number not in client.get("/uses/confirm").text
    assert client.post("/uses/confirm", data={"use": [str(use.id)]}).status_code == 404
    assert client.post("/uses/confirm", data={"use": ["x"]}).status_code == 404


def test_a_booker_sees_only_own_hours_to_confirm(client: FlaskClient) -> None:
    case, _use = make_recorded()
    booker = make_actor(case.customer.organisation, Role.BOOKER)
    sign_in(client, booker)
    assert case.reservation.number not in client.get("/uses/confirm").text


def test_lists_are_searched_and_downloaded(client: FlaskClient) -> None:
    case, _use = make_recorded()
    sign_in(client, case.customer)
    assert case.reservation.number in client.get(f"/uses/confirm?q={case.instrument.name}").text
    assert case.reservation.number not in client.get("/uses/confirm?q=zzz").text
    file = client.get("/uses/confirm?format=csv", headers=EN)
    assert file.mimetype == "text/csv"
    assert case.reservation.number in file.text
    assert "1100.00" in file.text


def test_a_customer_objects_with_two_fields(client: FlaskClient) -> None:
    case, use = make_recorded(minutes=150)
    with case.at(160):
        sign_in(client, case.customer)
        assert 'value="2"' in client.get(f"/uses/{use.id}/object").text
        too_long = client.post(f"/uses/{use.id}/object", data={"hours": "3", "minutes": "0", "reason": "第4份没有做"})
        assert too_long.status_code == 422
        assert "第4份没有做" in too_long.text
        sent = {"hours": "2", "minutes": "0", "reason": "第4份没有做"}
        assert client.post(f"/uses/{use.id}/object", data=sent).status_code == 302
    assert session.get_one(Use, use.id, populate_existing=True).state is UseState.OBJECTED


def test_a_manager_enters_missing_hours_with_the_booked_end_proposed(client: FlaskClient) -> None:
    case, use = make_started()
    with case.at(120 + 12 * 60 + 1):
        review_forgotten_uses()
        sign_in(client, case.manager)
        assert case.reservation.number in client.get("/uses/review").text
        page = client.get(f"/uses/{use.id}/hours", headers=EN).text
        local = case.reservation.ends_at.astimezone(case.instrument.timezone)
        begin = case.starts_at.astimezone(case.instrument.timezone)
        assert f'value="{local:%Y-%m-%d}"' in page
        assert f'value="{local:%H:%M}"' in page
        sent = {
            "started_on": f"{begin:%Y-%m-%d}",
            "started_time": f"{begin:%H:%M}",
            "ended_on": f"{local:%Y-%m-%d}",
            "ended_time": f"{local:%H:%M}",
            "consumable:vial": "2",
            "reason": "",
        }
        assert client.post(f"/uses/{use.id}/hours", data=sent).status_code == 422
        assert client.post(f"/uses/{use.id}/hours", data={**sent, "reason": "按预约"}).status_code == 302
    use = session.get_one(Use, use.id, populate_existing=True)
    assert (use.state, use.used_minutes, use.consumables) == (UseState.TO_CONFIRM, 120, {"vial": 2})


def test_the_institution_answers_and_the_customer_takes_the_offer(client: FlaskClient) -> None:
    case, objection = make_objected(minutes=180, claimed=60)
    with case.at(300):
        sign_in(client, case.manager)
        assert objection.number in client.get("/uses/review?kind=objected").text or objection.reason
        assert "第4份样品没有做" in client.get(f"/objections/{objection.id}").text
        sent = {"answer": "offer", "hours": "5", "minutes": "0", "reason": "x"}
        assert client.post(f"/objections/{objection.id}/answer", data=sent).status_code == 422
        client.post(f"/objections/{objection.id}/answer", data={**sent, "hours": "2"})
        sign_in(client, case.customer)
        assert "2\u00a0h" in client.get(f"/objections/{objection.id}", headers=EN).text
        client.post(f"/objections/{objection.id}/take")
    assert session.get_one(UseObjection, objection.id, populate_existing=True).decided_minutes == 120


def test_the_operator_decides_what_was_escalated(client: FlaskClient) -> None:
    case, objection = make_refused()
    settler = make_operator(Role.SETTLEMENT)
    with case.at(400):
        sign_in(client, settler)
        assert objection.number in client.get("/operator/disputes").text
        assert client.get(f"/objections/{objection.id}").status_code == 200
        assert client.post(f"/objections/{objection.id}/decide", data={"hours": "9", "minutes": "0"}).status_code == 422
        client.post(f"/objections/{objection.id}/decide", data={"hours": "1", "minutes": "30"})
        assert objection.number not in client.get("/operator/disputes").text
        assert objection.number in client.get("/operator/disputes?state=settled").text
        assert objection.number in client.get("/operator/disputes?state=all&format=csv").text
    assert session.get_one(UseObjection, objection.id, populate_existing=True).decided_minutes == 90


def test_an_early_escalation_is_refused_with_a_sentence(client: FlaskClient) -> None:
    case, objection = make_objected()
    with case.at(300):
        sign_in(client, case.customer)
        client.post(f"/objections/{objection.id}/escalate")
        assert "still has time" in client.get(f"/objections/{objection.id}", headers=EN).text


@pytest.mark.parametrize("page", ["hours", "object", "accept"])
def test_strangers_do_not_find_a_use_and_small_roles_may_not_change_it(client: FlaskClient, page: str) -> None:
    case, use = make_recorded(minutes=150)
    address = f"/uses/{use.id}/{page}"
    send = client.post if page == "accept" else client.get
    assert send(address).status_code == 302
    sign_in(client, make_actor())
    assert send(address).status_code == 404
    sign_in(client, case.customer if page == "hours" else case.technician)
    assert send(address).status_code == 403


@pytest.mark.parametrize("action", ["answer", "take", "decide", "escalate"])
def test_strangers_do_not_find_an_objection_and_the_wrong_side_may_not_act(client: FlaskClient, action: str) -> None:
    case, objection = make_refused()
    address = f"/objections/{objection.id}"
    sign_in(client, make_actor())
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/{action}").status_code == 404
    sign_in(client, case.manager if action in {"take", "escalate"} else case.customer)
    assert client.get(address).status_code == 200
    assert client.post(f"{address}/{action}").status_code == 403


def test_lists_of_institutions_and_the_operator_are_theirs(client: FlaskClient) -> None:
    case = make_case()
    sign_in(client, case.customer)
    assert client.get("/uses/review").status_code == 404
    assert client.get("/operator/disputes").status_code == 404
    sign_in(client, make_actor(case.manager.organisation, Role.FINANCE))
    assert client.get("/uses/review").status_code == 403
    sign_in(client, make_operator(Role.VERIFIER))
    assert client.get("/operator/disputes").status_code == 403


@pytest.mark.parametrize(("address", "most"), [("/uses/confirm", 16), ("/uses/review", 16), ("/operator/disputes", 16)])
def test_lists_take_the_same_few_queries_for_many_rows(
    client: FlaskClient, max_queries: Any, address: str, most: int
) -> None:
    case, _use = make_recorded()
    for _number in range(2):
        make_recorded(make_case(customer=case.customer))
        _case, objection = make_refused()
    who = {"/uses/confirm": case.customer, "/uses/review": case.manager}.get(address) or make_operator()
    sign_in(client, who)
    client.get(address)
    session.expunge_all()
    with max_queries(most):
        assert client.get(address).status_code == 200
    assert objection.number


def test_the_panel_explains_every_difference() -> None:
    case, use = make_recorded(minutes=226, consumables={"vial": 3})
    panel = use_panel(case.customer, case.reservation)
    assert panel["difference"].minor == panel["charge"].total_minor - case.reservation.estimate_minor
    assert sum(line.difference for line in panel["lines"]) == panel["difference"].minor
    assert [line.quoted for line in panel["lines"]][-1] is None
    assert "→" in next(line.reason for line in panel["lines"] if line.difference == 80_000)
    assert panel["may"]["answer"]
    assert not panel["may"]["correct"]
    assert panel["use"] is use


def test_there_is_no_panel_before_a_use() -> None:
    case = make_case()
    assert use_panel(case.customer, case.reservation) == {}
