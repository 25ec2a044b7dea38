"""Which pages search engines may find: each module registers sections, the site writes them (sitemaps.org 0.9).

A section is a statement over public things alone. Its pages are told by the id with which they begin, so that a new
thing moves no other to another page, and are read in batches, so that memory stays flat however many there are.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Select, String, cast, func, select

from app.core.db import session

PAGE_SIZE = 50_000  # the protocol's most
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its path and when what it shows last changed."""

    path: str
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PageOfSection:
    """One file of a section: the id with which it begins, and the latest change in it."""

    first: UUID
    changed_at: datetime | None


@dataclass(frozen=True)
class Section:
    """Things with public pages. `statement` gives columns `id` (UUID, unique), `changed_at`, and what `path` needs.

    It must leave out whatever a visitor without an account would not be shown.
    """

    name: str
    statement: Callable[[], Select[Any]]
    path: Callable[[Row[Any]], str]

    def pages(self, size: int = PAGE_SIZE) -> list[PageOfSection]:
        """The files of this section in order: one statement."""
        found = self.statement().order_by(None).subquery()
        place = (func.row_number().over(order_by=found.c.id) - 1).label("place")
        placed = select(found.c.id, found.c.changed_at, place).subquery()
        page = cast(func.floor(placed.c.place / size), Integer).label("page")
        first = func.max(cast(placed.c.id, String)).filter(placed.c.place % size == 0).label("first")
        rows = session.execute(select(first, func.max(placed.c.changed_at).label("at")).group_by(page).order_by(page))
        return [PageOfSection(UUID(row.first), row.at) for row in rows]

    def entries(self, first: UUID, size: int = PAGE_SIZE) -> Iterator[Entry]:
        """The entries of the file that begins with an id, batch by batch."""
        found = self.statement().order_by(None).subquery()
        after, left = found.c.id >= first, size
        while left > 0:
            rows = session.execute(select(found).where(after).order_by(found.c.id).limit(min(BATCH, left))).all()
            for row in rows:
                yield Entry(self.path(row), row.changed_at)
            if len(rows) < min(BATCH, left):
                return
            after, left = found.c.id > rows[-1].id, left - len(rows)


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    """Let search engines find these pages."""
    _sections[section.name] = section


def sections() -> Mapping[str, Section]:
    """All sections by name."""
    return _sections
