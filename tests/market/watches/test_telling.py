"""The round: one mail for all that is watched, each patent once, from the moment of saving on (flows-market i)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts.models import SYSTEM
from app.core.clock import now
from app.core.db import session
from app.core.settings import forget_settings
from app.core.tasks import celery
from app.market.open_licences.models import DeclarationState, PriceForm
from app.market.settings import settings
from app.market.watches import telling
from app.market.watches.happenings import Event, Happening
from app.market.watches.letters import send_news
from app.market.watches.models import Rhythm, Watch, WatchHit, WatchLink
from app.market.watches.telling import _by_patent, tell_watchers
from app.notifications.mailers import compose
from tests.market.factories import make_open_licence, make_patent
from tests.market.watches.factories import (
    FRIDAY,
    MONDAY,
    SAVED,
    THURSDAY,
    announced,
    dated,
    expiring,
    mails_to,
    pilot,
    saved,
    visitor_watch,
    watcher,
)

HOUR = timedelta(hours=1)


def email_of(actor: object) -> str:
    return str(actor.user.email)  # type: ignore[attr-defined]


def test_one_mail_for_all_searches_each_patent_once_naming_its_matches() -> None:
    """R: usdigitalresponse/usdr-gost#1735 (a mail per search), mysociety/alaveteli#5956 (repeats)."""
    me = watcher()
    saved(me, "q=光学胶")
    saved(me, "class=C09J")
    saved(me, "class=A61K")
    announced(SAVED + HOUR, title_en="Shrink-free glue")
    pilot(SAVED + HOUR, title_en="Tape")
    announced(SAVED + HOUR, title_en="Pill", ipc=["A61K9/20"], use_text="药片", products="药片", title="一种药片")
    assert tell_watchers(THURSDAY) == 1
    (mail,) = mails_to(email_of(me))
    assert mail.subject == "News of 3 patents that you watch for"
    assert [mail.body.count(title) for title in ("Shrink-free glue", "Tape", "Pill")] == [1, 1, 1]
    entries = mail.body.split("\n\n")
    glue = next(part for part in entries if "Shrink-free glue" in part)
    assert "Matches: “光学胶”, C09J" in glue
    assert "2026-11-25 Announced: can be taken by notice and payment" in glue
    tape = next(part for part in entries if "Tape" in part)
    assert "New: listed as a pilot, not announced" in tape
    assert "Asked: " in tape
    pill = next(part for part in entries if "Pill" in part)
    assert "Matches: A61K" in pill
    assert entries.index(glue) < entries.index(tape), "what is announced comes before what is a pilot"


def test_the_mail_speaks_the_readers_language_and_offers_one_click_to_stop() -> None:
    """RFC 8058: both headers, and the address takes a POST."""
    me = watcher("zh_CN")
    saved(me, "q=光学胶&status=announced")
    announced(SAVED + HOUR, title="一种不收缩的光学胶")
    assert tell_watchers(THURSDAY) == 1
    (mail,) = mails_to(email_of(me))
    assert mail.subject == "您关注的专利：一种不收缩的光学胶"
    for words in (
        "已公告，可凭通知和付款取得许可",
        "符合：“光学胶” · 已公告：可取得",
        "取消全部： http://localhost/watch-links/",
        "修改频率：",
    ):
        assert words in mail.body, words
    message = compose(mail, "Jishi <no-reply@jishi.example>")
    assert message["List-Unsubscribe"] == f"<{mail.unsubscribe_url}>"
    assert mail.unsubscribe_url in mail.body
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_nothing_from_before_the_saving_is_told_and_nothing_means_no_mail() -> None:
    """R: USStateDept/State-TalentMAP-API#221: old hits were sent."""
    me = watcher()
    saved(me, "q=光学胶")
    announced(SAVED - HOUR)
    assert tell_watchers(THURSDAY) == 0
    assert mails_to(email_of(me)) == []
    announced(THURSDAY + HOUR)
    assert tell_watchers(THURSDAY) == 0
    assert tell_watchers(FRIDAY) == 1


