"""Random secrets that prove something: only their digest is stored."""

import hashlib


def digest_of(secret: str) -> str:
    """The SHA-256 of a random token. Nobody can guess 256 bits, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
