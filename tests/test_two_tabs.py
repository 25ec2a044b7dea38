"""Two tabs, two organisations: a form opened for one is never carried out for another (flows.md §4, W22)."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.identity import ALWAYS_ALLOWED
from app.accounts.models import Organisation
from app.core.db import session
from app.core.web import App
from tests.access.rows import PEOPLE, Row
from tests.access.world import Visitor, World
from tests.test_access_matrix import all_rows

READERS = ("owner", "technician", "head", "settler", "verifier", "chief")
REFUSAL = "本页是为另一个单位打开的"  # "This page was opened for another organisation"
WITHOUT_ACCOUNT = {"anonymous", "lonely"}  # nobody to mix up


class Forms(HTMLParser):
    """The forms of a page that send something: where to, and the hidden fields that say for whom."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self._here = address
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self._inside = values.get("method") == "post"
            if self._inside:
                self.found.append((values.get("action") or self._here, []))
        name = values.get("name") or ""
        if tag == "input" and self._inside and (name == "acting" or name.endswith("-acting")):
            self.found[-1][1].append(values.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


def browser_rows(method: str) -> Iterator[Row]:
    for row in all_rows():
        if row.method == method and not row.endpoint.partition(".")[0].endswith("_api"):
            yield row


def endpoint_of(app: App, action: str) -> str:
    return str(app.url_map.bind("localhost").match(action.partition("?")[0], method="POST")[0])


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_form_on_every_page_says_for_whom_it_was_opened(
    app: App, client: FlaskClient, common_world: World
) -> None:
    visitor, silent, endpoints = Visitor(app, common_world), set(), set()
    for row in browser_rows("GET"):
        address = visitor.address(row.endpoint, row.arguments)
        for who in READERS:
            if row.wanted[who] != 200:
                continue
            answer = visitor.send(who, "GET", address)
            if answer.mimetype != "text/html":
                continue
            code = code_of(visitor, who)
            for action, opened_for in Forms(answer.text, address).found:
                endpoint = endpoint_of(app, action)
                if endpoint in ALWAYS_ALLOWED:
                    continue
                endpoints.add(endpoint)
                if opened_for != [code]:
                    silent.add(f"{row.endpoint}: the form to {endpoint} carries {opened_for}")
    assert not silent, "\n".join(sorted(silent))
    assert len(endpoints) > 50


def code_of(visitor: Visitor, who: str) -> str:
    organisation_id = visitor.world.people[who].organisation_id
    return session.scalars(select(Organisation.code).where(Organisation.id == organisation_id)).one()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_route_takes_a_form_opened_for_another_organisation(
    app: App, client: FlaskClient, common_world: World
) -> None:
    visitor, taken = Visitor(app, common_world), []
    foreign = code_of(visitor, "stranger")
    for row in browser_rows("POST"):
        if row.endpoint in ALWAYS_ALLOWED:
            continue
        reaching = (name for name in PEOPLE if name not in WITHOUT_ACCOUNT | {"stranger"} and row.wanted[name] != 404)
        who = next(reaching, None)
        if who is None:
            continue  # a link that leads nobody anywhere
        for field in ("acting", "copy-acting"):
            form = {**row.form, field: foreign}
            answer = visitor.send(who, "POST", visitor.address(row.endpoint, row.arguments), form)
            if answer.status_code != 409 or REFUSAL not in answer.text:
                taken.append(f"{row.endpoint} {who} {field}: {answer.status_code}")
    assert not taken, "\n".join(taken)
