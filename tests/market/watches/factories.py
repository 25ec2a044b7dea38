"""Watches for tests: made through the operations, then set back in time."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.accounts.models import Actor
from app.core.db import session
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Patent
from app.market.portal.models import Publication, PublicStatus
from app.market.portal.operations import refresh
from app.market.watches.models import Rhythm, Watch
from app.market.watches.operations import ask_watch, confirm_watch, save_watch
from app.notifications.models import Mail
from tests.accounts.factories import make_actor, make_user
from tests.market.factories import make_open_licence, make_patent, make_pilot

SAVED = datetime(2026, 11, 25, 2, tzinfo=UTC)  # Wednesday, 10:00 at home
THURSDAY = datetime(2026, 11, 26, 0, 20, tzinfo=UTC)  # 8:20 at home
FRIDAY = THURSDAY + timedelta(days=1)
MONDAY = THURSDAY + timedelta(days=4)


def watcher(locale: str = "en", **overrides: Any) -> Actor:
    """Somebody who reads English unless said otherwise."""
    return make_actor(user=make_user(locale=locale, **overrides))


def saved(actor: Actor, search: str, rhythm: Rhythm = Rhythm.DAILY, *, patent: Patent | None = None) -> Watch:
    """A watch saved on Wednesday at ten."""
    return back(save_watch(actor, search, rhythm, patent=patent))


def back(watch: Watch, at: datetime = SAVED) -> Watch:
    """As if it had been saved then."""
    session.execute(update(Watch).where(Watch.id == watch.id).values(created_at=at, told_until=at))
    session.refresh(watch)
    return watch


def visitor_watch(email: str, search: str, rhythm: Rhythm = Rhythm.DAILY, *, locale: str = "en") -> tuple[Watch, str]:
    """A visitor's watch that is confirmed, and the token of its link."""
    _watch, token, _link = ask_watch(email, search, rhythm, locale=locale, address="203.0.113.7")
    return back(confirm_watch(token)), token


def announced(at: datetime, **patent: Any) -> OpenLicence:
    """A declaration that has become public as announced at a moment."""
    return dated(make_open_licence(make_patent(published_at=SAVED - timedelta(days=99), **patent)), announced_since=at)


def pilot(at: datetime, **patent: Any) -> OpenLicence:
    """One that was listed as a pilot at a moment."""
    return dated(make_pilot(make_patent(published_at=SAVED - timedelta(days=99), **patent)), pilot_since=at)


def dated(open_licence: OpenLicence, **moments: Any) -> OpenLicence:
    """Its publication with these moments; those that are not named lie long before."""
    session.flush()
    refresh([open_licence.id])
    publication = session.get_one(Publication, open_licence.id)
    for name in ("pilot_since", "announced_since", "withdrawing_since", "ended_since"):
        if getattr(publication, name) is not None:
            setattr(publication, name, SAVED - timedelta(days=50))
    for name, at in moments.items():
        setattr(publication, name, at)
    if publication.status is PublicStatus.ENDED and publication.ended_since is None:
        publication.ended_since = SAVED
    session.flush()
    return open_licence


def mails_to(email: str) -> list[Mail]:
    """What was written to somebody, the oldest first."""
    return list(session.scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.created_at, Mail.id)))


def token_in(mail: Mail) -> str:
    """The secret in a mail."""
    found = re.search(r"/watch-links/([\w-]{40,})/", mail.body)
    assert found is not None
    return found[1]


def expiring(day: date, **patent: Any) -> OpenLicence:
    """An announced declaration whose patent ends on a day."""
    return announced(SAVED - timedelta(days=30), expires_on=day, filed_on=day.replace(year=day.year - 20), **patent)
