"""What declarations announce."""

from dataclasses import dataclass
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
