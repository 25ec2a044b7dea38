"""What is too large is refused so that the sender hears it: most send everything before they listen."""

import http.client
from contextlib import closing

import pytest

from app.core.web import App
from tests.live.servers import Server
from tests.live.world import people

pytestmark = pytest.mark.live

MEGABYTE = 1024 * 1024


def sent_whole(server: Server, path: str, body: bytes, **headers: str) -> tuple[int, str, str]:
    """Status, media type and text of the answer to a client that sends all of its body first."""
    with closing(http.client.HTTPConnection(server.host, server.port, timeout=60)) as connection:
        connection.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read().decode()


def test_ten_megabytes_of_json_are_answered(live_app: App, server: Server) -> None:
    (booker,) = people(live_app, 1)
    body = b'{"purpose": "' + b"x" * (10 * MEGABYTE) + b'"}'
    status, kind, text = sent_whole(
        server, "/api/v1/reservations", body, Content_Type="application/json", Authorization=f"Bearer {booker.token}"
    )
    assert (status, kind) == (413, "application/problem+json"), text


def test_a_form_of_twenty_megabytes_gets_a_page_that_says_so(server: Server) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + b"x" * (20 * MEGABYTE)
    status, kind, text = sent_whole(
        server,
        "/sign-in",
        body + b"\r\n--x--\r\n",
        Content_Type="multipart/form-data; boundary=x",
        Accept_Language="en",
    )
    assert (status, kind) == (413, "text/html")
    assert "At most 12 MB fit. Nothing was saved." in text
