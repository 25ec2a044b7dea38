"""Values that an address repeats, and the tray of things picked to compare: read alike by every list that has one."""

from collections.abc import Sequence
from uuid import UUID

from werkzeug.datastructures import MultiDict

MOST_VALUES = 30
MOST_PICKED = 4


def values_of(texts: Sequence[str]) -> tuple[str, ...]:
    """What an argument holds each time it is given: once each, short, and not too many."""
    return tuple(dict.fromkeys(text[:40] for text in texts if text))[:MOST_VALUES]


def read_picks(arguments: MultiDict[str, str]) -> tuple[tuple[UUID, ...], bool]:
    """The things picked to compare, at most four, and whether one more was refused.

    `full` names the four that were there before, so that it is the fifth that is refused, wherever it stands.
    """
    ticked = _identities(arguments.getlist("pick"))
    before = [each for each in _identities(arguments.get("full", "")[:200].split(",")) if each in ticked]
    ordered = tuple(dict.fromkeys((*before, *ticked)))
    return ordered[:MOST_PICKED], len(ordered) > MOST_PICKED


def _identities(texts: Sequence[str]) -> tuple[UUID, ...]:
    found = []
    for text in texts[:MOST_VALUES]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
