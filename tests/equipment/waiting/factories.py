"""A full instrument and people who wait for it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import Period, bounds, now, period
from app.core.db import session
from app.core.ids import uuid7
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import OccupationKind
from app.equipment.waiting.models import WaitingEntry
from app.equipment.waiting.operations import Wish, join_line
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import SHANGHAI, make_bookable_instrument, slot

FIRST, LAST = 3, 6  # days ahead that are full
MIDDLE = 4


def day(ahead: int) -> date:
    """A calendar day of Shanghai."""
    return (now().astimezone(SHANGHAI) + timedelta(days=ahead)).date()


def midnight(ahead: int) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day(ahead), time(0), tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Full:
    """An instrument with nothing free from FIRST to LAST; one stretch of that is a booking that can go."""

    instrument: Instrument
    manager: Actor
    occupant: Actor
    booking: Reservation


def make_full(stretch: Period | None = None, **rules: Any) -> Full:
    """Days full of maintenance around one booking of two hours."""
    institution = make_organisation(OrganisationKind.INSTITUTION)
    manager, occupant = make_actor(institution, Role.OWNER, Role.MANAGER), make_actor()
    instrument = make_bookable_instrument(institution, rules=rules)
    stretch = stretch or slot(days=MIDDLE)
    begin, end = bounds(stretch)
    booking = make_reservation(occupant, instrument.id, stretch, purpose="x")
    for part in (period(midnight(FIRST), begin), period(end, midnight(LAST + 1))):
        assert claim(uuid7(), instrument.id, part, OccupationKind.MAINTENANCE)
    session.flush()
    return Full(instrument, manager, occupant, booking)


def wish(**changes: Any) -> Wish:
    """Two hours on one of the full days."""
    values = {"first": day(FIRST), "last": day(LAST), "minutes": 120, "purpose": "光学胶"}
    return Wish(**{**values, **changes})


def join(full: Full, actor: Actor | None = None, **changes: Any) -> WaitingEntry:
    """Somebody (a new enterprise's owner by default) in line."""
    return join_line(actor or make_actor(), full.instrument.id, wish(**changes))
