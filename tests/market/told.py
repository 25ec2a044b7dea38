"""What somebody was told: notices in the application, read in their language, and mails."""

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.db import session
from app.core.events import OutboxMessage, relay
from app.notifications.models import Mail, Notification
from app.notifications.telling import sentence_of


def heard() -> None:
    """Let every handler hear what has been announced, and hear it once more, as after a crash."""
    session.flush()
    before = set(session.scalars(select(OutboxMessage.id).where(OutboxMessage.handled_at.is_not(None))))
    while relay():
        pass
    for message in session.scalars(select(OutboxMessage).where(OutboxMessage.id.not_in(before))):
        assert message.error is None, message.error
        message.handled_at = None
    session.flush()
    while relay():
        pass
    session.expire_all()


def told(person: Actor, *about: str) -> list[str]:
    """The sentences of somebody's notices in their language, oldest first; only of kinds that begin so."""
    assert person.user is not None
    rows = session.scalars(select(Notification).where(Notification.user_id == person.user_id).order_by(Notification.id))
    return [
        sentence_of(row.kind, person.user.locale, row.parameters) for row in rows if row.kind.startswith(about or ("",))
    ]


def mails(person: Actor | str) -> list[Mail]:
    """The mails to somebody, oldest first."""
    address = person if isinstance(person, str) else person.user.email if person.user else ""
    return list(session.scalars(select(Mail).where(Mail.recipient == address).order_by(Mail.id)))


def subjects(person: Actor | str) -> list[str]:
    """The subjects of the mails to somebody, oldest first."""
    return [mail.subject for mail in mails(person)]
