"""What programs can rely on: fields, statuses, problems, pages, the document."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.accounts.models import SYSTEM
from app.core.clock import Period, bounds, now, period
from app.core.db import session
from app.settlement.statements.operations import close_month
from tests.api.conftest import API, Scene
from tests.equipment.factories import make_bookable_instrument, make_instrument, slot
from tests.settlement.factories import OCTOBER, make_final_charge

VERBS = ("move", "extend", "cancel", "approve", "decline", "start", "finish")


def is_instant(text: str) -> bool:
    """Whether a text is RFC 3339 with an offset."""
    return "T" in text and datetime.fromisoformat(text).utcoffset() is not None


def test_the_document_is_valid_openapi_31(scene: Scene) -> None:
    document = scene.call("", "GET", "/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()
    wanted = {
        "/instruments", "/instruments/{instrument_id}", "/instruments/{instrument_id}/availability",
        "/instruments/{instrument_id}/quote", "/reservations", "/reservations/{reservation_id}", "/statements", "/me",
        *(f"/reservations/{{reservation_id}}/{verb}" for verb in VERBS),
    }  # fmt: skip
    assert {f"/api/v1{path}" for path in wanted} <= set(document["paths"])


def test_the_document_names_the_key_of_what_creates(scene: Scene) -> None:
    paths = scene.call("", "GET", "/openapi.json").get_json()["paths"]
    keyed = {
        path.removeprefix(API)
        for path, operations in paths.items()
        for parameter in operations.get("post", {}).get("parameters", [])
        if (parameter["in"], parameter["name"]) == ("header", "Idempotency-Key")
    }
    creating = {
        path.removeprefix(API)
        for path, each in paths.items()
        if "201" in each.get("post", {"responses": {}})["responses"]
    }
    assert "/reservations" in creating
    assert creating <= keyed


def test_me_names_the_organisation_acted_for(scene: Scene) -> None:
    me = scene.call("customer", "GET", "/me").get_json()
    organisation = scene.customer.organisation
    assert organisation is not None
    assert (me["organisation"]["id"], me["organisation"]["code"]) == (str(organisation.id), organisation.code)
    assert me["organisation"]["name"] == organisation.name
    assert scene.call("", "GET", "/me").status_code == 401


def test_a_quote_has_lines_that_add_up(scene: Scene) -> None:
    body = {name: value for name, value in scene.wish().items() if name in {"starts_at", "ends_at"}}
    quote = scene.call("customer", "POST", f"/instruments/{scene.instrument_id}/quote", body).get_json()
    assert quote["total"] == {"amount": 110_000, "currency": "CNY"}
    assert sum(line["amount"]["amount"] for line in quote["lines"]) == 110_000
    assert is_instant(quote["free_until"])


def test_a_booking_goes_its_way(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(needs_approval=True)
    made = scene.book()
    assert made["state"] == "pending"
    assert made["estimate"] == {"amount": 110_000, "currency": "CNY"}
    for name in ("starts_at", "ends_at", "created_at", "changed_at", "answer_due_at"):
        assert is_instant(made[name])
    path = f"/reservations/{made['id']}"
    assert scene.call("stranger", "GET", path).status_code == 404
    assert scene.call("customer", "POST", f"{path}/approve").status_code == 403
    approved = scene.call("manager", "POST", f"{path}/approve")
    assert (approved.status_code, approved.get_json()["state"]) == (200, "confirmed")
    again = scene.call("manager", "POST", f"{path}/decline", {"reason": "Repair"})
    assert (again.status_code, again.get_json()["code"]) == (409, "wrong_state")
    cancelled = scene.call("customer", "POST", f"{path}/cancel", {})
    assert cancelled.get_json()["state"] == "cancelled"
    assert scene.call("customer", "POST", f"{path}/cancel").status_code == 409


def times_of(stretch: Period) -> dict[str, str]:
    starts_at, ends_at = bounds(stretch)
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def test_a_booking_is_moved(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(needs_approval=True)
    path = f"/reservations/{scene.book()['id']}"
    scene.call("manager", "POST", f"{path}/approve")
    moved = scene.call("customer", "POST", f"{path}/move", times_of(slot(days=5, minutes=180))).get_json()
    assert moved["state"] == "pending"  # where the institution approves, it does so anew
    assert moved["estimate"] == {"amount": 150_000, "currency": "CNY"}
    assert datetime.fromisoformat(moved["starts_at"]) == bounds(slot(days=5))[0]
    for_customer = scene.call("manager", "POST", f"{path}/approve").get_json()
    assert for_customer["state"] == "confirmed"
    assert scene.call("manager", "POST", f"{path}/move", times_of(slot(days=6))).get_json()["state"] == "confirmed"
    other = scene.book(slot(days=8))
    taken = scene.call("customer", "POST", f"{path}/move", times_of(slot(days=8)))
    assert (taken.status_code, taken.get_json()["code"]) == (409, "slot_taken")
    assert len(taken.get_json()["alternatives"]) == 3
    assert other["id"] not in path
    assert scene.call("stranger", "POST", f"{path}/move", times_of(slot(days=9))).status_code == 404
    backwards = {"starts_at": times_of(slot())["ends_at"], "ends_at": times_of(slot())["starts_at"]}
    assert scene.call("customer", "POST", f"{path}/move", backwards).get_json()["code"] == "empty_period"


def test_a_running_use_is_extended(scene: Scene) -> None:
    made = scene.book()
    path, end = f"/reservations/{made['id']}", bounds(slot())[1]
    later = {"ends_at": (end + timedelta(minutes=30)).isoformat()}
    early = scene.call("customer", "POST", f"{path}/extend", later)
    assert (early.status_code, early.get_json()["code"]) == (409, "wrong_state")
    with time_machine.travel(bounds(slot())[0]):
        assert scene.call("manager", "POST", f"{path}/start").status_code == 200
        longer = scene.call("customer", "POST", f"{path}/extend", later).get_json()
    assert datetime.fromisoformat(longer["ends_at"]) == end + timedelta(minutes=30)
    assert longer["estimate"]["amount"] > made["estimate"]["amount"]


def test_declining_needs_a_reason(make_scene: Callable[..., Scene]) -> None:
    scene = make_scene(needs_approval=True)
    path = f"/reservations/{scene.book()['id']}/decline"
    refused = scene.call("manager", "POST", path, {"reason": " "})
    assert (refused.status_code, refused.get_json()["field"]) == (422, "reason")
    assert (
        scene.call("manager", "POST", path, {"reason": "Under repair"}).get_json()["decline_reason"] == "Under repair"
    )


def test_a_taken_slot_is_a_problem_with_alternatives(scene: Scene) -> None:
    scene.book()
    answer = scene.call("stranger", "POST", "/reservations", scene.wish())
    problem = answer.get_json()
    assert (answer.status_code, answer.mimetype) == (409, "application/problem+json")
    assert (problem["code"], problem["field"], problem["status"]) == ("slot_taken", "starts_at", 409)
    assert len(problem["alternatives"]) == 3
    assert all(is_instant(one["starts_at"]) and is_instant(one["ends_at"]) for one in problem["alternatives"])


def test_availability_splits_the_window(scene: Scene) -> None:
    made = scene.book()
    starts_at, ends_at = (datetime.fromisoformat(made[name]) for name in ("starts_at", "ends_at"))
    window = {"from": (starts_at - timedelta(hours=1)).isoformat(), "to": (ends_at + timedelta(hours=1)).isoformat()}
    path = f"/instruments/{scene.instrument_id}/availability"
    parts = scene.call("", "GET", path, query_string=window).get_json()
    edges = {name: [(one["starts_at"], one["ends_at"]) for one in parts[name]] for name in parts}
    instants = {
        name: [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in found]
        for name, found in edges.items()
    }
    hour = timedelta(hours=1)
    assert instants["busy"] == [(starts_at, ends_at)]
    assert instants["free"] == [(starts_at - hour, starts_at), (ends_at, ends_at + hour)]
    assert instants["closed"] == []
    assert edges["busy"][0][0].endswith("+08:00")


def test_what_is_free_can_be_booked_from_its_first_minute(make_scene: Callable[..., Scene]) -> None:
    """Also where the notice ends between two steps of the grid: until the next one it is too soon."""
    scene, granularity = make_scene(notice=45, granularity=20, shortest=20, longest=480), timedelta(minutes=20)
    window = {"from": now().isoformat(), "to": (now() + timedelta(days=1)).isoformat()}
    parts = scene.call("", "GET", f"/instruments/{scene.instrument_id}/availability", query_string=window).get_json()
    begin = datetime.fromisoformat(parts["free"][0]["starts_at"])
    assert begin < now() + timedelta(minutes=45) + granularity
    scene.book(period(begin, begin + granularity))


def test_a_plus_that_became_a_blank_is_still_an_offset(scene: Scene) -> None:
    path = (
        f"/instruments/{scene.instrument_id}/availability?from=2026-12-01T00:00:00+08:00&to=2026-12-02T00:00:00+08:00"
    )
    assert scene.call("", "GET", path).status_code == 200


@pytest.mark.parametrize(("side", "who"), [("customer", "customer"), ("provider", "manager")])
def test_pages_of_bookings_hold_every_one_once(scene: Scene, side: str, who: str) -> None:
    ids = [scene.book(slot(days=3 + number // 8, hour=2 * (number % 8)))["id"] for number in range(13)]
    seen = walk(scene, who, "/reservations", {"side": side, "limit": 4})
    assert sorted(seen) == sorted(ids)
    assert len(seen) == 13


def test_pages_of_instruments_hold_every_one_once(scene: Scene) -> None:
    organisation = scene.manager.organisation
    ids = {str(make_bookable_instrument(organisation).id) for _number in range(11)} | {str(scene.instrument_id)}
    draft = make_instrument(organisation, state="draft", published_at=None)
    session.commit()
    seen = walk(scene, "", "/instruments", {"limit": 5})
    assert ids <= set(seen)
    assert len(seen) == len(set(seen))
    assert str(draft.id) not in seen


def test_pages_of_papers_hold_every_one_once(scene: Scene) -> None:
    provider, payer = scene.manager.organisation, scene.customer.organisation
    assert provider is not None
    assert payer is not None
    make_final_charge(provider, payer)
    close_month(SYSTEM, OCTOBER)
    session.commit()
    mine = walk(scene, "manager", "/statements", {"limit": 1, "period": "2026-10"})
    assert len(mine) == len(set(mine)) == 1
    bills = scene.call("customer", "GET", "/statements").get_json()["items"]
    assert [one["kind"] for one in bills] == ["bill"]
    assert scene.call("stranger", "GET", "/statements").get_json()["items"] == []
    assert scene.call("customer", "GET", "/statements", query_string={"period": "2026-13"}).status_code == 422


def walk(scene: Scene, who: str, path: str, query: dict[str, Any]) -> list[str]:
    """The ids of all items of a list, page by page."""
    seen: list[str] = []
    cursor = None
    for _page in range(30):
        sent = {**query, **({"cursor": cursor} if cursor else {})}
        page = scene.call(who, "GET", path, query_string=sent).get_json()
        assert set(page) == {"items", "next_cursor"}
        assert len(page["items"]) <= query["limit"]
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen
    raise AssertionError("the list never ends")


def test_a_search_finds_by_words(scene: Scene) -> None:
    found = scene.call("", "GET", "/instruments", query_string={"q": "no such thing anywhere"})
    assert found.get_json()["items"] == []


def test_a_use_is_started_and_finished(scene: Scene) -> None:
    made = scene.book()
    path, starts_at = f"/reservations/{made['id']}", datetime.fromisoformat(made["starts_at"])
    assert scene.call("manager", "POST", f"{path}/start", {}).status_code == 409  # three days too early
    with time_machine.travel(starts_at, tick=False):
        started = scene.call("manager", "POST", f"{path}/start", {})
        assert (started.status_code, started.get_json()["state"]) == (200, "in_use")
        assert scene.call("customer", "POST", f"{path}/finish", {}).status_code == 403
    with time_machine.travel(starts_at + timedelta(minutes=121), tick=False):
        unknown = scene.call("manager", "POST", f"{path}/finish", {"consumables": {"gold": 1}})
        assert unknown.status_code == 422
        finished = scene.call("manager", "POST", f"{path}/finish", {"consumables": {"vial": 6}})
    assert (finished.status_code, finished.get_json()["state"]) == (200, "finished")