@pytest.mark.parametrize(
    ("search", "told"),
    [
        ("", ["announced", "expiring", "pilot", "withdrawing", "withdrawn"]),
        ("status=announced", ["announced", "expiring", "withdrawing", "withdrawn"]),
        ("status=pilot", ["announced", "pilot"]),
        ("status=private", ["new"]),
        ("form=royalty", ["announced"]),
        ("q=无此词", []),
        ("class=A61K", []),
        ("region=99", []),
        ("owner=913100000000000009", []),
        ("kind=design", []),
        ("section=C", ["announced", "expiring", "pilot", "withdrawing", "withdrawn"]),
    ],
)
def test_what_each_search_is_told_of(search: str, told: list[str]) -> None:
    """New, announced, withdrawal filed and announced, ninety days to the expiry; filters as in the search."""
    me, at = watcher(), SAVED + HOUR
    saved(me, search)
    announced(at, title_en="it was announced")
    royal = make_open_licence(
        make_patent(published_at=SAVED - 99 * HOUR, title_en="a royalty"), price_form=PriceForm.ROYALTY, rate=200,
        royalty_base="net_sales",
    )  # fmt: skip
    dated(royal, announced_since=at)
    pilot(at, title_en="it is a pilot")
    make_patent(published_at=at, title_en="it is new")
    leaving = announced(SAVED - HOUR, title_en="it is being withdrawn")
    leaving.state, leaving.withdrawal_filed_on = DeclarationState.WITHDRAWING, date(2026, 11, 25)
    dated(leaving, withdrawing_since=at)
    gone = announced(SAVED - HOUR, title_en="it was withdrawn")
    gone.state, gone.ended_on = DeclarationState.WITHDRAWN, date(2026, 11, 25)
    dated(gone, ended_since=at)
    lapsed = announced(SAVED - HOUR, title_en="it has lapsed")
    lapsed.state, lapsed.ended_on = DeclarationState.LAPSED, date(2026, 11, 25)
    dated(lapsed, ended_since=at)
    expiring(date(2026, 11, 26) + timedelta(days=90), title_en="it ends")
    expiring(date(2026, 11, 25) + timedelta(days=90), title_en="its ninety days began before the saving")
    make_open_licence(make_patent(published_at=None, title_en="hidden"))
    tell_watchers(THURSDAY)
    keys = [key.partition(":")[0] for key in session.scalars(select(WatchHit.key))]
    assert sorted(set(keys)) == told
    assert keys.count("announced") == (2 if search in {"", "status=announced", "status=pilot", "section=C"} else
                                       1 if "announced" in told else 0)  # fmt: skip
    body = "".join(mail.body for mail in mails_to(email_of(me)))
    assert "hidden" not in body
    assert "lapsed" not in body
    assert ("its ninety days" in body) is False


def test_a_watched_patent_tells_all_of_its_own_and_nothing_else() -> None:
    me = watcher()
    mine = pilot(SAVED - HOUR, title_en="Mine")
    saved(me, "", patent=mine.patent)
    announced(SAVED + HOUR, title_en="Another")
    assert tell_watchers(THURSDAY) == 0
    dated(mine, pilot_since=SAVED - HOUR, announced_since=THURSDAY + HOUR)
    assert tell_watchers(FRIDAY) == 1
    (mail,) = mails_to(email_of(me))
    assert mail.subject == "Watched: Mine"
    assert "Another" not in mail.body


def test_run_twice_or_every_hour_it_tells_nothing_twice() -> None:
    me = watcher()
    saved(me, "q=光学胶")
    announced(SAVED + HOUR)
    assert [tell_watchers(THURSDAY + n * HOUR) for n in range(6)] == [1, 0, 0, 0, 0, 0]
    assert tell_watchers(FRIDAY) == 0
    assert len(mails_to(email_of(me))) == 1


def test_what_committed_late_is_told_the_next_day_and_once() -> None:
    """A fact is dated before its transaction ends: the round looks back, the hits keep it from repeating."""
    me = watcher()
    saved(me, "q=光学胶")
    announced(THURSDAY - HOUR, title_en="Seen")
    assert tell_watchers(THURSDAY) == 1
    announced(THURSDAY - HOUR, title_en="Unseen")
    assert tell_watchers(FRIDAY) == 1
    second = mails_to(email_of(me))[1]
    assert second.subject == "Watched: Unseen"
    assert "Seen" not in second.body


