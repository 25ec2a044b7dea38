"""What licences announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class NoticeGiven(Event):
    """The statutory notice has entered the patentee's inbox (专利法 art. 51)."""

    licence_id: UUID


@dataclass(frozen=True)
class LicenceTookEffect(Event):
    """A licence is in effect: notice received and payment cleared, or contract signed and paid."""

    licence_id: UUID


@dataclass(frozen=True)
class LicenceFiled(Event):
    """A licence is filed 备案 with CNIPA."""

    licence_id: UUID


@dataclass(frozen=True)
class LicenceEnded(Event):
    """A licence is over: term, lapse of the patent, rescission."""

    licence_id: UUID


@dataclass(frozen=True)
class NoticeVoid(Event):
    """A notice was not paid in time, or paid after the withdrawal: there is no licence."""

    licence_id: UUID


@dataclass(frozen=True)
class NoticeUnpaid(Event):
    """A notice still waits for its payment; sent once at each reminder."""

    licence_id: UUID
    reminder: int


@dataclass(frozen=True)
class FilingDue(Event):
    """A licence has still to be filed; sent once at each reminder."""

    licence_id: UUID
    reminder: int


@dataclass(frozen=True)
class DisputeChanged(Event):
    """Something was added to a dispute: a claim, a statement, a proposal, an answer, a step."""

    dispute_id: UUID
    position: int


@dataclass(frozen=True)
class LicenceReviewed(Event):
    """The operator has decided about a licence that was looked at."""

    licence_id: UUID
