"""Several rounds over the watches at once: everybody gets one mail, whoever is first."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import func, select

from app.core.clock import DEFAULT_ZONE, at_place, today
from app.core.db import session, unit_of_work
from app.core.web import App
from app.market.portal.operations import refresh
from app.market.watches.models import Rhythm, Watch, WatchLink
from app.market.watches.operations import save_watch
from app.market.watches.telling import tell_watchers
from app.notifications.models import Mail
from tests.live.callers import together
from tests.live.world import committed, people
from tests.market.factories import make_open_licence, make_patent, patent_number

pytestmark = [pytest.mark.live, pytest.mark.slow]

WATCHERS, ROUNDS = 12, 4


def tomorrow() -> datetime:
    return at_place(today() + timedelta(days=1), time(9), DEFAULT_ZONE)


def test_four_rounds_at_once_write_to_everybody_once(live_app: App) -> None:
    crowd = people(live_app, WATCHERS)
    with committed(live_app):
        for person in crowd:
            save_watch(person.actor, "q=四轮并行", Rhythm.DAILY)
    with committed(live_app):
        patent = make_patent(number=patent_number(7_654_321), products="四轮并行", title="四轮并行的胶")
        refresh([make_open_licence(patent, number="OL-2026-FOUR").id])
    at = tomorrow()

    def go_round(_number: int) -> int:
        with live_app.app_context():
            return tell_watchers(at)

    told = together(ROUNDS, go_round)
    assert sum(told) == WATCHERS
    with live_app.app_context(), unit_of_work():
        mails = select(func.count()).select_from(Mail).where(Mail.subject.contains("四轮并行的胶"))
        links = select(func.count()).select_from(WatchLink).where(WatchLink.day.is_not(None))
        assert (session.scalar(mails), session.scalar(links)) == (WATCHERS, WATCHERS)
        assert set(session.scalars(select(Watch.told_until))) == {at}