def test_killed_half_way_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each person is one transaction: the first one's mail stays, the second one's comes with the next round, once."""
    people = [watcher(), watcher(), watcher()]
    for one in people:
        saved(one, "q=光学胶")
    announced(SAVED + HOUR)
    session.commit()
    send, calls = send_news, []

    def dying(*arguments: object, **named: object) -> bool:
        done = send(*arguments, **named)  # type: ignore[arg-type]
        calls.append(done)
        if len(calls) == 2:
            raise KeyboardInterrupt  # the mail is queued, but its transaction never ends
        return done

    monkeypatch.setattr(telling, "send_news", dying)
    with pytest.raises(KeyboardInterrupt):
        tell_watchers(THURSDAY)
    monkeypatch.undo()
    assert sorted(len(mails_to(email_of(one))) for one in people) == [0, 0, 1]
    assert tell_watchers(THURSDAY + HOUR) == 2
    assert [len(mails_to(email_of(one))) for one in people] == [1, 1, 1]
    assert session.scalar(select(func.count()).select_from(WatchLink).where(WatchLink.day.is_not(None))) == 3


def test_weekly_comes_on_its_day_with_the_daily_ones_and_says_nothing_twice() -> None:
    me = watcher()
    saved(me, "q=光学胶", Rhythm.DAILY)
    saved(me, "class=A61K", Rhythm.WEEKLY)
    saved(me, "class=C09J", Rhythm.WEEKLY)
    announced(SAVED + HOUR, title_en="Glue")
    announced(SAVED + HOUR, title_en="Pill", ipc=["A61K9/20"], use_text="药片", products="药片", title="一种药片")
    assert tell_watchers(THURSDAY) == 1
    assert tell_watchers(FRIDAY) == 0
    announced(MONDAY - 3 * HOUR, title_en="Fresh glue")
    assert tell_watchers(MONDAY) == 1
    first, second = mails_to(email_of(me))
    assert [title in first.body for title in ("Glue", "Pill", "Fresh glue")] == [True, False, False]
    assert [title in second.body for title in ("Fresh glue", "Pill")] == [True, True]
    assert second.body.count("Glue") == 0, "the daily mail has told it, the weekly one need not"


def test_after_an_outage_a_weekly_mail_comes_on_the_next_day_there_is() -> None:
    me = watcher()
    saved(me, "q=光学胶", Rhythm.WEEKLY)
    announced(SAVED + HOUR)
    assert tell_watchers(FRIDAY) == 0
    assert tell_watchers(MONDAY + timedelta(days=2)) == 1
    assert tell_watchers(MONDAY + timedelta(days=3)) == 0
    assert tell_watchers(MONDAY + timedelta(days=7)) == 0


def test_nobody_is_written_to_before_the_hour_of_the_setting_or_twice_a_day() -> None:
    me = watcher()
    watch = saved(me, "q=光学胶")
    announced(SAVED + HOUR)
    settings.change(SYSTEM, "watch_hour", 9)
    forget_settings()
    assert tell_watchers(THURSDAY) == 0
    assert tell_watchers(THURSDAY + HOUR) == 1
    announced(THURSDAY - HOUR)
    watch.told_until = SAVED  # as if another watch of the same person became due later that day
    session.flush()
    assert tell_watchers(THURSDAY + 5 * HOUR) == 0
    assert tell_watchers(FRIDAY + HOUR) == 1


def test_unconfirmed_watches_and_closed_accounts_get_nothing() -> None:
    me = watcher()
    saved(me, "q=光学胶").confirmed_at = None
    closed = watcher()
    saved(closed, "q=光学胶")
    assert closed.user is not None
    closed.user.disabled_at = now()
    announced(SAVED + HOUR)
    session.flush()
    assert tell_watchers(THURSDAY) == 0


def test_a_long_mail_says_how_many_more_there_are() -> None:
    settings.change(SYSTEM, "watch_mail_patents", 2)
    forget_settings()
    visitor_watch("reader@example.org", "q=光学胶")
    for number in range(5):
        announced(SAVED + HOUR, title_en=f"Glue {number}")
    assert tell_watchers(THURSDAY) == 1
    mail = mails_to("reader@example.org")[-1]
    assert "And 3 patents more; see the searches below." in mail.body
    assert mail.body.count("Glue") == 2
    assert "Change the rhythm" not in mail.body
    assert tell_watchers(FRIDAY) == 0


def test_a_round_asks_as_often_for_many_people_with_one_search_as_for_one(
    max_queries: Callable[[int], AbstractContextManager[list[str]]],
) -> None:
    for _ in range(8):
        saved(watcher(), "q=光学胶")
    announced(SAVED + HOUR)
    session.commit()
    with max_queries(8 * 14 + 8) as seen:
        assert tell_watchers(THURSDAY) == 8
    assert sum("patents.search_vector" in one and "publications" in one for one in seen) == 1


def test_the_tasks_are_on_the_schedule() -> None:
    assert {"watches.tell", "watches.sweep"} <= set(celery.conf.beat_schedule)


happened = st.builds(
    Happening,
    event=st.sampled_from(Event),
    patent_id=st.sampled_from([uuid4() for _ in range(4)]),
    open_licence_id=st.none(),
    at=st.datetimes(timezones=st.just(UTC)),
    statuses=st.just(frozenset({"announced"})),
)


@pytest.mark.nodb
@given(st.dictionaries(happened, st.lists(st.integers(0, 3), min_size=1, unique=True), min_size=1))
def test_each_patent_once_with_all_that_happened_and_every_match(met: dict[Happening, list[int]]) -> None:
    """Against the slow model: for each patent what happened to it, and the watches of any of these."""
    watches = [Watch(id=uuid4(), search=str(number)) for number in range(4)]
    told = _by_patent(list(met), {one: [watches[number] for number in numbers] for one, numbers in met.items()})
    assert len({one.patent_id for one in told}) == len(told)
    assert {one.patent_id for one in told} == {one.patent_id for one in met}
    for one in told:
        theirs = [each for each in met if each.patent_id == one.patent_id]
        assert list(one.happenings) == theirs
        assert {watch.search for watch in one.watches} == {str(number) for each in theirs for number in met[each]}
