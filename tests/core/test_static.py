"""Styles, scripts and pictures: kept for good under the address of a release, and found from within a style too."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from flask import url_for
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from app.core.static import FOLDER, SECONDS, STYLE, StaticFiles, release_of, shown_folders
from app.core.templating import asset_url
from app.core.web import FIXED_HEADERS, App

IMPORTED = re.compile(r'from "(\.[^"]+)"')
FOR_GOOD = "immutable"


def got(client: Client, path: str) -> TestResponse:
    """The answer, read to its end."""
    with closing(client.get(path)) as answer:
        answer.get_data()
        return answer


def test_every_file_that_a_page_is_made_of_is_kept_for_good(client: FlaskClient, app: App) -> None:
    with app.test_request_context():
        first = [url_for("static", filename=name) for name in ("css/site.css", "js/main.js")]
        others = [asset_url("htmx")]
    asked: list[str] = []
    waiting = first + others
    while waiting:
        address = waiting.pop()
        asked.append(address)
        answer = got(client, address)
        assert answer.status_code == 200, address
        assert FOR_GOOD in answer.headers["Cache-Control"]
        assert FIXED_HEADERS.items() <= dict(answer.headers).items()
        assert "Set-Cookie" not in answer.headers
        if address not in others:
            names = ["".join(either) for either in IMPORTED.findall(answer.text)]
            folder = address.rsplit("/", 1)[0]
            waiting += [
                each for name in names if (each := f"{folder}/{name.removeprefix('./')}") not in asked + waiting
            ]
    assert len(asked) > 15


def test_a_page_waits_for_one_style_with_all_in_it(client: FlaskClient, app: App) -> None:
    with app.test_request_context():
        answer = got(client, url_for("static", filename=STYLE))
    assert "@import" not in answer.text
    assert "url(" not in answer.text.replace("url(data:", "")  # it would be looked for beside site.css
    files = sorted((FOLDER / "css").rglob("*.css"))
    assert len(files) > 40
    for file in files:
        if file.name != "site.css":
            assert answer.text.count(file.read_text()) == 1, file


def test_what_another_release_asks_for_is_given_but_not_for_good(client: FlaskClient) -> None:
    for prefix in ("/static", "/static/0123456789ab"):
        answer = got(client, f"{prefix}/css/tokens.css")
        assert answer.data == (FOLDER / "css" / "tokens.css").read_bytes()
        assert answer.headers["Cache-Control"] == f"max-age={SECONDS}, public"


@pytest.mark.parametrize(
    "path",
    ["/static/nowhere.css", "/static/0123456789ab/nowhere.css", "/static/css/", "/static/css/../../setup.cfg",
     "/static/css/%2e%2e/%2e%2e/setup.cfg", "/static/vendor/manifest.json"],
)  # fmt: skip
def test_nothing_else_is_given_out(client: FlaskClient, path: str) -> None:
    answer = got(client, path)
    assert answer.status_code == 404
    assert "<main" in answer.text


@pytest.mark.nodb
def test_a_change_of_any_file_is_another_release(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    (tmp_path / "vendor").mkdir()
    style, manifest, big = (tmp_path / name for name in ("css/a.css", "vendor/manifest.json", "vendor/big.ttf"))
    style.write_text("a{}")
    releases = {release_of(tmp_path)}
    for change in (
        lambda: style.write_text("b{}"),
        lambda: style.rename(tmp_path / "css" / "b.css"),
        lambda: manifest.write_text('{"htmx": "htmx@3/htmx.js"}'),
    ):
        change()
        releases.add(release_of(tmp_path))
    assert len(releases) == 4
    big.write_text("a font is named by its version in the manifest")
    assert release_of(tmp_path) in releases
    assert list(shown_folders(tmp_path)) == ["css", "js", "img", "vendor/htmx@3"]


@pytest.mark.nodb
def test_who_works_at_a_style_sees_it_at_once(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    style = tmp_path / "css" / "site.css"
    style.write_text("a{}")
    files = StaticFiles(lambda _environ, _start: [], tmp_path, "0123456789ab", headers={}, live=True)
    asking = Client(files)
    assert got(asking, "/static/0123456789ab/css/site.css").text == "a{}"
    style.write_text("a{color: red}")
    answer = got(asking, "/static/0123456789ab/css/site.css")
    assert (answer.text, answer.headers["Cache-Control"]) == ("a{color: red}", "max-age=0, public")
