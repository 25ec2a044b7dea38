"""What a movement is about: modules above say how their things are called and where they are shown."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Subject:
    """The number by which people know a thing, and the endpoint with its arguments that shows it."""

    label: str
    endpoint: str = ""
    arguments: tuple[tuple[str, UUID], ...] = ()


Find = Callable[[Collection[UUID]], Mapping[UUID, Subject]]

_finders: dict[str, Find] = {}
_words: dict[str, object] = {}


def register_subjects(kind: str, find: Find) -> None:
    """Say how the things of a `subject_kind` are found, all of one page in one statement."""
    _finders[kind] = find


def register_movements(words: Mapping[str, object]) -> None:
    """Name kinds of transactions, e.g. ``{"payout_paid": _l("Payout carried out")}``."""
    _words.update(words)


def movement_words(kind: str) -> object:
    """The name of a kind of transaction; the stored word when nobody named it."""
    return _words.get(kind, kind)


def subjects_of(pairs: Iterable[tuple[str, UUID | None]]) -> dict[tuple[str, UUID], Subject]:
    """The things behind (kind, id) pairs; those of unknown kinds are left out."""
    wanted: dict[str, set[UUID]] = {}
    for kind, identity in pairs:
        if identity is not None and kind in _finders:
            wanted.setdefault(kind, set()).add(identity)
    return {
        (kind, identity): subject for kind, ids in wanted.items() for identity, subject in _finders[kind](ids).items()
    }
