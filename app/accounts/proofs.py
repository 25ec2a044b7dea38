"""Digests: of random secrets, of which nothing else is stored, and of texts that people agree to or sign."""

import hashlib


def digest_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal. A random token of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()
