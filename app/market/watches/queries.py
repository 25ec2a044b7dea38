"""Watches looked up: whose they are, which are due, what stands behind a link."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Actor
from app.accounts.proofs import digest_of
from app.core.clock import DEFAULT_ZONE, at_place
from app.core.db import session
from app.market.settings import settings
from app.market.watches.models import Rhythm, Watch, Watcher, WatchLink


def watches_of(actor: Actor) -> Select[Watch]:
    """What a person watches under their account, the newest first."""
    return (
        select(Watch)
        .join(Watch.watcher)
        .options(joinedload(Watch.patent))
        .where(Watcher.user_id == actor.user_id, Watch.confirmed_at.is_not(None))
        .order_by(Watch.created_at.desc(), Watch.id)
    )


def watch_of(actor: Actor, search: str) -> Watch | None:
    """The watch of a search that a person has already; one statement, none for visitors."""
    if actor.user_id is None:
        return None
    mine = Watcher.user_id == actor.user_id, Watch.confirmed_at.is_not(None), Watch.search == search
    return session.scalars(select(Watch).join(Watch.watcher).where(*mine)).one_or_none()


def count_watches(watcher_id: UUID) -> int:
    """How many watches of a person are confirmed."""
    confirmed = Watch.watcher_id == watcher_id, Watch.confirmed_at.is_not(None)
    return session.scalar(select(func.count()).select_from(Watch).where(*confirmed)) or 0


def link_behind(token: str) -> WatchLink | None:
    """The link with this token."""
    return session.scalars(select(WatchLink).where(WatchLink.token_hash == digest_of(token))).one_or_none()


def watcher_with_watches(watcher_id: UUID, *, lock: bool = False, skip: bool = False) -> Watcher | None:
    """A person with account and watches; `lock` keeps others off, `skip` returns None where somebody holds it."""
    statement = (
        select(Watcher)
        .options(joinedload(Watcher.user), selectinload(Watcher.watches).joinedload(Watch.patent))
        .where(Watcher.id == watcher_id)
    )
    if lock:
        statement = statement.with_for_update(of=Watcher, skip_locked=skip)
    return session.scalars(statement.execution_options(populate_existing=True)).unique().one_or_none()


def is_written(watcher_id: UUID, day: date) -> bool:
    """Whether a person has the mail of a day already: there is never a second one."""
    link = WatchLink.watcher_id == watcher_id, WatchLink.day == day
    return session.scalar(select(WatchLink.id).where(*link)) is not None


def week_begins(day: date) -> date:
    """The last day of the weekly mail that is not after `day`."""
    return day - timedelta(days=(day.isoweekday() - settings.number("watch_weekday")) % 7)


def is_due(watch: Watch, at: datetime) -> bool:
    """Whether a confirmed watch is looked at: once a day, or once a week from the day of the weekly mail on."""
    if watch.confirmed_at is None:
        return False
    day, told = at.astimezone(DEFAULT_ZONE).date(), watch.told_until.astimezone(DEFAULT_ZONE).date()
    return told < (day if watch.rhythm is Rhythm.DAILY else week_begins(day))


def due_watches(at: datetime) -> Sequence[Row[Any]]:
    """(person, looked at until) of every watch that is due, as `is_due` says; those of a person together."""
    day = at.astimezone(DEFAULT_ZONE).date()
    first = {Rhythm.DAILY: day, Rhythm.WEEKLY: week_begins(day)}
    late = [
        (Watch.rhythm == rhythm) & (Watch.told_until < at_place(begin, time(0), DEFAULT_ZONE))
        for rhythm, begin in first.items()
    ]
    statement: Any = select(Watch.watcher_id, Watch.told_until).where(Watch.confirmed_at.is_not(None), or_(*late))
    return session.execute(statement.order_by(Watch.watcher_id)).all()
