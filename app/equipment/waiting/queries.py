"""The line of an instrument, and the places in line of an organisation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.db import session
from app.core.tenancy import everybody
from app.equipment.instruments.models import Instrument
from app.equipment.waiting.models import IN_LINE, WaitingEntry, WaitingState

WITH_NAMES = (
    joinedload(WaitingEntry.instrument).joinedload(Instrument.owner),
    joinedload(WaitingEntry.payer),
    joinedload(WaitingEntry.booker),
)


def visible_to(actor: Actor) -> Any:
    """The condition under which a place in line may be seen, the same as WaitingPolicy.view."""
    if actor.is_system:
        return true()
    return or_(WaitingEntry.payer_id == actor.organisation_id, WaitingEntry.provider_id == actor.organisation_id)


def line_of(instrument_id: UUID) -> Select[WaitingEntry]:
    """Everybody in line for an instrument, by the time of joining."""
    return (
        select(WaitingEntry)
        .where(WaitingEntry.instrument_id == instrument_id, WaitingEntry.state.in_(IN_LINE))
        .order_by(WaitingEntry.joined_at, WaitingEntry.id)
    )


def instruments_with_a_line() -> Sequence[UUID]:
    """Instruments that somebody waits for."""
    return session.scalars(
        select(WaitingEntry.instrument_id).where(WaitingEntry.state.in_(IN_LINE)).distinct().order_by("instrument_id")
    ).all()


def places_of(actor: Actor) -> list[tuple[WaitingEntry, int]]:
    """Where the organisation acted for stands in line, each with how many before it wait for the same days.

    Only that number is learned of the others, so they are counted with everybody's eyes.
    """
    if actor.organisation_id is None:
        return []
    statement = (
        select(WaitingEntry)
        .options(*WITH_NAMES)
        .where(WaitingEntry.payer_id == actor.organisation_id, WaitingEntry.state.in_(IN_LINE))
        .order_by(WaitingEntry.joined_at, WaitingEntry.id)
    )
    own = session.scalars(statement).all()
    if not own:
        return []
    mine, other = WaitingEntry.__table__.alias("mine"), WaitingEntry.__table__.alias("other")
    before = (
        select(mine.c.id, func.count(other.c.id))
        .outerjoin(
            other,
            (other.c.instrument_id == mine.c.instrument_id)
            & other.c.state.in_([state.value for state in IN_LINE])
            & other.c.days.op("&&")(mine.c.days)
            & (
                (other.c.joined_at < mine.c.joined_at)
                | ((other.c.joined_at == mine.c.joined_at) & (other.c.id < mine.c.id))
            ),
        )
        .where(mine.c.id.in_([entry.id for entry in own]))
        .group_by(mine.c.id)
    )
    with everybody():
        ahead = {row[0]: row[1] for row in session.execute(before)}
    return [(entry, ahead.get(entry.id, 0)) for entry in own]


def waiting_for(actor: Actor, instrument_id: UUID | None = None) -> Select[WaitingEntry]:
    """Who waits for the instruments of the institution acted for, instrument by instrument."""
    statement = (
        select(WaitingEntry)
        .join(WaitingEntry.instrument)
        .options(*WITH_NAMES)
        .where(visible_to(actor), WaitingEntry.provider_id == actor.organisation_id, WaitingEntry.state.in_(IN_LINE))
        .order_by(Instrument.asset_no, WaitingEntry.instrument_id, WaitingEntry.joined_at, WaitingEntry.id)
    )
    return statement if instrument_id is None else statement.where(WaitingEntry.instrument_id == instrument_id)


def lengths_of_lines(actor: Actor) -> list[tuple[Instrument, int]]:
    """How many wait for each instrument of the institution acted for, longest line first; at most fifty."""
    count = func.count(WaitingEntry.id)
    rows = session.execute(
        select(Instrument, count)
        .join(WaitingEntry, WaitingEntry.instrument_id == Instrument.id)
        .where(visible_to(actor), WaitingEntry.provider_id == actor.organisation_id, WaitingEntry.state.in_(IN_LINE))
        .group_by(Instrument.id)
        .order_by(count.desc(), Instrument.asset_no)
        .limit(50)
    )
    return [(row[0], row[1]) for row in rows]


def length_of_line(instrument_id: UUID) -> int:
    """How many wait for an instrument."""
    counted = select(func.count()).where(WaitingEntry.instrument_id == instrument_id, WaitingEntry.state.in_(IN_LINE))
    return session.scalar(counted) or 0


def own_places(actor: Actor, instrument_id: UUID) -> Sequence[WaitingEntry]:
    """Where the organisation acted for stands in line for one instrument."""
    if actor.organisation_id is None:
        return []
    return session.scalars(line_of(instrument_id).where(WaitingEntry.payer_id == actor.organisation_id)).all()


def offered_entry(hold_id: UUID) -> WaitingEntry | None:
    """Whose offer a hold is."""
    return session.scalars(
        select(WaitingEntry).where(WaitingEntry.hold_id == hold_id, WaitingEntry.state == WaitingState.OFFERED)
    ).one_or_none()
