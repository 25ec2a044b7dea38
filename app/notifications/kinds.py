"""Kinds of notices: each module registers its own with a sentence, an icon and, if it is collected, its hours."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import time
from uuid import UUID

from app.core.i18n import lazy_gettext as _l
from app.notifications.models import Notification
from app.notifications.parameters import to_words

Composer = Callable[["DigestPart"], tuple[str, str] | None]


@dataclass(frozen=True)
class DigestPart:
    """What a collected mail is made from: the person, and the keys of those notices nobody has read yet."""

    user_id: UUID
    organisation_id: UUID | None
    locale: str
    keys: Sequence[str]


@dataclass(frozen=True)
class Digest:
    """When the mails of a kind are collected and how one is composed.

    `compose` reads the state anew and returns (subject, body), or None when nothing is left to say.
    """

    hours: Sequence[time]
    compose: Composer


@dataclass(frozen=True)
class Kind:
    """One kind of notice. `sentence` is lazy and filled with the notice's parameters."""

    name: str
    sentence: object
    icon: str
    topic: str
    digest: Digest | None


_kinds: dict[str, Kind] = {}
_topics: dict[str, object] = {}


def register_topic(name: str, label: object) -> None:
    """Declare what kinds can be about; people filter their notices by it."""
    _topics[name] = label


def register_kind(
    name: str, *, sentence: object, icon: str = "bell", topic: str = "other", digest: Digest | None = None
) -> Kind:
    """Declare a kind, e.g. ``register_kind("reservation_confirmed", sentence=_l("Booked: %(instrument)s"))``.

    `icon` is the name of a lucide icon; `topic` was declared with `register_topic`.
    """
    kind = Kind(name, sentence, icon, topic, digest)
    _kinds[name] = kind
    return kind


def topics_of(names: Collection[str]) -> dict[str, object]:
    """The topics (name and label) that these kinds are about, in the order of their declaration."""
    used = {_kinds[name].topic if name in _kinds else "other" for name in names}
    known = {name: label for name, label in _topics.items() if name in used}
    return known | ({"other": _l("Other matters")} if used - set(known) else {})


def known_topics() -> list[str]:
    """The names of all topics."""
    return [*_topics, "other"]


def kinds_about(topic: str) -> list[str]:
    """The names of the kinds about a topic."""
    return [name for name, kind in _kinds.items() if topic == (kind.topic if kind.topic in _topics else "other")]


def kind_of(name: str) -> Kind:
    """The registered kind. Raises KeyError for one that nobody registered."""
    return _kinds[name]


def kinds() -> Sequence[Kind]:
    """All registered kinds."""
    return list(_kinds.values())


def sentence_of(notice: Notification) -> str:
    """The notice in the current language; a kind that no longer exists is shown by its name."""
    kind = _kinds.get(notice.kind)
    if kind is None:
        return notice.kind
    try:
        return str(kind.sentence) % to_words(notice.parameters)
    except (KeyError, TypeError, ValueError):
        return str(kind.sentence)


def icon_of(notice: Notification) -> str:
    """The name of the icon beside the notice."""
    kind = _kinds.get(notice.kind)
    return kind.icon if kind else "bell"
