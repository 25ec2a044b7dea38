"""What tells one instrument of a list from another, in every format: its number, its name, and a mark in the name."""

import hashlib
import re

from app.core.i18n import lazy_gettext as _l
from app.imports.reading import Mark
from app.imports.records import Values

KEY = "asset_no"
NAMES = ("name", "name_zh")

_MARKED = re.compile(r"[\s\-–—:(\[（【]*\b(?:DUPLICATE|[Dd]uplicate)\b[\s)\]）】]*$|\bDUPLICATE\b")


def derived_key(values: Values) -> str:
    """A stable asset number for a row without one: of its name and place."""
    text = "\x1f".join(str(values.get(name, "")).casefold() for name in ("name", "site", "building", "room"))
    return f"auto-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def unmarked(name: str) -> str | None:
    """The name without the word DUPLICATE, None for a name without it."""
    return _MARKED.sub("", name) if _MARKED.search(name) else None


def _marked_sentence(original: int | None) -> object:
    if original is None:
        return _l("the name says DUPLICATE")
    return _l("the name says DUPLICATE; the original is line %(line)s", line=original)


MARK = Mark(unmarked, _marked_sentence)
