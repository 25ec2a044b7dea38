"""What the launcher tells the person at the terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LaunchError(Exception):
    """Something only the person at the terminal can mend; the message says what to do."""


def say(text: str = "") -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Announce a piece of work and say how long it took."""
    started = time.monotonic()
    say(f"· {label} …")
    yield
    say(f"  {label}: {time.monotonic() - started:.1f} s")


def tail(log: Path, lines: int = 12) -> str:
    """Return the last lines of a log for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
