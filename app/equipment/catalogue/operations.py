"""Keeping the catalogue's offers up to date."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import session
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.catalogue.offers import facts_of, work_out
from app.equipment.instruments.models import Instrument, InstrumentState

BATCH = 200
STALE_AFTER = timedelta(minutes=2)


def refresh_offers(ids: Iterable[UUID]) -> int:
    """Work out the offers of some instruments anew; returns of how many."""
    moment, done = now(), 0
    for batch in _batches(ids):
        rows = [work_out(facts, moment) for facts in facts_of(batch, moment)]
        if rows:
            statement = insert(InstrumentOffer)
            replaced = {name: statement.excluded[name] for name in rows[0] if name != "instrument_id"}
            session.execute(statement.on_conflict_do_update(index_elements=["instrument_id"], set_=replaced), rows)
        done += len(rows)
    return done


def refresh_stale_offers(limit: int = 2000) -> int:
    """Work out offers that are missing, old, or whose free slot has passed; the oldest first."""
    moment = now()
    stale = or_(
        InstrumentOffer.instrument_id.is_(None),
        InstrumentOffer.worked_out_at < moment - STALE_AFTER,
        InstrumentOffer.next_free_at < moment,
    )
    statement = (
        select(Instrument.id)
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
        .where(Instrument.state == InstrumentState.PUBLISHED, stale)
        .order_by(InstrumentOffer.worked_out_at.asc().nulls_first())
        .limit(limit)
    )
    return refresh_offers(session.scalars(statement).all())


def _batches(ids: Iterable[UUID]) -> Iterator[Sequence[UUID]]:
    remaining = iter(ids)
    while batch := list(itertools.islice(remaining, BATCH)):
        yield batch
