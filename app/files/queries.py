"""Files of a thing, and the calendar feed behind a token."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.accounts.proofs import digest_of
from app.core.db import session
from app.core.policy import ActorLike
from app.files.models import CalendarFeed, FeedKind, StoredFile


def files_of(subject_kind: str, subject_id: UUID) -> Sequence[StoredFile]:
    """The files of one thing, oldest first. The caller has asked whether the actor may see the thing."""
    statement = select(StoredFile).where(StoredFile.subject_kind == subject_kind, StoredFile.subject_id == subject_id)
    return session.scalars(statement.order_by(StoredFile.created_at, StoredFile.id)).all()


def feed_of(actor: ActorLike, kind: FeedKind, subject_id: UUID | None = None) -> CalendarFeed | None:
    """The actor's live feed of this kind, if there is one. Its address cannot be shown again, only replaced."""
    return session.scalars(
        select(CalendarFeed).where(
            CalendarFeed.user_id == actor.user_id,
            CalendarFeed.kind == kind,
            CalendarFeed.subject_id.is_not_distinct_from(subject_id),
            CalendarFeed.revoked_at.is_(None),
        )
    ).one_or_none()


def find_feed(token: str) -> CalendarFeed | None:
    """The live feed that a token opens, or None; those of a closed account open nothing."""
    statement = (
        select(CalendarFeed)
        .join(User, User.id == CalendarFeed.user_id)
        .where(
            CalendarFeed.token_hash == digest_of(token), CalendarFeed.revoked_at.is_(None), User.disabled_at.is_(None)
        )
    )
    return session.scalars(statement).one_or_none()
