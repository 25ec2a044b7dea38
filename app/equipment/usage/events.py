"""What uses announce."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True)
class UseStarted(Event):
    """Somebody pressed start at the instrument."""

    use_id: UUID


@dataclass(frozen=True)
class UseRecorded(Event):
    """Real hours are there and priced; the customer may accept or object."""

    use_id: UUID


@dataclass(frozen=True)
class UseSentToReview(Event):
    """The end is missing or implausible: a manager sets it."""

    use_id: UUID


@dataclass(frozen=True)
class UseAccepted(Event):
    """The customer accepted the hours, or silence did."""

    use_id: UUID


@dataclass(frozen=True)
class UseObjected(Event):
    """The customer says the hours are wrong."""

    use_id: UUID
    objection_id: UUID


@dataclass(frozen=True)
class ObjectionAnswered(Event):
    """The institution agreed, offered something between, or refused."""

    use_id: UUID
    objection_id: UUID


@dataclass(frozen=True)
class ObjectionDecided(Event):
    """The length is settled: by agreement, by taking the offer, or by the operator."""

    use_id: UUID
    objection_id: UUID


@dataclass(frozen=True)
class ObjectionOverdue(Event):
    """The institution did not answer in time; the customer may turn to the operator."""

    use_id: UUID
    objection_id: UUID


@dataclass(frozen=True)
class ObjectionEscalated(Event):
    """The customer turned to the operator."""

    use_id: UUID
    objection_id: UUID
