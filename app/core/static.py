"""Styles, scripts and pictures: answered before the application is asked, under an address that names their contents.

Below `/static/<release>/` a browser keeps them for good, because another release has other addresses; a script finds
what it imports below the same address. The style comes in one piece, which a page need wait for only once.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.wrappers import Response
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from wsgiref.headers import Headers
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = Path(__file__).resolve().parents[2] / "static"
SECONDS = 300
"""How long a file is used without asking again where its address does not say which one it is."""
OWN = ("css", "js", "img")
STYLE = "css/site.css"
IMPORTED = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\)(?: (\w+))?;')
SOME_RELEASE = re.compile(r"/static/([0-9a-f]{12})(?=/)")


def release_of(folder: Path = FOLDER) -> str:
    """Twelve digits that change whenever a file of ours changes, or a version of what the lock file installs."""
    total = hashlib.sha256()
    own = (file for below in OWN for file in (folder / below).rglob("*") if file.is_file())
    for file in sorted([*own, *folder.glob("vendor/manifest.json")]):
        total.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return total.hexdigest()[:12]


def shown_folders(folder: Path = FOLDER) -> Iterator[str]:
    """Where a browser finds something: our own files and installed scripts. Icons and fonts are for templates."""
    yield from OWN
    manifest = folder / "vendor" / "manifest.json"
    installed: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    yield from sorted({f"vendor/{Path(path).parent}" for path in installed.values() if path.endswith(".js")})


def whole_style(folder: Path = FOLDER) -> str:
    """`site.css` with every file that it imports put in, in its layer."""
    style = folder / STYLE

    def put_in(found: re.Match[str]) -> str:
        name, layer, medium = found.groups()
        text = f"@layer {layer} {{\n{(style.parent / name).read_text(encoding='utf-8')}}}"
        return f"@media {medium} {{\n{text}\n}}" if medium else text

    return IMPORTED.sub(put_in, style.read_text(encoding="utf-8"))


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
        kept = f"max-age={self.FOREVER}, public, immutable"
        self.style = Response(whole_style(folder), mimetype="text/css", headers={**headers, "Cache-Control": kept})
        self.style_address = f"/static/{release}/{STYLE}" if not live else ""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """What a page of another release asks for while processes are being replaced is given as it is now."""
        named = SOME_RELEASE.match(environ.get("PATH_INFO", ""))
        if named and named[1] != self.release:
            environ = {**environ, "PATH_INFO": "/static" + environ["PATH_INFO"][named.end() :]}
        if environ.get("PATH_INFO") == self.style_address and environ["REQUEST_METHOD"] in {"GET", "HEAD"}:
            return self.style(environ, start_response)
        answer: Iterable[bytes] = super().__call__(environ, start_response)
        return answer


def init_static(app: Flask, release: str, headers: Mapping[str, str]) -> None:
    """Let `app`, whose addresses of files name `release`, give them out, each with these headers."""
    live = app.debug  # `flask run --debug`
    app.wsgi_app = StaticFiles(app.wsgi_app, FOLDER, release, headers=headers, live=live)  # type: ignore[method-assign]
