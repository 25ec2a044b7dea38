"""Bad input of every kind: refused with a sentence and a field, never answered by 500 or by silence."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.clock import bounds, now
from app.core.pages import encode_cursor
from app.core.wording import has_han
from tests.api.conftest import API, Scene
from tests.equipment.factories import slot


def refused(answer: TestResponse, *statuses: int) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status_code in statuses, answer.text
    assert answer.mimetype == "application/problem+json"
    problem: dict[str, Any] = answer.get_json()
    assert {"type", "title", "status", "code", "detail"} <= set(problem)
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return problem


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"starts_at": "2026-12-01T09:00:00"}, "starts_at"),
    ({"starts_at": "yesterday"}, "starts_at"),
    ({"starts_at": 1765000000}, "starts_at"),
    ({"starts_at": "9" * 5000}, "starts_at"),
    ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
    ({"ends_at": "9999-12-31T23:59:59-12:00"}, "ends_at"),
    ({"instrument_id": "1; DROP TABLE reservations"}, "instrument_id"),
    ({"instrument_id": None}, "instrument_id"),
    ({"purpose": ""}, "purpose"),
    ({"purpose": " \t "}, "purpose"),
    ({"purpose": "x" * 501}, "purpose"),
    ({"purpose": "a\x00b"}, "purpose"),
    ({"purpose": "\ud800"}, "purpose"),
    ({"purpose": {"$ne": ""}}, "purpose"),
    ({"with_operator": "perhaps"}, "with_operator"),
    ({"price": 1}, "price"),
    ({"currency": "XXX"}, "currency"),
    ({"payer_id": "01a21004-c775-7000-8871-f8b83bc6404c"}, "payer_id"),
    ({"state": "confirmed"}, "state"),
]


@pytest.mark.parametrize(
    ("change", "field"), WRONG, ids=[f"{field}-{number}" for number, (_c, field) in enumerate(WRONG)]
)
def test_a_wrong_field_is_named(scene: Scene, change: dict[str, Any], field: str) -> None:
    problem = refused(scene.call("customer", "POST", "/reservations", scene.wish(**change)), 422)
    assert problem["field"] == field


def times(**shift: Any) -> dict[str, str]:
    starts_at, ends_at = bounds(slot())
    return {"starts_at": starts_at.isoformat(), "ends_at": (ends_at + timedelta(**shift)).isoformat()}


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: times(hours=-2), "ends_at"),
        (lambda: times(hours=-3), "ends_at"),
        (lambda: times(hours=30), "ends_at"),
        (lambda: times(days=400), "ends_at"),
        (lambda: times(minutes=7), "ends_at"),
        (lambda: {"starts_at": (now() - timedelta(days=1)).isoformat(), "ends_at": now().isoformat()}, "starts_at"),
        (lambda: {"starts_at": (now() + timedelta(days=300)).isoformat(),
                  "ends_at": (now() + timedelta(days=300, hours=1)).isoformat()}, "starts_at"),
    ],
    ids=["zero length", "backwards", "too long", "over a year", "off the grid", "past", "too far"],
)  # fmt: skip
def test_a_slot_that_breaks_a_rule_is_refused_at_the_right_field(
    scene: Scene, make: Callable[[], dict[str, str]], field: str
) -> None:
    problem = refused(scene.call("customer", "POST", "/reservations", {**scene.wish(), **make()}), 422)
    assert problem["field"] == field


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "'; DROP TABLE users; --", "=1+1", "{{7*7}}", "%s%n"])
def test_text_that_looks_like_code_is_kept_as_text(scene: Scene, text: str) -> None:
    made = scene.call("customer", "POST", "/reservations", scene.wish(purpose=text))
    assert (made.status_code, made.get_json()["purpose"]) == (201, text)
    assert made.mimetype == "application/json"


BODIES: list[tuple[bytes, str, tuple[int, ...]]] = [
    (b"", "application/json", (400, 422)),
    (b"{", "application/json", (400, 422)),
    (b"\xff\xfe\x00", "application/json", (400, 422)),
    (b"[]", "application/json", (422,)),
    (b"null", "application/json", (422,)),
    (b'"text"', "application/json", (422,)),
    (b"1e999", "application/json", (422,)),
    (b"[" * 50_000, "application/json", (400, 422)),
    (b"a=1", "application/x-www-form-urlencoded", (415, 422)),
    (b"<x/>", "application/xml", (415, 422)),
    (b"{}", "text/plain", (415, 422)),
]


@pytest.mark.parametrize("path", ["/reservations", "/instruments/{}/quote"])
@pytest.mark.parametrize(("body", "kind", "statuses"), BODIES, ids=[str(number) for number in range(len(BODIES))])
def test_a_body_that_is_no_object_is_refused(
    scene: Scene, path: str, body: bytes, kind: str, statuses: tuple[int, ...]
) -> None:
    answer = scene.client.post(
        API + path.format(scene.instrument_id), data=body, content_type=kind,
        headers={"Authorization": f"Bearer {scene.tokens['customer']}"},
    )  # fmt: skip
    refused(answer, *statuses)


def test_ten_megabytes_of_json_are_refused(scene: Scene) -> None:
    body = json.dumps(scene.wish(purpose="x" * 10_000_000))
    answer = scene.client.post(
        f"{API}/reservations", data=body, content_type="application/json",
        headers={"Authorization": f"Bearer {scene.tokens['customer']}"},
    )  # fmt: skip
    assert refused(answer, 413)["code"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=9999", "limit=x", "cursor=made-up", "cursor=W10", "cursor=%00",
     "cursor=" + "A" * 600, "side=both", "state=gone", "instrument_id=x", "cursor=WyIyMDI2IiwgIngiXQ"],
)  # fmt: skip
def test_a_wrong_query_is_refused(scene: Scene, query: str) -> None:
    problem = refused(scene.call("customer", "GET", f"/reservations?{query}"), 422)
    assert problem["field"] == query.partition("=")[0]


@pytest.mark.parametrize("path", ["/instruments", "/reservations", "/statements"])
@pytest.mark.parametrize(
    "position",
    ["made-up", encode_cursor([]), encode_cursor(["x"]), encode_cursor(["x", "y"]), encode_cursor(["1", "2", "3"]),
     encode_cursor(["2026-10-01", "\0"]), encode_cursor(["\0"])],
)  # fmt: skip
def test_a_cursor_of_another_is_refused_alike_everywhere(scene: Scene, path: str, position: str) -> None:
    problem = refused(scene.call("customer", "GET", f"{path}?cursor={position}"), 422)
    assert (problem["code"], problem["field"]) == ("bad_cursor", "cursor")


@pytest.mark.parametrize(
    "query",
    ["", "from=2026-12-01T00:00:00Z", "from=x&to=y", "from=2026-12-01T00:00:00&to=2026-12-02T00:00:00",
     "from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z", "from=2026-12-01T00:00:00Z&to=2028-12-01T00:00:00Z",
     "from=%00&to=%00"],
)  # fmt: skip
def test_a_wrong_window_is_refused(scene: Scene, query: str) -> None:
    problem = refused(scene.call("", "GET", f"/instruments/{scene.instrument_id}/availability?{query}"), 422)
    assert problem["field"] in {"from", "to"}


@pytest.mark.parametrize("q", ["%00", "%25_%25", "'", "x" * 201, "%F0%9F%94%AC", "(((", "%5C"])
def test_no_search_fails(scene: Scene, q: str) -> None:
    assert scene.call("", "GET", f"/instruments?q={q}").status_code in {200, 422}


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer \x7f", "bearer jishi_" + "x" * 4000, "Token a b c"],
)
def test_a_wrong_token_is_401_even_where_none_is_needed(scene: Scene, header: str) -> None:
    for path in ("/me", "/instruments"):
        answer = scene.client.get(API + path, headers={"Authorization": header})
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/reservations/x", "/nowhere", "/instruments/1/quote"])
def test_absent_things_are_problems_too(scene: Scene, path: str) -> None:
    refused(scene.call("customer", "GET", path), 404, 405)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(scene: Scene, method: str) -> None:
    answer = scene.call("customer", method, "/reservations")
    refused(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_sentences_follow_the_language_asked_for(scene: Scene) -> None:
    def sentence(language: str) -> str:
        answer = scene.call("", "GET", "/me", headers={"Accept-Language": language})
        return str(answer.get_json()["detail"])

    assert not has_han(sentence("en"))
    assert has_han(sentence("zh-CN"))
