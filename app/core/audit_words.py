"""How the fields and values of audit entries are called: each module declares what its operations record.

A value is worded by its field: amounts in minor units, instants, states and roles have words of their own; what nobody
declared is shown as it is stored.
"""

from collections.abc import Callable, Mapping
from typing import Any

Word = Callable[[Any], object]

_labels: dict[tuple[str, str], object] = {}
_values: dict[tuple[str, str], Word] = {}


def register_changes(
    kind: str, labels: Mapping[str, object], values: Mapping[str, Mapping[Any, object] | Word] | None = None
) -> None:
    """Name the fields that entries about a kind of thing (its table's name, ``""`` for none) carry.

    `values` words stored values: a mapping from stored value to word, or a function.
    """
    for field, label in labels.items():
        _labels[kind, field] = label
    for field, words in (values or {}).items():
        _values[kind, field] = words if callable(words) else _looked_up(words)


def _looked_up(words: Mapping[Any, object]) -> Word:
    known = {str(stored): word for stored, word in words.items()}
    return lambda value: known.get(str(value), value)


def field_words(kind: str, field: str) -> object | None:
    """The name of a field in entries about a kind of thing; None when nobody named it."""
    return _labels.get((kind, field))


def value_words(kind: str, field: str, value: Any) -> str:
    """A stored value as it is shown; lists item by item, nothing as a dash."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(value_words(kind, field, one) for one in value)
    word = _values.get((kind, field))
    return str(word(value) if word else value)
