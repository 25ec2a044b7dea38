"""The round: everybody whose watches are due gets one mail about what happened since, or none.

Each person's mail is one transaction, with the hits that name what it tells and the mark until when was looked. So a
round that is killed half-way, or runs twice or at the same time as another, tells nobody anything twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from app.core.clock import DEFAULT_ZONE, now
from app.core.db import session, unit_of_work
from app.market.settings import settings
from app.market.watches.happenings import Happening, Matches, concerns, happenings, matching
from app.market.watches.letters import Told, send_news
from app.market.watches.models import Watch, Watcher, WatchHit
from app.market.watches.operations import make_link
from app.market.watches.queries import due_watches, is_due, is_written, watcher_with_watches
from app.market.watches.searches import filters_of

SLACK = timedelta(hours=6)
"""What is told again into the past: a fact is dated before its transaction commits. The hits keep it from repeating."""


@dataclass
class Round:
    """What happened until now, and which patents meet which search; read once for everybody."""

    until: datetime
    news: Sequence[Happening]
    found: dict[str, Matches] = field(default_factory=dict)

    def concerning(self, watch: Watch) -> list[Happening]:
        """What happened to what is watched, from the second of saving on: steps are dated by seconds."""
        since = max(watch.created_at.replace(microsecond=0), watch.told_until - SLACK)
        fresh = [one for one in self.news if one.at >= since]
        if watch.patent_id is not None:
            return [one for one in fresh if one.patent_id == watch.patent_id]
        if not fresh:
            return []
        filters = filters_of(watch.search)
        if watch.search not in self.found:
            self.found[watch.search] = matching(filters, list({one.patent_id for one in self.news}))
        return [one for one in fresh if concerns(one, filters, self.found[watch.search])]


def tell_watchers(at: datetime | None = None) -> int:
    """Write to everybody who is due and of whose watches there is news; how many mails were queued.

    Before the hour of the setting nobody is. May run at any time, any number of times.
    """
    until = at or now()
    if until.astimezone(DEFAULT_ZONE).hour < settings.number("watch_hour"):
        return 0
    with unit_of_work():
        due = due_watches(until)
        people = list(dict.fromkeys(watch.watcher_id for watch in due))
        news = happenings(min(watch.told_until for watch in due) - SLACK, until) if due else []
    current = Round(until, news)
    told = 0
    for watcher_id in people:
        with unit_of_work():
            told += _tell(watcher_id, current)
    return told


def _tell(watcher_id: UUID, current: Round) -> int:
    watcher = watcher_with_watches(watcher_id, lock=True, skip=True)
    watches = [watch for watch in watcher.watches if is_due(watch, current.until)] if watcher else []
    day = current.until.astimezone(DEFAULT_ZONE).date()
    if watcher is None or not watches or is_written(watcher_id, day):
        return 0
    met: dict[Happening, list[Watch]] = {}
    for watch in watches:
        for one in current.concerning(watch):
            met.setdefault(one, []).append(watch)
        watch.told_until = current.until
    session.flush()
    email = email_of(watcher)
    fresh = _note(watcher_id, list(met)) if met and email else []
    if not fresh:
        return 0
    token, link = make_link(watcher_id)
    link.day = day
    session.flush()
    return int(send_news(watcher, _by_patent(fresh, met), link, token, email=email))


def email_of(watcher: Watcher) -> str:
    """Where a person is written to; empty for a closed account."""
    if watcher.user is None:
        return watcher.email or ""
    return watcher.user.email if watcher.user.is_active else ""


def _note(watcher_id: UUID, found: Sequence[Happening]) -> list[Happening]:
    """Note what a person is told now; returns what is new to them."""
    values = [{"watcher_id": watcher_id, "key": key} for key in {one.key for one in found}]
    statement = insert(WatchHit).values(values).on_conflict_do_nothing()
    fresh = set(session.scalars(statement.returning(WatchHit.key)))
    return [one for one in found if one.key in fresh]


def _by_patent(fresh: Sequence[Happening], met: dict[Happening, list[Watch]]) -> list[Told]:
    """Each patent once, with all that happened to it and every watch that it meets."""
    patents = dict.fromkeys(one.patent_id for one in fresh)
    told = []
    for patent_id in patents:
        theirs = [one for one in fresh if one.patent_id == patent_id]
        watches = {watch.id: watch for one in theirs for watch in met[one]}
        told.append(Told(patent_id, theirs, list(watches.values())))
    return told
