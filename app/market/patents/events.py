"""What patents announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class PatentPublished(Event):
    """A patent is in the public portfolio from now on."""

    patent_id: UUID


@dataclass(frozen=True)
class PatentChanged(Event):
    """Facts of a patent were changed: annuity, status, encumbrances, texts."""

    patent_id: UUID


@dataclass(frozen=True)
class PatentLapsed(Event):
    """A patent has ended: annuity not paid, invalidated, given up, or at the end of its term."""

    patent_id: UUID


@dataclass(frozen=True)
class PatentsImported(Event):
    """A list of patents was imported."""

    owner_id: UUID
    created: int
    changed: int
