"""The short code on an instrument's label: its id in 22 characters, so that the QR code stays coarse enough to scan."""

import base64
import binascii
from uuid import UUID

LENGTH = 22


def code_of(instrument_id: UUID) -> str:
    """The code of an instrument, e.g. ``AZq1W8sAcSOqOWcyUJWJmg``."""
    return base64.urlsafe_b64encode(instrument_id.bytes).decode().rstrip("=")


def instrument_id_of(code: str) -> UUID | None:
    """The instrument behind a code; None for what is no code of ours."""
    if len(code) != LENGTH or not code.isascii():
        return None
    try:
        identity = UUID(bytes=base64.urlsafe_b64decode(code + "=="))
    except (binascii.Error, ValueError):
        return None
    return identity if code_of(identity) == code else None
