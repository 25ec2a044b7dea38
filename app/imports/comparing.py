"""What an import row would change in a thing that is there already."""

from collections.abc import Mapping
from typing import Any

from app.core.wording import one_line, paragraphs
from app.imports.records import ImportRow

Changes = dict[str, tuple[Any, Any]]
"""Field (or key of `extra`) → old and new value."""


def changes(existing: Mapping[str, Any], row: ImportRow) -> Changes:
    """Fields that differ. What the file leaves empty is left as it is; differences in blanks alone do not count."""
    found: Changes = {}
    for name, value in row.values.items():
        if name == "extra":
            kept = existing["extra"]
            found |= {key: (kept.get(key, ""), new) for key, new in value.items() if kept.get(key) != new}
        elif existing[name] != value and not _same_words(existing[name], value):
            found[name] = (existing[name], value)
    return found


def _same_words(old: Any, new: Any) -> bool:
    return isinstance(old, str) and isinstance(new, str) and new in {one_line(old), paragraphs(old)}
