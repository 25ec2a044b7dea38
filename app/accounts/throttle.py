"""How often something may be done: counted in the database, so that several web processes share one count."""

from datetime import timedelta
from math import ceil

from sqlalchemy import func, insert, select

from app.accounts.models import RateHit
from app.core.clock import now
from app.core.db import hold_key, session
from app.core.errors import TooMany
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7


def take_turn(key: str, limit: int, window: timedelta) -> None:
    """Count one use of `key`. Raises TooMany, saying when to try again, after `limit` uses within `window`."""
    hold_key(key)
    recent = select(func.count(), func.min(RateHit.at)).where(RateHit.key == key, RateHit.at > now() - window)
    used, earliest = session.execute(recent).one()
    if used >= limit:
        raise TooMany(_wait(earliest + window - now()))
    session.execute(insert(RateHit).values(id=uuid7(), key=key, at=now()))


def _wait(rest: timedelta) -> object:
    """How long to wait, in whole minutes or hours, rounded up."""
    minutes = max(1, ceil(rest / timedelta(minutes=1)))
    if minutes < 100:
        return _l("Too many requests. Try again in %(minutes)s min.", minutes=minutes)
    return _l("Too many requests. Try again in %(hours)s h.", hours=ceil(minutes / 60))
