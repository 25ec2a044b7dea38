"""Committed people, organisations and instruments."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.accounts.tokens.operations import create_token
from app.core.clock import Period, bounds
from app.core.db import session, unit_of_work
from app.core.web import App
from app.equipment.reservations.booking import make_reservation
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument


@contextmanager
def committed(application: App) -> Iterator[None]:
    """What happens inside is in the database afterwards, for everybody."""
    with application.app_context(), unit_of_work():
        yield


@dataclass(frozen=True)
class Person:
    """A member of an organisation with a token."""

    actor: Actor
    token: str

    @property
    def organisation(self) -> Organisation:
        assert self.actor.organisation is not None
        return self.actor.organisation


def person(organisation: Organisation | None = None, *roles: Role) -> Person:
    """Somebody (an enterprise's owner by default) and a token with which a program acts as them."""
    actor = make_actor(organisation, *roles)
    token, _row = create_token(actor, actor.organisation, name="test")
    return Person(actor, token)


def people(application: App, count: int) -> list[Person]:
    """So many owners of so many enterprises."""
    with committed(application):
        return [person() for _number in range(count)]


@dataclass(frozen=True)
class Laboratory:
    """An institution with one instrument and somebody who answers requests."""

    instrument_id: UUID
    manager: Person


def laboratory(application: App, **rules: Any) -> Laboratory:
    """A published instrument that is open day and night, with these booking rules."""
    with committed(application):
        manager = person(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER, Role.MANAGER)
        instrument = make_bookable_instrument(manager.organisation, rules=rules)
        session.flush()
        return Laboratory(instrument.id, manager)


def booked(application: App, booker: Person, instrument_id: UUID, stretch: Period) -> UUID:
    """A reservation of a stretch of time."""
    with committed(application):
        return make_reservation(booker.actor, instrument_id, stretch, purpose="Residual monomers").id


def booking(instrument_id: UUID, stretch: Period) -> dict[str, str]:
    """The body of a POST that books a stretch."""
    starts_at, ends_at = bounds(stretch)
    return {
        "instrument_id": str(instrument_id),
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "purpose": "Residual monomers in optical glue",
    }
