"""What mails and text messages have in common on their way out: refusals, and when one is tried again."""

from datetime import timedelta

import structlog

from app.core.clock import now
from app.notifications.models import Mail, TextMessage

log = structlog.get_logger()

MAX_ATTEMPTS = 10
_LOGGED = {Mail: ("mail.failed", "mail"), TextMessage: ("text.failed", "text")}


class Refused(Exception):
    """This message was not accepted; `is_permanent` when trying again is of no use."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent


def set_back(message: Mail | TextMessage, fault: Exception, *, final: bool) -> None:
    """Note the failure and choose the next time: 4 s, 8 s … 17 minutes; about half an hour for ten attempts."""
    message.error = f"{type(fault).__name__}: {fault}"[:2000]
    message.due_at = now() + timedelta(seconds=2 ** (message.attempts + 1))
    if final or message.attempts >= MAX_ATTEMPTS:
        message.failed_at = now()
    event, name = _LOGGED[type(message)]
    log.warning(event, **{name: str(message.id)}, attempts=message.attempts, dead=message.failed_at is not None)
