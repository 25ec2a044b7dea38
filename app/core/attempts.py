"""The one way in which pages let an operation say no and go on: what it did before is undone (docs/architecture.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.db import savepoint
from app.core.errors import DomainError

DENIED = frozenset({403, 404})


@dataclass
class Attempt:
    """What came of an operation."""

    refusal: DomainError | None = None

    @property
    def ok(self) -> bool:
        """Whether nobody said no."""
        return self.refusal is None


@contextmanager
def attempt(kind: type[DomainError] = DomainError, *, even_denied: bool = False) -> Iterator[Attempt]:
    """Run a block in a savepoint. When it raises a DomainError of that kind, nothing of what it did is kept and the
    refusal stands in what is given out; 403 and 404 go on to the error pages unless `even_denied`.

    A view that caught the error itself would commit what the operation had done before it; a house rule forbids it.
    """
    tried = Attempt()
    try:
        with savepoint():
            yield tried
    except kind as refusal:
        if refusal.status in DENIED and not even_denied:
            raise
        tried.refusal = refusal
