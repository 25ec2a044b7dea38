"""What happens to people and organisations."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class SignUpBegun(Event):
    """Somebody waits for the code of a new account; `came_for` is the path of this site to go on with, or empty."""

    sign_up_id: UUID
    came_for: str


@dataclass(frozen=True)
class UserRegistered(Event):
    """A person confirmed the e-mail address and has an account."""

    user_id: UUID


@dataclass(frozen=True)
class PasswordChanged(Event):
    """A password was replaced; the person is told, because it may have been somebody else."""

    user_id: UUID
    change_id: UUID


@dataclass(frozen=True)
class OrganisationRegistered(Event):
    """An organisation waits for the operator."""

    organisation_id: UUID
    user_id: UUID


@dataclass(frozen=True)
class OrganisationVerified(Event):
    """The operator has checked an organisation and found it in order."""

    organisation_id: UUID
    decision_id: UUID


@dataclass(frozen=True)
class OrganisationAsked(Event):
    """The operator needs more from an organisation; `note` says what."""

    organisation_id: UUID
    decision_id: UUID
    note: str


@dataclass(frozen=True)
class OrganisationRefused(Event):
    """The operator refused an organisation; `note` says why."""

    organisation_id: UUID
    decision_id: UUID
    note: str


@dataclass(frozen=True)
class MemberInvited(Event):
    """An e-mail address was asked to join; the mail with the link is queued already."""

    invitation_id: UUID


@dataclass(frozen=True)
class JoinRequested(Event):
    """A person asks to join an organisation."""

    membership_id: UUID


@dataclass(frozen=True)
class MemberJoined(Event):
    """A person became a member, by invitation or because an owner said yes."""

    membership_id: UUID


@dataclass(frozen=True)
class MemberLeft(Event):
    """A person left or was removed; what was booked stays the organisation's."""

    organisation_id: UUID
    user_id: UUID
