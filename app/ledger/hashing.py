"""The hash chain of the books: each transaction's hash covers all that it says and the hash before it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def chain(previous: str, header: Sequence[Any], lines: Sequence[Sequence[Any]]) -> str:
    """SHA-256 over the hash before and all that a transaction says: header from number on, lines from account on."""
    said = [*map(_plain, header), [[str(line[0]), line[1], line[2], line[3]] for line in lines]]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value
