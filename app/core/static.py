"""Styles, scripts and pictures: answered before the application is asked, under an address that names their contents.

A page is made of some sixty such files. Below `/static/<release>/` a browser keeps them for good, because another
release has other addresses; a style finds what it imports below the same address.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from wsgiref.headers import Headers
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = Path(__file__).resolve().parents[2] / "static"
SECONDS = 300
"""How long a file is used without asking again where its address does not say which one it is."""
SOME_RELEASE = re.compile(r"/static/([0-9a-f]{12})(?=/)")


def release_of(folder: Path = FOLDER) -> str:
    """Twelve digits that change whenever a file of ours changes, or a version of what the lock file installs."""
    total = hashlib.sha256()
    own = (file for file in folder.rglob("*") if file.is_file() and file.relative_to(folder).parts[0] != "vendor")
    for file in sorted([*own, *folder.glob("vendor/manifest.json")]):
        total.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:12]


def shown_folders(folder: Path = FOLDER) -> Iterator[str]:
    """Where a browser finds something: our own files and installed scripts. Icons and fonts are for templates."""
    yield from ("css", "js", "img")
    manifest = folder / "vendor" / "manifest.json"
    installed: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    yield from sorted({f"vendor/{Path(path).parent}" for path in installed.values() if path.endswith(".js")})


class StaticFiles(WhiteNoise):  # type: ignore[misc]  # it is not typed
    """Files below `/static/`, kept for good under their own release; every other request goes on to `application`."""

    def __init__(
        self, application: "WSGIApplication", folder: Path, release: str, *, headers: Mapping[str, str], live: bool
    ) -> None:
        """`live`: somebody works at the files, so they are read anew each time and kept by nobody for long."""
        self.release = release

        def carry(carried: "Headers", _path: str, _url: str) -> None:
            for name, value in headers.items():
                carried[name] = value

        super().__init__(
            application, autorefresh=live, max_age=0 if live else SECONDS, allow_all_origins=False,
            add_headers_function=carry,
            immutable_file_test=lambda _path, url: not live and url.startswith(f"/static/{release}/"),
        )  # fmt: skip
        for below in shown_folders(folder):
            for prefix in ("static", f"static/{release}"):
                self.add_files(str(folder / below), f"{prefix}/{below}")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """What a page of another release asks for while processes are being replaced is given as it is now."""
        named = SOME_RELEASE.match(environ.get("PATH_INFO", ""))
        if named and named[1] != self.release:
            environ = {**environ, "PATH_INFO": "/static" + environ["PATH_INFO"][named.end() :]}
        answer: Iterable[bytes] = super().__call__(environ, start_response)
        return answer


def init_static(app: Flask, release: str, headers: Mapping[str, str]) -> None:
    """Let `app`, whose addresses of files name `release`, give them out, each with these headers."""
    live = app.debug  # `flask run --debug`
    app.wsgi_app = StaticFiles(app.wsgi_app, FOLDER, release, headers=headers, live=live)  # type: ignore[method-assign]
