"""The web kernel: which hosts it answers to, which bodies it reads, what every response carries."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.db import session
from app.core.hosts import KnownHosts, own_names
from app.core.web import FIXED_HEADERS, MAX_JSON_BYTES, MAX_REQUEST_BYTES
from tests.accounts.factories import make_actor, sign_in


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost@evil.example", "a b", "localhost/x", "[::1", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/v1/me", "/static/css/tokens.css"])
def test_a_host_that_is_not_ours_is_refused(client: FlaskClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.get_json()["code"] == "unknown_host"
    assert FIXED_HEADERS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:81", "[::1]:8000", "localhost."])
def test_our_own_hosts_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/terms", headers={"Host": host}).status_code == 200


def test_health_is_told_to_whoever_asks(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200


def test_a_deployment_may_add_names() -> None:
    hosts = KnownHosts(lambda _environ, _start: [], own_names("https://jishi.example", [".ccut.edu.cn", "b.cn"]), {})
    assert all(hosts.is_known(name) for name in ("jishi.example", "lab.ccut.edu.cn", "b.cn:443", "127.0.0.1"))
    assert not any(hosts.is_known(name) for name in ("ccut.edu.cn.evil", "evilccut.edu.cn", "x.b.cn"))


def test_json_without_a_stated_length_is_cut_off_as_well(client: FlaskClient) -> None:
    body = json.dumps({"purpose": "x" * (MAX_JSON_BYTES + 1)}).encode()
    answer = client.post(
        "/api/v1/reservations", data=body, content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )  # fmt: skip
    assert answer.status_code == 413


def test_who_sent_too_much_is_told_the_limit_and_led_back(client: FlaskClient) -> None:
    came = {"Accept-Language": "en", "Referer": "http://localhost/instruments/import"}
    large = client.post("/instruments/import", data=b"x" * (MAX_REQUEST_BYTES + 1), headers=came)
    assert large.status_code == 413
    assert "At most 12 MB fit. Nothing was saved." in large.text
    assert 'href="http://localhost/instruments/import"' in large.text
    elsewhere = client.post(
        "/instruments/import", data=b"x" * (MAX_REQUEST_BYTES + 1), headers={**came, "Referer": "https://evil.example/"}
    )
    assert "evil.example" not in elsewhere.text
    # Written out: Werkzeug's client puts a long field into a file that it never closes.
    entry = b'--part\r\nContent-Disposition: form-data; name="email"\r\n\r\n%s\r\n--part--\r\n' % (
        b"x" * 3 * 1024 * 1024
    )
    long = client.post("/sign-in", data=entry, content_type="multipart/form-data; boundary=part", headers=came)
    assert "One of the entries is too long." in long.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_that_does_not_call_itself_json_is_415(client: FlaskClient, kind: str) -> None:
    answer = client.post("/api/v1/reservations", data=b"{}", content_type=kind)
    assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")


def test_a_packed_body_is_415(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/reservations", data=b"{}", content_type="application/json", headers={"Content-Encoding": "gzip"}
    )
    assert (answer.status_code, answer.mimetype) == (415, "application/problem+json")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 2}', b'[{"b": {"a": 1, "a": 1}}]', b'{"a": NaN}', b"-Infinity"],
)
def test_a_body_that_cannot_be_read_is_400(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/reservations", data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


class Unlucky:
    """A view whose transaction the database gives up so many times."""

    def __init__(self, times: int, code: str) -> None:
        self.times, self.code, self.calls = times, code, 0

    def __call__(self, **_arguments: object) -> str:
        self.calls += 1
        if self.calls <= self.times:
            session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{self.code}'; END $$"))
        return "done"


@pytest.mark.parametrize(
    ("times", "code", "status", "calls"),
    [(0, "40P01", 200, 1), (1, "40P01", 200, 2), (3, "40001", 200, 4), (4, "40P01", 503, 4), (1, "57014", 503, 1)],
)
def test_a_transaction_that_lost_a_race_is_done_again_three_times_at_most(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, times: int, code: str, status: int, calls: int
) -> None:
    view = Unlucky(times, code)
    monkeypatch.setitem(client.application.view_functions, "site.terms", view)
    sign_in(client, make_actor())
    answer = client.get("/terms")
    assert (answer.status_code, view.calls) == (status, calls)
