"""Kinds of notices: each module registers its own with a sentence, an icon and, if it is collected, its hours."""

from collections.abc import Callable, Sequence
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
    label: object
    digest: Digest | None


_kinds: dict[str, Kind] = {}


def register_kind(
    name: str, *, sentence: object, icon: str = "bell", label: object = "", digest: Digest | None = None
) -> Kind:
    """Declare a kind, e.g. ``register_kind("reservation_confirmed", sentence=_l("Booked: %(instrument)s"))``.

    `label` names the kind in the list's filter; kinds with equal labels are filtered together.
    """
    kind = Kind(name, sentence, icon, label or _l("Other"), digest)
    _kinds[name] = kind
    return kind


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
        return str(kind.label)


def icon_of(notice: Notification) -> str:
    """The name of the icon beside the notice."""
    kind = _kinds.get(notice.kind)
    return kind.icon if kind else "bell"
