"""Identifiers: UUID version 7 (RFC 9562), so that keys sort by creation, and short codes that people can read out."""

import os
import secrets
import threading
import time
from uuid import UUID

# Without 0/O, 1/I/L, so that a code survives being read out over the telephone.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

_lock = threading.Lock()
_last = [0, 0]  # milliseconds, counter


def uuid7() -> UUID:
    """A time-ordered identifier: 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits.

    The counter starts anew every millisecond and keeps identifiers of one process strictly ascending.
    """
    with _lock:
        milliseconds = max(time.time_ns() // 1_000_000, _last[0])
        counter = _last[1] + 1 if milliseconds == _last[0] else 0
        if counter > 0xFFF:
            milliseconds, counter = milliseconds + 1, 0
        _last[:] = [milliseconds, counter]
    value = (milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62)
    return UUID(int=value | (int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)))


def readable_code(length: int = 8) -> str:
    """A random code of unmistakable capitals and digits, e.g. for a payment memo."""
    number, signs = secrets.randbelow(len(_READABLE) ** length), ""
    for _place in range(length):
        number, sign = divmod(number, len(_READABLE))
        signs += _READABLE[sign]
    return signs


def secret_token() -> str:
    """256 random bits as URL-safe text, for anything that must not be guessed."""
    return secrets.token_urlsafe(32)
