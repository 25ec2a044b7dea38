"""How often something may be done: counted in the database, so that several web processes share one count."""

from datetime import timedelta

from sqlalchemy import func, insert, select

from app.accounts.models import RateHit
from app.core.clock import now
from app.core.db import hold_key, session
from app.core.errors import TooMany
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7


def take_turn(key: str, limit: int, window: timedelta) -> None:
    """Count one use of `key`. Raises TooMany when it was used `limit` times within `window` before."""
    hold_key(key)
    used = session.scalar(select(func.count()).where(RateHit.key == key, RateHit.at > now() - window)) or 0
    if used >= limit:
        raise TooMany(_l("Too many requests. Try again later."))
    session.execute(insert(RateHit).values(id=uuid7(), key=key, at=now()))
