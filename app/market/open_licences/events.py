"""What declarations announce."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class OpenLicenceListed(Event):
    """A declaration is listed as a pilot."""

    open_licence_id: UUID


@dataclass(frozen=True)
class OpenLicenceChanged(Event):
    """A declaration has another state; its `StateChange` rows say which."""

    open_licence_id: UUID


@dataclass(frozen=True)
class OpenLicenceAnnounced(Event):
    """CNIPA has announced a declaration: anybody can take a licence now."""

    open_licence_id: UUID


@dataclass(frozen=True)
class WithdrawalFiled(Event):
    """The patentee has asked CNIPA to withdraw; the declaration is still in effect."""

    open_licence_id: UUID


@dataclass(frozen=True)
class OpenLicenceEnded(Event):
    """A declaration is withdrawn, expired or lapsed: no new licence; those that are given go on (but for a lapse)."""

    open_licence_id: UUID


@dataclass(frozen=True)
class EndRecordedLate(Event):
    """The end of a declaration was recorded after the day on which it was announced: licences dated in between are
    reviewed by people (flows-market.md §5)."""

    open_licence_id: UUID
    ended_on: date


@dataclass(frozen=True)
class ObjectionRaised(Event):
    """Somebody of the patentee objects within the publicity."""

    objection_id: UUID


@dataclass(frozen=True)
class ObjectionClosed(Event):
    """An objection is answered and closed by two persons."""

    objection_id: UUID


@dataclass(frozen=True)
class ConsentAnswered(Event):
    """A co-owner or pledgee has agreed or refused."""

    consent_id: UUID


@dataclass(frozen=True)
class OpenLicenceReturned(Event):
    """The operator has sent a declaration back with reasons."""

    open_licence_id: UUID
