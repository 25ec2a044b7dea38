"""Who may read a file: whoever may read what it belongs to, as the owning module says."""

from collections.abc import Callable
from uuid import UUID

from app.core.policy import ActorLike, rule
from app.files.models import CalendarFeed, StoredFile

MayRead = Callable[[ActorLike, UUID | None], bool]

_subjects: dict[str, MayRead] = {}


def register_subject(kind: str, may_read: MayRead) -> None:
    """Say who may read the files of a kind of thing, e.g. ``register_subject("organisation", may_see_papers)``."""
    _subjects[kind] = may_read


def is_subject(kind: str) -> bool:
    """Whether some module answers for files of this kind."""
    return kind in _subjects


@rule("reader of the subject")
def _subject_reader(actor: ActorLike, file: StoredFile) -> bool:
    may_read = _subjects.get(file.subject_kind)
    return may_read is not None and may_read(actor, file.subject_id)


@rule("owner")
def _feed_owner(actor: ActorLike, feed: CalendarFeed) -> bool:
    return actor.user_id is not None and feed.user_id == actor.user_id


class FilePolicy:
    """One rule per action on a stored file."""

    read = _subject_reader


class CalendarFeedPolicy:
    """One rule per action on the address of a calendar feed."""

    view = _feed_owner
    revoke = _feed_owner
