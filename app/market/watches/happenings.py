"""What happened to public patents, as far as watchers are told, and which searches it concerns.

New (a pilot is listed, or a patent without terms comes into a portfolio), announced, withdrawal filed or announced,
and some days (setting) to the expiry: flows-market.md §1 i.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, or_, select

from app.accounts.models import Organisation
from app.core.clock import DEFAULT_ZONE, at_place
from app.core.db import session
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.patents.models import LegalStatus, Patent
from app.market.portal.filters import SHOWN, Filters
from app.market.portal.models import Publication
from app.market.portal.statements import conditions, from_portal, status, worded
from app.market.settings import settings


class Event(StrEnum):
    """What happened, the weightiest last."""

    NEW = "new"
    PILOT = "pilot"
    EXPIRING = "expiring"
    ANNOUNCED = "announced"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


WANTED_BY = {
    Event.NEW: frozenset({"private"}),
    Event.PILOT: frozenset({"pilot"}),
    Event.ANNOUNCED: frozenset({"announced", "pilot"}),  # what was a pilot can be taken now
    Event.WITHDRAWING: frozenset({"announced"}),
    Event.WITHDRAWN: frozenset({"announced"}),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a patent; `statuses` are those of a search that asks for it."""

    event: Event
    patent_id: UUID
    open_licence_id: UUID | None
    at: datetime
    statuses: frozenset[str]

    @property
    def key(self) -> str:
        """The same happening always has the same name."""
        return f"{self.event.value}:{self.open_licence_id or self.patent_id}:{self.at.astimezone(DEFAULT_ZONE).date()}"


def happenings(since: datetime, until: datetime) -> list[Happening]:
    """Everything after `since` up to `until`, the oldest first: three statements."""
    found = [*_declared(since, until), *_published(since, until), *_expiring(since, until)]
    return sorted(found, key=lambda one: (one.at, one.key))


def _declared(since: datetime, until: datetime) -> Iterator[Happening]:
    moments = (
        (Event.PILOT, Publication.pilot_since), (Event.ANNOUNCED, Publication.announced_since),
        (Event.WITHDRAWING, Publication.withdrawing_since), (Event.WITHDRAWN, Publication.ended_since),
    )  # fmt: skip
    rows = session.execute(
        select(
            Publication.open_licence_id, Publication.patent_id, OpenLicence.state, *(column for _, column in moments)
        )
        .join(OpenLicence, OpenLicence.id == Publication.open_licence_id)
        .join(Patent, Patent.id == Publication.patent_id)
        .where(Patent.published_at.is_not(None))
        .where(or_(*((column > since) & (column <= until) for _, column in moments)))
    )
    for row in rows:
        for (event, _column), at in zip(moments, row[3:], strict=True):
            if event is Event.WITHDRAWN and row.state is not DeclarationState.WITHDRAWN:
                continue  # a pilot that left the list, or a patent that has ended
            if at is not None and since < at <= until:
                yield Happening(event, row.patent_id, row.open_licence_id, at, WANTED_BY[event])


def _published(since: datetime, until: datetime) -> Iterator[Happening]:
    fresh = Patent.published_at > since, Patent.published_at <= until
    for row in session.execute(
        from_portal(select(Patent.id, Patent.published_at)).where(OpenLicence.id.is_(None), *fresh)
    ):
        yield Happening(Event.NEW, row.id, None, row.published_at, WANTED_BY[Event.NEW])


def _expiring(since: datetime, until: datetime) -> Iterator[Happening]:
    before = timedelta(days=settings.number("watch_expiry_days"))
    first, last = (moment.astimezone(DEFAULT_ZONE).date() for moment in (since, until))
    days = Patent.expires_on.between(first + before, last + before)
    rows = session.execute(
        from_portal(select(Patent.id, Patent.expires_on, status().label("status"))).where(
            days, Patent.legal_status == LegalStatus.IN_FORCE
        )
    )
    for row in rows:
        at = at_place(row.expires_on - before, time(0), DEFAULT_ZONE)
        if since < at <= until:
            yield Happening(Event.EXPIRING, row.id, None, at, frozenset({row.status}))


Matches = frozenset[tuple[UUID, UUID | None]]


def matching(filters: Filters, patent_ids: Sequence[UUID]) -> Matches:
    """Which of some patents, and which declarations of them, meet a search; its status is the happening's matter."""
    others = {name: one for name, one in conditions(filters).items() if name != "status"}
    wanted: Any = literal(list(patent_ids), ARRAY(Uuid))
    rows = session.execute(
        select(Patent.id, OpenLicence.id.label("open_licence_id"))
        .join(Organisation, Organisation.id == Patent.owner_id)
        .outerjoin(Publication, Publication.patent_id == Patent.id)
        .outerjoin(OpenLicence, OpenLicence.id == Publication.open_licence_id)
        .where(Patent.id == any_(wanted), *worded(filters), *others.values())
    )
    return frozenset((row.id, row.open_licence_id) for row in rows)


def concerns(happening: Happening, filters: Filters, found: Matches) -> bool:
    """Whether a happening is one of those that a search asks for; `found` is what `matching` gave for the search."""
    if not happening.statuses.intersection(filters.statuses or SHOWN):
        return False
    if happening.open_licence_id is not None:
        return (happening.patent_id, happening.open_licence_id) in found
    return any(patent_id == happening.patent_id for patent_id, _open_licence_id in found)
