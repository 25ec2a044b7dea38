"""Text messages: queued with a key, limited by the hour, handed over at most once, given up when they are of no use."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.config import Config
from app.core.clock import now
from app.core.db import Wake, hold_key, session, unit_of_work
from app.core.errors import TooMany
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.notifications.delivery import set_back
from app.notifications.models import TextMessage
from app.notifications.settings import settings
from app.notifications.telephones import masked
from app.notifications.texters import GatewayAway, OutgoingText, Texter, TextRefused, TextUncertain, texter_for

log = structlog.get_logger()

HOUR = timedelta(hours=1)
HANDING_OVER = timedelta(minutes=5)  # longer than any gateway takes: whoever claimed it has ended meanwhile
texter_wake = Wake()  # the sending task, woken when text messages are committed


def texter_of(config: Config) -> Texter | None:
    """The texter of a deployment; None where no text message can be sent. Raises ValueError for a bad SMS_URL."""
    folder = config.files_root.parent / "text-messages"
    return texter_for(config.sms_url, config.sms_from, folder, is_production=config.is_production)


def configured_texter() -> Texter | None:
    """The texter of this deployment, or None."""
    return texter_of(current_app.config["JISHI"])


def can_text() -> bool:
    """Whether this deployment can send text messages at all; where it cannot, no page speaks of them."""
    return configured_texter() is not None


def queue_text(*, key: str, recipient: str, body: str, expires_at: datetime) -> bool:
    """Have a text message sent after the commit; returns whether it is new. The same key queues nothing again.

    `recipient` is an E.164 number. Raises TooMany when the number, or all together, had enough within the hour.
    """
    _take_turn(recipient)
    added = session.scalar(
        insert(TextMessage)
        .values(id=uuid7(), key=key, recipient=recipient, body=body, expires_at=expires_at)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(TextMessage.id)
    )
    if added is not None:
        texter_wake.after_commit()
    return added is not None


def forget_texts() -> int:
    """Erase number and text of messages older than the setting says; the rows stay and keep their keys taken."""
    border = now() - timedelta(days=settings.number("texts_kept_days"))
    old = session.scalars(select(TextMessage).where(TextMessage.created_at < border, TextMessage.body != "")).all()
    for text in old:
        text.body, text.recipient = "", masked(text.recipient)
    session.flush()
    return len(old)


def send_due_texts(texter: Texter, limit: int = 500) -> int:
    """Send what is due; returns how many went out.

    Several senders may run at once: each message is claimed in a transaction of its own before it is handed over.
    A busy gateway is tried again with growing pauses until the message is of no use; one that is away ends the run.
    """
    with unit_of_work():
        _give_up_what_is_late()
    sent = 0
    for _attempt in range(limit):
        with unit_of_work():
            text = _claim_next()
        if text is None:
            break
        fault: Exception | None = None
        try:
            texter.send(text)
        except (TextRefused, GatewayAway, TextUncertain) as error:
            fault = error
        with unit_of_work():
            _note(text.id, fault)
        if isinstance(fault, GatewayAway):
            break
        sent += fault is None
    return sent


def _take_turn(recipient: str) -> None:
    """Count within the last hour, nobody else counting until the transaction ends."""
    hold_key("text_messages")
    lately = TextMessage.created_at > now() - HOUR
    to_number, to_all = session.execute(
        select(func.count().filter(TextMessage.recipient == recipient), func.count()).where(lately)
    ).one()
    if to_number >= settings.number("texts_per_number"):
        raise TooMany(_l("This number was sent enough text messages for an hour. Choose mail, or try again later."))
    if to_all >= settings.number("texts_per_hour"):
        raise TooMany(_l("Too many text messages are being sent. Choose mail, or try again later."))


def _give_up_what_is_late() -> None:
    """What nobody can use any more, and what somebody claimed and never came back from."""
    at = now()
    waiting = TextMessage.sent_at.is_(None), TextMessage.failed_at.is_(None)
    late = or_(
        TextMessage.claimed_at.is_(None) & (TextMessage.expires_at <= at), TextMessage.claimed_at < at - HANDING_OVER
    )
    given_up = session.scalars(
        update(TextMessage)
        .where(*waiting, late)
        .values(
            failed_at=at,
            error=case(
                (TextMessage.claimed_at.is_not(None), "no word since it was handed over"),
                else_=func.coalesce(TextMessage.error, "too late"),
            ),
        )
        .returning(TextMessage.id)
    ).all()
    for identity in given_up:
        log.warning("text.given_up", text=str(identity))


def _claim_next() -> OutgoingText | None:
    text = session.scalars(
        select(TextMessage)
        .where(
            TextMessage.sent_at.is_(None), TextMessage.failed_at.is_(None), TextMessage.claimed_at.is_(None),
            TextMessage.due_at <= now(), TextMessage.expires_at > now(),
        )
        .order_by(TextMessage.due_at, TextMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()  # fmt: skip
    if text is None:
        return None
    text.claimed_at, text.attempts = now(), text.attempts + 1
    return OutgoingText(text.id, text.recipient, text.body, text.expires_at)


def _note(identity: UUID, fault: Exception | None) -> None:
    """Note what became of a message."""
    text = session.get_one(TextMessage, identity)
    if fault is None:
        text.sent_at, text.error = now(), None
        return
    text.claimed_at = None
    final = isinstance(fault, TextUncertain) or (isinstance(fault, TextRefused) and fault.is_permanent)
    set_back(text, fault, final=final)
