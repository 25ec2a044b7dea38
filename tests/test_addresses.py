"""Addresses that code writes by hand, for notices, mails, calendars and search engines, lead to pages of this site."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect

from app.core.ids import uuid7
from app.core.web import App

ROOT = Path(__file__).resolve().parent.parent
# Modules whose texts with a slash are no pages: beginnings of addresses, folders, patterns of files.
OTHERS = {"app/core/problems.py", "app/core/database.py", "app/site/sitemap.py", "app/accounts/people/views.py"}
ROUTED = {"get", "post", "route", "add_url_rule", "Blueprint"}
STAND_INS = (str(uuid7()), "1", "token", "2026-11")


def written(path: Path) -> Iterator[str]:
    """Texts that look like an address, with ``{}`` for what is put in; those that declare a route are left out."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    routes = {inner for call in calls if called(call) in ROUTED for inner in ast.walk(call)}
    parts = {part for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(module):
        if node in routes or node in parts:
            continue
        text = ""
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        if re.fullmatch(r"/(?!static\b)[a-z-]+(/[a-z-]+|/\{\})*(\?.*)?", text):
            yield text.partition("?")[0]


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def leads_somewhere(site: MapAdapter, address: str) -> bool:
    for stand_in in STAND_INS:
        try:
            site.match(address.replace("{}", stand_in), method="GET")
        except (MethodNotAllowed, RequestRedirect):
            return True
        except NotFound:
            continue
        return True
    return False


def addresses() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name not in OTHERS and not name.startswith("app/demo/"):
            found += [(name, address) for address in written(path)]
    return found


def test_every_address_written_by_hand_is_a_page(app: App) -> None:
    site, found = app.url_map.bind("localhost"), addresses()
    assert len(found) > 30
    assert not [(name, address) for name, address in found if not leads_somewhere(site, address)]
