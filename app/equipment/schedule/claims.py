"""Claiming an instrument's time: the one way in which an occupation comes to be, moves and ends.

A plain insert is correct too, but under many rivals it ends in chains of deadlocks of up to a minute; ON CONFLICT DO
NOTHING never did (reliability.md §1.3). A constraint cannot look at the clock, so holds that ran out are put aside
first when they stand in the way.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, bindparam, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core.clock import Period, now
from app.core.db import savepoint, session
from app.equipment.schedule.models import Occupation, OccupationKind

_LOCK_SPACE = 0x5107  # advisory locks on instruments
_CLAIM = (
    insert(Occupation.__table__)  # type: ignore[arg-type]
    .on_conflict_do_nothing(constraint="occupations_no_overlap")
    .returning(Occupation.__table__.c.id)
)


def booking_claim() -> CTE:
    """The id of a slot taken for a booking, or nothing, as the first part of a statement that writes the booking.

    Its values are `claim_id`, `claim_instrument` and `claim_period`.
    """
    table: Any = Occupation.__table__
    values = {
        "id": bindparam("claim_id", type_=table.c.id.type),
        "instrument_id": bindparam("claim_instrument", type_=table.c.instrument_id.type),
        "period": bindparam("claim_period", type_=table.c.period.type),
        "kind": literal_column(f"'{OccupationKind.RESERVATION.value}'"),
        "active": literal_column("true"),
        "reason": literal_column("''"),
        "holder": literal_column("''"),
    }
    taken = insert(table).values(values).on_conflict_do_nothing(constraint="occupations_no_overlap")
    return taken.returning(table.c.id).cte("claimed")


def claim(
    identity: UUID,
    instrument_id: UUID,
    stretch: Period,
    kind: OccupationKind,
    *,
    reason: str = "",
    holder: str = "",
    expires_at: datetime | None = None,
) -> bool:
    """Take a stretch of time if nobody has any part of it; says whether it worked."""
    values = {
        "id": identity,
        "instrument_id": instrument_id,
        "period": stretch,
        "kind": kind,
        "active": True,
        "reason": reason,
        "holder": holder,
        "expires_at": expires_at,
    }
    if _insert(values):
        return True
    return release_expired_holds(instrument_id, stretch) > 0 and _insert(values)


def _insert(values: dict[str, object]) -> bool:
    return session.execute(_CLAIM, values).first() is not None


def lock_instruments(instrument_ids: Iterable[UUID]) -> None:
    """Serialise changes of time or activity, in ascending order, until the transaction ends."""
    for identity in sorted(set(instrument_ids)):
        session.execute(select(func.pg_advisory_xact_lock(text(str(_LOCK_SPACE)), lock_key(identity))))


def lock_key(instrument_id: UUID) -> int:
    """The second half of an instrument's advisory lock: signed, 32 bits."""
    return int.from_bytes(instrument_id.bytes[-4:], "big", signed=True)


def release_expired_holds(instrument_id: UUID, stretch: Period) -> int:
    """Free what holds that have run out still keep of a stretch; returns how many there were."""
    lock_instruments([instrument_id])
    result = session.execute(
        update(Occupation)
        .where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.expires_at <= now(),
            Occupation.period.op("&&")(stretch),
        )
        .values(active=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def release(identity: UUID, instrument_id: UUID) -> None:
    """End an occupation; its time is free at once."""
    lock_instruments([instrument_id])
    session.execute(update(Occupation).where(Occupation.id == identity).values(active=False))


def move(identity: UUID, instrument_id: UUID, stretch: Period) -> bool:
    """Move an active occupation to another stretch if that is free; says whether it worked."""
    lock_instruments([instrument_id])
    release_expired_holds(instrument_id, stretch)
    taken = session.scalar(
        select(Occupation.id)
        .where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.id != identity,
            Occupation.period.op("&&")(stretch),
        )
        .limit(1)
    )
    if taken is not None:
        return False
    try:
        with savepoint():
            session.execute(update(Occupation).where(Occupation.id == identity).values(period=stretch))
    except IntegrityError:  # somebody claimed it since we looked: claims do not take the lock
        return False
    return True


def convert_hold(identity: UUID, holders: Iterable[str], stretch: Period) -> bool:
    """Make a booking's occupation of the hold that this browser has on exactly this stretch, if it still lasts."""
    result = session.execute(
        update(Occupation)
        .where(
            Occupation.id == identity,
            Occupation.active,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.holder.in_(tuple(holders)),
            Occupation.expires_at > now(),
            Occupation.period == stretch,
        )
        .values(kind=OccupationKind.RESERVATION, expires_at=None, holder="")
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]
