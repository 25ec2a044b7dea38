"""Whatever is written into an address: never our fault (500), and no filter is left out in silence.

The walk asks every page and file once for what it reads of its address, and then sends nonsense in just these names.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Request
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse
from werkzeug.utils import cached_property

from app.core.filters import COMMON, words
from app.core.web import App
from tests.access.rows import Row
from tests.access.world import Visitor, World
from tests.test_access_matrix import all_rows

HOSTILE = {
    "huge": "9" * 40,
    "negative": "-1",
    "zero": "0",
    "no sign at all": "%00",
    "half a pair": "%ED%A0%80",
    "no such day": "2026-02-30",
    "before time": "0000-00-00",
    "beyond time": "9999-12-31",
    "SQL": "%27%20OR%201%3D1%20--",
    "HTML": "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "other digits": "%D9%A3",
    "long": "x" * 10_000,
    "a cursor": "bm90IGEgY3Vyc29y",
}
ALWAYS = ("huge", "no sign at all", "half a pair")
NONSENSE, ESCAPED = "no%27such%3Cb%3E", "no&#39;such&lt;b&gt;"
# What pages write into addresses for themselves or to fill a form: left out, nothing of what is shown changes.
NO_FILTERS = {
    "next": "where to go on after signing in; only own paths are taken",
    "left": "says that one has signed out",
    "made": "says that the booking was just made",
    "taken": "says that the time was taken",
    "full": "which four were picked before the fifth",
    "purpose": "fills a form",
    "code": "fills a form",
    "starts_on": "fills a form, which is checked when it is sent",
    "sales": "fills a form, which is checked when it is sent",
}
OWN_PROTOCOL = {"oai.answer": "answers badArgument, as OAI-PMH wants it"}


TOLD: set[tuple[str, object]] = set()


class Listening(ImmutableMultiDict[str, str]):
    """Arguments that note for which names they are asked."""

    heard: set[str] = set()

    def get(self, key: Any, *rest: Any, **more: Any) -> Any:
        self.heard.add(str(key))
        return super().get(key, *rest, **more)

    def getlist(self, key: Any, *rest: Any, **more: Any) -> Any:
        self.heard.add(str(key))
        return super().getlist(key, *rest, **more)

    def __contains__(self, key: object) -> bool:
        self.heard.add(str(key))
        return super().__contains__(key)


class ListeningRequest(Request):
    """A request whose address can be listened to."""

    @cached_property
    def args(self) -> Listening:
        return Listening([*super().args.items(multi=True)])


@pytest.fixture
def visitor(app: App, client: FlaskClient, common_world: World, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    monkeypatch.setattr(app, "request_class", ListeningRequest)
    return Visitor(app, common_world)


def pages() -> Iterator[tuple[str, Row]]:
    """Each GET of the site once, with somebody who sees it; programs have their own tests of input."""
    seen = set()
    for row in all_rows():
        who = next((name for name, status in row.wanted.items() if status == 200), None)
        if row.method == "GET" and who and row.endpoint not in seen and not row.endpoint.endswith(("_api", "static")):
            seen.add(row.endpoint)
            yield who, row


def names_read(visitor: Visitor, who: str, row: Row, path: str) -> list[str]:
    """The names of the address that a page asks for; those of forms are read with the form."""
    Listening.heard.clear()
    visitor.send(who, "GET", path)
    declared = getattr(visitor.app.view_functions[row.endpoint], "asks", {})
    return sorted(({*Listening.heard} | {*declared}) - {"csrf_token", "acting"})


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_address_is_answered_by_a_fault_or_by_silence(visitor: Visitor) -> None:
    wrong, asked = [], 0
    for who, row in pages():
        path = visitor.address(row.endpoint, row.arguments)
        if path.startswith("/api/") or row.endpoint in OWN_PROTOCOL:
            continue
        names = names_read(visitor, who, row, path)
        for label, value in in_turn(asked) if names else ():
            asked += 1
            query = "&".join(f"{name}={value}&{name}[]={value}" for name in names)
            status = visitor.send(who, "GET", f"{path}?{query}").status_code
            if status >= 500:
                wrong.append(f"{row.endpoint} {label}: {status} at {query[:200]}")
        wrong += [f"{row.endpoint}: {name} is left out in silence" for name in silent(visitor, who, row, path, names)]
    assert asked > 300
    assert not wrong, "\n".join(wrong)


def in_turn(asked: int) -> Iterator[tuple[str, str]]:
    """The worst always, of the others two by turns, so that the walk stays short."""
    others = [label for label in HOSTILE if label not in ALWAYS]
    for label in (*ALWAYS, *(others[(asked + step) % len(others)] for step in range(2))):
        yield label, HOSTILE[label]


def silent(visitor: Visitor, who: str, row: Row, path: str, names: list[str]) -> Iterator[str]:
    """The names in which nonsense changes nothing and is not told."""
    checks = {**COMMON, **getattr(visitor.app.view_functions[row.endpoint], "asks", {})}
    for name in names:
        if name in NO_FILTERS or checks.get(name) is words or (name, checks.get(name)) in TOLD:
            continue
        if name in checks:
            TOLD.add((name, checks[name]))  # lists that share a declaration are told alike
        answer = visitor.send(who, "GET", f"{path}{'&' if '?' in path else '?'}{name}={NONSENSE}")
        if answer.status_code == 200 and not is_told(answer):
            yield name


def is_told(answer: TestResponse) -> bool:
    return answer.mimetype == "text/html" and ESCAPED in answer.text
