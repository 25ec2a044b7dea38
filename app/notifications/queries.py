"""What a person has been told."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.db import session
from app.core.policy import ActorLike
from app.notifications.models import Mail, Notification, TextMessage
from app.notifications.telephones import masked


def notices_of(actor: ActorLike, *, unread: bool = False, kinds: Collection[str] | None = None) -> Select[Notification]:
    """Notices to the person, newest first; `kinds` narrows them to some kinds."""
    statement = select(Notification).where(Notification.user_id == actor.user_id)
    if unread:
        statement = statement.where(Notification.read_at.is_(None))
    if kinds is not None:
        statement = statement.where(Notification.kind.in_(kinds))
    return statement.order_by(Notification.created_at.desc(), Notification.id.desc())


def unread_count(user_id: UUID | None) -> int:
    """How many notices the person has not seen; 0 for nobody."""
    if user_id is None:
        return 0
    statement = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return session.scalar(statement) or 0


def kinds_told_to(user_id: UUID) -> list[str]:
    """The kinds of notices a person has had so far."""
    return list(session.scalars(select(Notification.kind).where(Notification.user_id == user_id).distinct()))


def recent_mails(limit: int = 100) -> list[Mail]:
    """The newest mails, sent or not."""
    return list(session.scalars(select(Mail).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit)))


def recent_texts(limit: int = 100) -> list[TextMessage]:
    """The newest text messages, sent or not."""
    newest = select(TextMessage).order_by(TextMessage.created_at.desc(), TextMessage.id.desc())
    return list(session.scalars(newest.limit(limit)))


def text_with(key: str) -> TextMessage | None:
    """The text message of a key."""
    return session.scalars(select(TextMessage).where(TextMessage.key == key)).one_or_none()


def given_up(limit: int = 50) -> list[tuple[datetime, str, str]]:
    """The newest mails and text messages that could not be delivered: when, to whom (numbers masked), and why."""
    mails = select(Mail).where(Mail.failed_at.is_not(None)).order_by(Mail.failed_at.desc()).limit(limit)
    texts = select(TextMessage).where(TextMessage.failed_at.is_not(None)).order_by(TextMessage.failed_at.desc())
    lost: list[Mail | TextMessage] = [*session.scalars(mails), *session.scalars(texts.limit(limit))]
    found = [(one.failed_at, _shown(one), one.error or "") for one in lost if one.failed_at]
    return sorted(found, reverse=True)[:limit]


def _shown(message: Mail | TextMessage) -> str:
    is_number = isinstance(message, TextMessage) and message.body != ""  # else it is masked already
    return masked(message.recipient) if is_number else message.recipient


def waiting_mails() -> dict[str, Any]:
    """How the sending of mail goes: number waiting, number given up, and since when the oldest has been due."""
    return _waiting(Mail)


def waiting_texts() -> dict[str, Any]:
    """The same for text messages."""
    return _waiting(TextMessage)


def _waiting(kind: type[Mail] | type[TextMessage]) -> dict[str, Any]:
    waiting = kind.sent_at.is_(None) & kind.failed_at.is_(None)
    statement = select(
        func.count().filter(waiting),
        func.count().filter(kind.failed_at.is_not(None)),
        func.min(kind.due_at).filter(waiting),
    )
    count, failed, oldest = session.execute(statement).one()
    since: datetime | None = oldest
    return {"waiting": count, "failed": failed, "due_since": since}
