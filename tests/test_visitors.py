"""Who never signed in: public pages keep nothing in the browser, and their forms are taken from our own pages only."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import session
from app.core.web import App
from app.market.watches.models import Watch
from tests.access.rows import ANONYMOUS
from tests.access.world import Visitor, World
from tests.accounts.factories import sign_in
from tests.market.watches.factories import watcher
from tests.test_access_matrix import all_rows

# Each has a form of its own that a visitor sends; the cookie holds what the token in the form is compared with.
WITH_A_FORM = {
    "consents.show": "answers by a link of a mail",
    "notices.new": "a notice is filled in before signing in",
    "people.forgot": "asks for a link",
    "people.sign_up": "makes an account",
    "sessions.new": "signs in",
    "watch_links.confirming": "confirms by a link of a mail",
    "watch_links.leaving": "stops by a link of a mail",
}
HOME = "http://localhost"
WISH = {"search": "q=胶", "rhythm": "weekly", "email": "reader@example.org"}


@pytest.fixture
def protected(app: App, client: FlaskClient) -> Iterator[App]:
    """The application as it is served: forms are looked at; `client` leaves that out."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.slow
def test_public_pages_keep_nothing_in_the_browser_of_a_visitor(protected: App, common_world: World) -> None:
    visitor = Visitor(protected, common_world)
    cookies: set[str] = set()
    without: set[str] = set()
    for row in all_rows():
        if row.method == "GET" and row.wanted[ANONYMOUS] == 200:
            answer = visitor.send(ANONYMOUS, "GET", visitor.address(row.endpoint, row.arguments))
            assert answer.status_code == 200, row
            (cookies if answer.headers.getlist("Set-Cookie") else without).add(row.endpoint)
    assert cookies == WITH_A_FORM.keys()
    assert without >= {"site.home", "instruments.list", "instruments.show", "portal.list", "portal.show"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": HOME}, 302),
        ({"Referer": f"{HOME}/patents?q=x"}, 302),
        ({}, 400),
        ({"Origin": "null"}, 400),
        ({"Origin": "http://elsewhere.example"}, 400),
        ({"Origin": "http://elsewhere.example", "Referer": f"{HOME}/patents"}, 400),
        ({"Origin": "http://localhost.elsewhere.example"}, 400),
        ({"Origin": "http://localhost:81"}, 400),
        ({"Origin": "https://localhost"}, 400),
        ({"Referer": "http://elsewhere.example/http://localhost/"}, 400),
    ],
)
@pytest.mark.usefixtures("protected")
def test_a_visitors_form_is_taken_from_our_own_pages_only(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    assert 'name="csrf_token"' not in client.get("/patents?q=胶").text
    assert client.post("/watches", data=WISH, headers=headers).status_code == status
    assert len(session.scalars(select(Watch)).all()) == (status == 302)


@pytest.mark.usefixtures("protected")
def test_whoever_has_signed_in_needs_the_token_wherever_the_form_came_from(client: FlaskClient) -> None:
    sign_in(client, watcher())
    page = client.get("/patents?q=胶").text
    assert 'name="csrf_token"' in page
    assert client.post("/watches", data=WISH, headers={"Origin": HOME}).status_code == 400
    assert session.scalars(select(Watch)).all() == []
