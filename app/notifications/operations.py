"""Telling people. A key makes every notice and every mail unique, so a repeated event tells nothing twice."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import Wake, session, unit_of_work
from app.core.i18n import DEFAULT_LOCALE, LOCALES
from app.core.ids import uuid7
from app.core.policy import ActorLike
from app.notifications.delivery import set_back
from app.notifications.kinds import kind_of
from app.notifications.mailers import Mailer, MailRefused, MailServerAway
from app.notifications.models import DigestEntry, Mail, Notification
from app.notifications.parameters import to_json
from app.notifications.rendering import render_mail
from app.notifications.settings import settings

__all__ = [
    "Attachment", "drop_mails", "forget_mail_texts", "mailer_wake", "mark_all_read", "mark_read", "notify",
    "queue_digest", "queue_mail", "render_mail", "send_due_mails",
]  # fmt: skip

log = structlog.get_logger()

_OWN_PATH = re.compile(r"/(?![/\\])[^\\\s]*\Z")
mailer_wake = Wake()  # the sending task, woken when mails are committed


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; `media_type` may carry parameters, e.g. ``text/calendar; method=REQUEST``."""

    name: str
    media_type: str
    content: bytes


def queue_mail(
    *,
    key: str,
    recipient: str,
    locale: str | None,
    subject: str,
    body: str,
    attachments: Sequence[Attachment] = (),
    unsubscribe_url: str = "",
) -> bool:
    """Have a mail sent after the commit; returns whether it is new. The same key queues nothing a second time.

    `unsubscribe_url` ends a series of mails by POST without a session, for the button of mail programs (RFC 8058).
    """
    added = session.scalar(
        insert(Mail)
        .values(
            id=uuid7(),
            key=key,
            recipient=recipient,
            subject=" ".join(subject.split()),
            body=body,
            unsubscribe_url=unsubscribe_url,
            locale=locale if locale in LOCALES else DEFAULT_LOCALE,
            attachments=[
                {"name": each.name, "media_type": each.media_type, "content": base64.b64encode(each.content).decode()}
                for each in attachments
            ],
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(Mail.id)
    )
    if added is not None:
        mailer_wake.after_commit()
    return added is not None


def notify(
    user_id: UUID,
    organisation_id: UUID | None,
    kind: str,
    key: str,
    parameters: Mapping[str, Any],
    url: str = "",
) -> bool:
    """Tell a person something in the application; returns whether it is new.

    `key` is unique per person, e.g. ``reservation_confirmed:<id>``. Money, periods, instants and dates among the
    parameters are worded when the notice is read. `url` is a path of this site. Raises KeyError for an unknown kind.
    """
    statement = insert(Notification).values(
        id=uuid7(),
        user_id=user_id,
        organisation_id=organisation_id,
        kind=kind_of(kind).name,
        key=key,
        parameters=to_json(parameters),
        url=url if _OWN_PATH.match(url) else "",
    )
    added = session.scalar(
        statement.on_conflict_do_nothing(index_elements=["user_id", "key"]).returning(Notification.id)
    )
    return added is not None


def queue_digest(
    user_id: UUID,
    organisation_id: UUID | None,
    kind: str,
    key: str,
    *,
    recipient: str,
    locale: str | None,
) -> bool:
    """Let the notice `key` of a person wait for the next collected mail of its kind; returns whether it is new.

    The notice itself is told with `notify`. If it is read before the hour of the kind's digest, nothing is mailed.
    """
    if kind_of(kind).digest is None:
        raise ValueError(f"{kind} was registered without a digest")
    statement = insert(DigestEntry).values(
        id=uuid7(),
        kind=kind,
        user_id=user_id,
        organisation_id=organisation_id,
        key=key,
        recipient=recipient,
        locale=locale if locale in LOCALES else DEFAULT_LOCALE,
    )
    added = session.scalar(
        statement.on_conflict_do_nothing(index_elements=["user_id", "key"]).returning(DigestEntry.id)
    )
    return added is not None


def mark_read(actor: ActorLike, notice: Notification) -> None:
    """Remember that the person has seen a notice."""
    if notice.user_id == actor.user_id and notice.read_at is None:
        notice.read_at = now()
        session.flush()


def mark_all_read(actor: ActorLike) -> int:
    """Remember that the person has seen everything told so far; returns how many notices were unread."""
    marked = session.scalars(
        update(Notification)
        .where(Notification.user_id == actor.user_id, Notification.read_at.is_(None))
        .values(read_at=func.clock_timestamp())
        .returning(Notification.id)
    )
    return len(marked.all())


def forget_mail_texts() -> int:
    """Erase texts and files of mails sent longer ago than the setting says; the rows stay and keep their keys taken."""
    border = now() - timedelta(days=settings.number("mail_kept_days"))
    erased = session.scalars(
        update(Mail)
        .where(Mail.sent_at < border, Mail.body != "")
        .values(body="", subject="", attachments=[], unsubscribe_url="")
        .returning(Mail.id)
    )
    return len(erased.all())


def drop_mails(keys: Sequence[str]) -> None:
    """Forget these mails wholly, address and all, sent or not, because whoever got them wants no more of them."""
    session.execute(delete(Mail).where(Mail.key.in_(keys)))


def send_due_mails(mailer: Mailer, limit: int = 500) -> int:
    """Send what is due, each mail in its own transaction; returns how many went out.

    Several senders may run at once: rows are taken with SKIP LOCKED. A failure is tried again with growing pauses
    and set aside after ten attempts; a server that is away ends the run.
    """
    sent = 0
    for _attempt in range(limit):
        with unit_of_work():
            outcome = _send_next(mailer)
        if outcome is None:
            break
        sent += outcome
    return sent


def _send_next(mailer: Mailer) -> bool | None:
    """Send one due mail: True when it went out, False when it was refused, None when there is nothing to go on with."""
    mail = session.scalars(
        select(Mail)
        .where(Mail.sent_at.is_(None), Mail.failed_at.is_(None), Mail.due_at <= now())
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if mail is None:
        return None
    mail.attempts += 1
    try:
        mailer.send(mail)
    except MailRefused as refusal:
        set_back(mail, refusal, final=refusal.is_permanent)
        return False
    except MailServerAway as fault:
        set_back(mail, fault, final=False)
        return None
    mail.sent_at = now()
    mail.error = None
    return True
