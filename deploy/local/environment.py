"""Addresses and the secret key that all programs of this clone share, also a second terminal's `flask`."""

import json
import os
import secrets
from pathlib import Path

from deploy.local.layout import ROOT, RUN, VAR

SHARED = RUN / "environment.json"
SECRET = VAR / "secret_key"


def secret_key() -> str:
    """Return the key of this clone, made at the first start; a new one would sign everybody out."""
    if not SECRET.exists():
        _write_private(SECRET, secrets.token_urlsafe(48))
    return SECRET.read_text().strip()


def publish(shared: dict[str, str]) -> None:
    """Leave the addresses in use where `app/config.py` looks when the environment names none."""
    _write_private(SHARED, json.dumps(shared, indent=2) + "\n")


def withdraw() -> None:
    """Take the addresses away again: nothing answers there any more."""
    SHARED.unlink(missing_ok=True)


def for_programs(shared: dict[str, str]) -> dict[str, str]:
    """Return the environment of every program that the launcher starts in the repository."""
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    return {**os.environ, **own, **shared}


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    fresh.replace(file)
