"""What somebody who means harm sends: each is refused with a sentence, none is answered by 500 or by silence."""

import copy
import re

import pytest
from werkzeug.routing import Rule

from app.core.clock import bounds
from app.core.db import session
from app.core.web import App
from app.equipment.instruments.models import Instrument
from app.equipment.tariffs.operations import draft_tariff
from app.equipment.tariffs.terms import Terms
from tests.api.conftest import API, Scene
from tests.api.test_input import refused
from tests.equipment.factories import TERMS, slot


def operations(app: App) -> list[tuple[str, Rule]]:
    """Every writing operation of the API."""
    return [
        (method, rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH"})
        if rule.rule.startswith(API)
    ]


def test_no_operation_takes_a_field_it_does_not_know(app: App, scene: Scene) -> None:
    """No mass assignment (scorecard E 54): an unknown field and a read-only one are refused, and nothing is done."""
    made = scene.book()
    there = {"instrument_id": str(scene.instrument_id), "reservation_id": made["id"]}
    found = operations(app)
    assert len(found) > 6
    taken = []
    for method, rule in found:
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: there.get(match[1], made["id"]), rule.rule).removeprefix(API)
        for field in ("is_admin", "state", "id", "estimate", "payer_id"):
            answer = scene.call("manager", method, path, {field: "x"})
            if answer.status_code != 422:
                taken.append(f"{method} {rule.rule} {field}: {answer.status_code}")
    assert taken == []
    assert scene.call("customer", "GET", f"/reservations/{made['id']}").get_json()["state"] == made["state"]


def test_head_and_options_are_answered_and_change_nothing(app: App, scene: Scene) -> None:
    made = scene.book()
    there = {"instrument_id": str(scene.instrument_id), "reservation_id": made["id"]}
    for rule in [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(API)]:
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: there.get(match[1], made["id"]), rule.rule).removeprefix(API)
        options = scene.call("manager", "OPTIONS", path)
        assert (options.status_code, options.data) == (200, b""), rule.rule
        head = scene.call("manager", "HEAD", path)
        assert head.status_code == (scene.call("manager", "GET", path).status_code), rule.rule
        assert head.data == b""
    assert scene.call("customer", "GET", f"/reservations/{made['id']}").get_json()["state"] == made["state"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Idempotency-Key": "a\tb"}, 422),
        ({"Idempotency-Key": "x" * 256}, 422),
        ({"Content-Type": "application/json; charset=utf-16"}, 201),
        ({"Accept": "application/xml"}, 201),
        ({"X-HTTP-Method-Override": "DELETE"}, 201),
        ({"X-Forwarded-Host": "evil.example"}, 201),
        ({"Accept-Language": "\xff" * 200}, 201),
    ],
)
def test_odd_headers_are_refused_or_mean_nothing(scene: Scene, change: dict[str, str], status: int) -> None:
    answer = scene.call("customer", "POST", "/reservations", scene.wish(), headers=change)
    if status == 201:
        assert answer.status_code == 201, answer.text
    else:
        refused(answer, status, 422)
    assert "evil.example" not in answer.text


def test_a_refusal_stays_short_however_much_was_wrong(scene: Scene) -> None:
    problem = refused(
        scene.call("customer", "POST", "/reservations", {**{f"k{n}": 1 for n in range(5000)}, "k" * 9000: 1}), 422
    )
    assert len(problem["errors"]) == 20
    assert (
        refused(scene.call("customer", "POST", "/reservations", scene.wish() | {"k" * 9000: 1}), 422)["field"]
        == "k" * 100
    )


def test_the_root_of_the_api_speaks_to_programs(scene: Scene) -> None:
    refused(scene.client.get("/api"), 404)


def test_a_price_in_draft_is_in_no_answer(scene: Scene) -> None:
    instrument = session.get_one(Instrument, scene.instrument_id)
    dear = copy.deepcopy(TERMS)
    dear["classes"]["enterprise"]["tiers"] = [{"upto_minutes": None, "per_hour": 7_654_321}]
    draft_tariff(scene.manager, instrument, Terms.from_json(dear))
    session.commit()
    starts_at, ends_at = bounds(slot())
    wanted = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    for who in ("customer", "stranger", ""):
        quote = scene.call(who, "POST", f"/instruments/{scene.instrument_id}/quote", wanted)
        shown = scene.call(who, "GET", f"/instruments/{scene.instrument_id}")
        listed = scene.call(who, "GET", "/instruments")
        assert (quote.status_code, shown.status_code, listed.status_code) == (200, 200, 200)
        assert "7654321" not in quote.text + shown.text + listed.text
        assert quote.get_json()["total"]["amount"] < 7_654_321
