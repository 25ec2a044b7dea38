"""Nothing in the application is there for nothing: what only its own tests call is either not wired up or left over."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).resolve().parent.parent
# Called by a library, a decorator's registry, or by the name of a state or a field put together at run time.
REGISTERED = re.compile(r"\.(get|post|route|command)\(|user_loader|subscribe|task|in_background|listens_for")
CALLED_BY_LIBRARIES = {
    "ARGUMENTS_PARSER",
    "DEFAULT_ERROR_RESPONSE_NAME",
    "_register_error_handlers",
    "_serialize",
    "type_annotation_map",
    "csrf_class",
    "get_id",
    "iter_choices",
    "_extract_indices",
    "validate_value",
    "_create_socket",
}
# Named for a reason although nothing calls them yet.
KEPT = {
    "CONFIRM_EMAIL": "a value that rows of earlier releases may hold",
    "balance_through": "what auditors reproduce a statement with, see Statement.cutoff",
    "ALWAYS_OPEN": "a value of WeeklyHours that is named for its tests",
    "NO_EXCEPTIONS": "likewise",
    "offers_internal": "read by the name of a payer class",
    "offers_institution": "likewise",
    "offers_enterprise": "likewise",
    "n_at_once": "read by the name of a filter",
    "n_for_me": "likewise",
}


def names_used() -> Counter[str]:
    """How often each word stands in the application, its templates, scripts and commands."""
    used: Counter[str] = Counter()
    places = [*ROOT.glob("app/**/*.py"), *ROOT.glob("deploy/**/*.py"), *ROOT.glob("migrations/*.py"), ROOT / "wsgi.py"]
    places += [path for path in ROOT.glob("app/**/templates/**/*") if path.is_file()]
    places += [*ROOT.glob("app/**/*.typ"), *ROOT.glob("static/js/*.js"), ROOT / "setup.cfg"]
    for path in places:
        used.update(re.findall(r"\b[A-Za-z_]\w*\b", path.read_text(encoding="utf-8")))
    return used


def declared(body: list[ast.stmt]) -> Iterator[str]:
    """Functions, classes, methods and variables of a module or class that no decorator hands to somebody."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            if not REGISTERED.search(" ".join(map(ast.unparse, node.decorator_list))):
                yield node.name
            if isinstance(node, ast.ClassDef):
                yield from declared(node.body)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


@pytest.mark.nodb
def test_nothing_is_declared_that_nothing_uses() -> None:
    used = names_used()
    lonely = {
        name: path.relative_to(ROOT).as_posix()
        for path in sorted(ROOT.glob("app/**/*.py"))
        for name in declared(ast.parse(path.read_text(encoding="utf-8")).body)
        if used[name] <= 1 and not name.startswith("__") and not hasattr(Flask, name)
    }
    assert {name: place for name, place in lonely.items() if name not in CALLED_BY_LIBRARIES | KEPT.keys()} == {}
    assert CALLED_BY_LIBRARIES | KEPT.keys() <= lonely.keys(), "these are used again, or gone"


def templates() -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in ROOT.glob("app/**/templates/**/*") if path.is_file()}


@pytest.mark.nodb
def test_every_macro_is_called() -> None:
    pages = templates()
    words = Counter(re.findall(r"\w+", "\n".join(pages.values())))
    words.update(re.findall(r"\w+", "\n".join(path.read_text("utf-8") for path in ROOT.glob("app/**/*.py"))))
    silent = [
        f"{path.name}: {macro}"
        for path, text in pages.items()
        for macro in re.findall(r"\{%-?\s*macro (\w+)", text)
        if words[macro] <= 1
    ]
    assert not silent


@pytest.mark.nodb
def test_every_style_is_worn() -> None:
    """Class names are written out in pages, scripts and code, or begin with what stands before a variable."""
    styles = "".join(path.read_text("utf-8") for path in ROOT.glob("static/css/**/*.css"))
    styles = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", styles, flags=re.S)
    places = [*templates().values()]
    places += [path.read_text("utf-8") for path in (*ROOT.glob("app/**/*.py"), *ROOT.glob("static/js/**/*.js"))]
    text = "\n".join(places)
    written = set(re.findall(r"[a-zA-Z][\w-]*", text)) | {"htmx-request"}  # put on by htmx
    begun = tuple(set(re.findall(r"([a-z][\w-]*-)(?:\{\{|['\"]\s*~|\$?\{)", text)))
    worn_by_nobody = {
        name for name in re.findall(r"\.([a-zA-Z][\w-]*)", styles) if name not in written and not name.startswith(begun)
    }
    assert not worn_by_nobody
