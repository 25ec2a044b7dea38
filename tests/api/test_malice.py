"""What somebody who means harm sends: each is refused with a sentence, none is answered by 500 or by silence."""

import re

from werkzeug.routing import Rule

from app.core.web import App
from tests.api.conftest import API, Scene


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
