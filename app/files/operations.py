"""Keeping uploads, and giving out addresses of calendar feeds."""

import hashlib
import uuid
from collections.abc import Collection
from typing import BinaryIO
from uuid import UUID

from app.accounts.proofs import digest_of
from app.core.audit import record
from app.core.clock import now
from app.core.db import on_commit, session
from app.core.errors import Invalid, Unauthenticated
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token
from app.core.policy import ActorLike, ensure
from app.files.kinds import DOCUMENTS, MEDIA_TYPES, FileKind, clean_name, recognise
from app.files.models import CalendarFeed, FeedKind, StoredFile
from app.files.policy import CalendarFeedPolicy, FilePolicy, is_subject
from app.files.queries import feed_of
from app.files.store import file_store

MAX_BYTES = 10 * 1024 * 1024


def store_file(
    actor: ActorLike,
    name: str,
    content: bytes | BinaryIO,
    *,
    subject_kind: str,
    subject_id: UUID | None,
    allowed: Collection[FileKind] = DOCUMENTS,
    max_bytes: int = MAX_BYTES,
) -> StoredFile:
    """Keep an upload for a thing whose module has asked whether the actor may add to it.

    The kind is told by the content. Raises Invalid (field `file`) when it is empty, larger than `max_bytes`, damaged,
    not of an allowed kind, or not what its name says; ValueError for a subject that no module answers for.
    """
    if not is_subject(subject_kind):
        raise ValueError(f"nobody says who may read files of {subject_kind!r}")
    data = _read(content, max_bytes)
    kind = recognise(data)
    if kind is None or kind not in allowed:
        kinds = ", ".join(sorted(each.upper() for each in allowed))
        sentence = _l("This kind of file is not taken here. Allowed: %(kinds)s.", kinds=kinds)
        raise Invalid(sentence, code="wrong_kind", field="file")
    number = uuid.uuid4().hex
    stored = StoredFile(
        organisation_id=actor.organisation_id,
        uploaded_by_id=actor.user_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        name=clean_name(name, kind),
        media_type=MEDIA_TYPES[kind],
        size=len(data),
        digest=hashlib.sha256(data).hexdigest(),
        storage_key=f"{number[:2]}/{number}",
    )
    session.add(stored)
    session.flush()
    record(actor, "file.store", stored, {"name": [None, stored.name], "digest": [None, stored.digest]})
    file_store().write(stored.storage_key, data)
    return stored


def open_file(actor: ActorLike, stored: StoredFile) -> BinaryIO:
    """The bytes of a file that the actor may read. Raises Forbidden otherwise."""
    ensure(actor, FilePolicy.read, stored)
    return file_store().open(stored.storage_key)


def remove_file(actor: ActorLike, stored: StoredFile) -> None:
    """Forget a file of a thing whose module has asked whether the actor may; the bytes go after the commit."""
    record(actor, "file.remove", stored, {"name": [stored.name, None]})
    key, store = stored.storage_key, file_store()
    session.delete(stored)
    session.flush()
    on_commit(lambda: store.remove(key))


def create_feed(actor: ActorLike, kind: FeedKind, subject_id: UUID | None = None) -> tuple[CalendarFeed, str]:
    """A new address for the actor's feed of this kind; an older one stops working. The token is shown only now."""
    if actor.user_id is None:
        raise Unauthenticated(_l("Sign in first."))
    old = feed_of(actor, kind, subject_id)
    if old is not None:
        revoke_feed(actor, old)
    token = secret_token()
    feed = CalendarFeed(token_hash=digest_of(token), kind=kind, user_id=actor.user_id, subject_id=subject_id)
    session.add(feed)
    session.flush()
    record(actor, "calendar_feed.create", feed)
    return feed, token


def revoke_feed(actor: ActorLike, feed: CalendarFeed) -> None:
    """Make an address stop working at once."""
    ensure(actor, CalendarFeedPolicy.revoke, feed)
    if feed.revoked_at is None:
        feed.revoked_at = now()
        session.flush()
        record(actor, "calendar_feed.revoke", feed)


def _read(content: bytes | BinaryIO, max_bytes: int) -> bytes:
    data = content if isinstance(content, bytes) else content.read(max_bytes + 1)
    if not data.strip():
        raise Invalid(_l("This file is empty."), code="empty_file", field="file")
    if len(data) > max_bytes:
        size = max(1, max_bytes // 1_048_576)
        raise Invalid(_l("This file is larger than %(size)s MB.", size=size), code="file_too_large", field="file")
    return data
