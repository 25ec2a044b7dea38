"""One-time codes by mail: six digits that prove, once and for some minutes, who reads a mailbox.

Only a digest is kept, bound to the thing it is for and to a text (its hash), so that a changed text makes it void.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from app.accounts.settings import settings
from app.core.clock import now
from app.core.db import session

CODES_PER_HOUR = 5


class Outcome(StrEnum):
    """What became of a code that was typed."""

    DONE = "done"
    WRONG = "wrong"  # another code was typed; it is counted
    SPENT = "spent"  # the code is used up, too old, or for another text: ask for another one


class HasCode(Protocol):
    """A row that keeps the digest of its code, how often it was tried, and when it was sent."""

    id: UUID
    code_hash: str
    code_attempts: int
    code_sent_at: datetime | None


def code_minutes() -> int:
    """How long a code works, in minutes (setting)."""
    return settings.number("code_minutes")


def new_code(holder: HasCode, bound_to: str) -> tuple[str, datetime]:
    """A fresh code for a row, and when it was made; the one before works no more. The caller mails it and tells nobody
    else."""
    code, sent_at = f"{secrets.randbelow(10**6):06d}", now()
    holder.code_hash, holder.code_attempts, holder.code_sent_at = _digest(holder.id, code, bound_to), 0, sent_at
    session.flush()
    return code, sent_at


def try_code(holder: HasCode, typed: str, bound_to: str) -> Outcome:
    """Whether it is the code of a row for this text; then it is used up. A wrong one is counted and returned, not
    raised, so that the count stays."""
    sent_at = holder.code_sent_at
    if not holder.code_hash or sent_at is None or sent_at + timedelta(minutes=code_minutes()) <= now():
        return Outcome.SPENT
    tries = settings.number("code_tries")
    if holder.code_attempts >= tries:
        return Outcome.SPENT
    holder.code_attempts += 1
    digits = "".join(sign for sign in typed if sign.isdecimal())
    if hmac.compare_digest(_digest(holder.id, digits, bound_to), holder.code_hash):
        holder.code_hash = ""
        session.flush()
        return Outcome.DONE
    session.flush()
    return Outcome.SPENT if holder.code_attempts >= tries else Outcome.WRONG


def _digest(holder_id: UUID, code: str, bound_to: str) -> str:
    return hashlib.sha256(f"{holder_id}:{bound_to}:{code}".encode()).hexdigest()
