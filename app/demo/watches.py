"""What the demonstration's people watch: searches of a firm, so that its page is not empty."""

from sqlalchemy import select

from app.core.db import session
from app.demo.patents import SHEETS
from app.demo.people import actor_of
from app.market.patents.models import Patent
from app.market.watches.models import Rhythm, Watch
from app.market.watches.operations import save_watch

SEARCHES = (("q=光学胶", Rhythm.DAILY), ("class=H01M&form=free&form=royalty", Rhythm.WEEKLY), ("", Rhythm.WEEKLY))
WATCHED = "probe"


def are_there() -> bool:
    """Whether anybody watches anything."""
    return session.scalar(select(Watch.id).limit(1)) is not None


def load_watches(_password: str) -> str:
    """Three searches and a pilot, watched by the firm."""
    person = actor_of("sme@jishi.example")
    for search, rhythm in SEARCHES:
        save_watch(person, search, rhythm, locale="zh_CN")
    number = next(one.number for one in SHEETS if one.key == WATCHED)
    patent = session.scalars(select(Patent).where(Patent.number == number)).one()
    save_watch(person, "", Rhythm.WEEKLY, patent=patent)
    return f"{len(SEARCHES) + 1} watches"
