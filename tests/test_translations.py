"""Both languages are complete: every text of the sources has its Chinese, and no text has two."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists())
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS: dict[str, Any] = {"_": None, "_l": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None}
OPTIONS = {path: {"extensions": "", "silent": "false"} for path, method in METHODS if method == "jinja2"}
HAN = "\u4e00-\u9fff"

pytestmark = pytest.mark.nodb


def sources(module: Path) -> set[str]:
    found = extract_from_dir(str(module), method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _notes, _context in found}


def catalogue(module: Path) -> dict[str, tuple[str, ...]]:
    path = module / "translations" / "zh_CN" / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as stream:
        messages = read_po(stream, locale="zh_CN")
    return {
        (message.id if isinstance(message.id, str) else message.id[0]): (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in messages
        if message.id and not message.fuzzy
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_every_text_has_its_chinese(module: Path) -> None:
    known = catalogue(module)
    missing = sorted(text for text in sources(module) if not any(known.get(text, ())))
    assert not missing


def test_a_text_has_the_same_chinese_everywhere() -> None:
    meanings: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for module in MODULES:
        for text, chinese in catalogue(module).items():
            if any(chinese):
                meanings[text].add(chinese)
    assert not {text: found for text, found in meanings.items() if len(found) > 1}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_placeholders_survive_translation(module: Path) -> None:
    holders = re.compile(r"%\(\w+\)s|%%")
    broken = {
        text: chinese
        for text, forms in catalogue(module).items()
        for chinese in forms
        if chinese and not set(holders.findall(chinese)) <= set(holders.findall(text)) | {"%(num)s", "%%"}
    }
    assert not broken


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_nobody_types_a_gap_between_han_and_latin(module: Path) -> None:
    gap = re.compile(rf"[{HAN}] +[A-Za-z0-9]|[A-Za-z0-9] +[{HAN}]")
    gaps = {text: chinese for text, forms in catalogue(module).items() for chinese in forms if gap.search(chinese)}
    assert not gaps
