"""Saving, confirming, changing, stopping, forgetting: what stays of a person and what does not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import ANONYMOUS, SYSTEM, Actor
from app.accounts.proofs import digest_of
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing, TooMany
from app.core.settings import forget_settings
from app.market.settings import settings
from app.market.watches.models import Rhythm, Watch, Watcher, WatchHit, WatchLink
from app.market.watches.operations import (
    adopt_visitors,
    ask_watch,
    change_rhythm,
    confirm_watch,
    save_watch,
    stop_by_link,
    stop_watch,
    sweep,
)
from app.market.watches.queries import watch_of
from app.market.watches.searches import canonical, filters_of, name_of_search, search_of
from app.market.watches.telling import tell_watchers
from app.notifications.models import Mail
from tests.accounts.factories import make_user
from tests.market.factories import make_patent
from tests.market.watches.factories import (
    FRIDAY,
    SAVED,
    THURSDAY,
    announced,
    mails_to,
    saved,
    token_in,
    visitor_watch,
    watcher,
)

HOUR = timedelta(hours=1)
ME = "reader@example.org"


def count(model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def ask(email: str = ME, search: str = "q=胶", address: str = "203.0.113.7") -> tuple[Watch, str]:
    watch, token, _link = ask_watch(email, search, Rhythm.WEEKLY, locale="en", address=address)
    return watch, token


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("?q=%E8%83%B6&status=pilot&status=announced&page=3", "q=%E8%83%B6&status=announced&status=pilot"),
        ("sales=1000&margin=5&sort=total&pick=x&q=a++b&class=C09J", "class=C09J&q=a+b"),
        ("status=nonsense&owner=%27%3B--&region=2201&exact=1", "exact=1&region=2201"),
    ],
)
def test_a_search_is_always_written_alike(typed: str, kept: str) -> None:
    assert canonical(typed) == kept
    assert search_of(filters_of(kept)) == kept


def test_a_search_is_called_by_its_words_and_filters() -> None:
    assert name_of_search("", {}) == "全部专利开放许可"
    owners = {"91310000X": ("北松大学", "Beisong University")}
    assert name_of_search("class=C09J&owner=91310000X&q=%E8%83%B6", owners) == "“胶” · C09J · 北松大学"


def test_saved_twice_it_is_one_watch_with_the_later_rhythm() -> None:
    me = watcher()
    first = save_watch(me, "?q=胶&sort=total", Rhythm.WEEKLY)
    assert save_watch(me, "q=胶", Rhythm.DAILY) is first
    assert (first.rhythm, count(Watch), count(Watcher)) == (Rhythm.DAILY, 1, 1)
    assert watch_of(me, first.search) is first
    assert watch_of(ANONYMOUS, first.search) is None
    with pytest.raises(Missing):
        save_watch(ANONYMOUS, "q=胶", Rhythm.DAILY)
    with pytest.raises(Invalid, match="条件过多"):
        save_watch(me, "&".join(f"owner={'A' * 30}{number}" for number in range(30)) + "&q=" + "胶" * 200, Rhythm.DAILY)


def test_nobody_watches_more_than_the_setting_allows() -> None:
    settings.change(SYSTEM, "watches_most", 2)
    forget_settings()
    me = watcher()
    for search in ("q=a", "q=b"):
        save_watch(me, search, Rhythm.DAILY)
    with pytest.raises(Conflict, match="2"):
        save_watch(me, "q=c", Rhythm.DAILY)
    visitor_watch(ME, "q=a")
    visitor_watch(ME, "q=b")
    _watch, token = ask(search="q=c")
    with pytest.raises(Conflict):
        confirm_watch(token)
    session.rollback()


def test_a_visitor_confirms_by_the_link_and_only_then_is_written_to() -> None:
    """Double opt-in; the token is kept as a digest only."""
    watch, token = ask()
    watch.created_at = watch.told_until = SAVED
    announced(SAVED + HOUR, title="一种光学胶")
    assert tell_watchers(THURSDAY + timedelta(days=4)) == 0
    links = session.scalars(select(WatchLink)).all()
    assert [link.token_hash for link in links] == [digest_of(token)]
    assert confirm_watch(token) is watch
    assert confirm_watch(token).confirmed_at == watch.confirmed_at
    assert tell_watchers(THURSDAY + timedelta(days=4)) == 1, "what happened since the saving is told"
    with pytest.raises(Missing):
        confirm_watch("x" * 43)


def test_a_link_is_too_old_after_the_days_of_the_setting() -> None:
    _watch, token = ask()
    session.execute(update(WatchLink).values(created_at=now() - timedelta(days=8)))
    session.expire_all()
    with pytest.raises(Missing, match="过期"):
        confirm_watch(token)


def test_asking_again_changes_nothing_of_what_is_confirmed_and_tells_nobody() -> None:
    watch, _token = visitor_watch(ME, "q=胶", Rhythm.WEEKLY)
    again, token, _link = ask_watch(ME.upper(), "q=胶", Rhythm.DAILY, locale="zh_CN", address="203.0.113.9")
    assert (again, again.rhythm, count(Watcher)) == (watch, Rhythm.WEEKLY, 1)
    assert confirm_watch(token) is watch
    assert session.scalars(select(Watcher.locale)).one() == "en"


def test_one_mailbox_and_one_network_are_asked_so_often_only() -> None:
    for number in range(5):
        ask(search=f"q={number}", address=f"203.0.113.{number}")
    with pytest.raises(TooMany):
        ask(search="q=6", address="203.0.113.6")
    for number in range(20):
        ask(f"a{number}@example.org", address="198.51.100.1")
    with pytest.raises(TooMany):
        ask("b@example.org", address="198.51.100.1")


def test_only_its_person_changes_or_stops_a_watch() -> None:
    me, other = watcher(), watcher()
    watch = save_watch(me, "q=胶", Rhythm.DAILY)
    for act in (lambda: change_rhythm(other, watch, Rhythm.WEEKLY), lambda: stop_watch(other, watch)):
        with pytest.raises(Forbidden):
            act()
    change_rhythm(me, watch, Rhythm.WEEKLY)
    assert watch.rhythm is Rhythm.WEEKLY
    stop_watch(me, watch)
    assert (count(Watch), count(Watcher)) == (0, 0)


def test_stopped_by_the_mail_each_alone_or_all_and_the_address_goes() -> None:
    """Personal data goes with the last watch: address, links, hits, and the mails that carried them."""
    first, _token = visitor_watch(ME, "q=胶")
    second, _token = visitor_watch(ME, "class=C09J")
    announced(SAVED + HOUR, title="一种光学胶")
    assert tell_watchers(THURSDAY) == 1
    token = token_in(mails_to(ME)[-1])
    stranger, _token = visitor_watch("other@example.org", "q=胶")
    assert stop_by_link(token, stranger.id) == 0
    assert stop_by_link(token, first.id) == 1
    assert session.scalars(select(Watch.id).where(Watch.watcher_id == second.watcher_id)).all() == [second.id]
    assert len(mails_to(ME)) == 1
    assert stop_by_link(token) == 1
    assert session.scalars(select(Watcher.email)).all() == ["other@example.org"]
    assert (mails_to(ME), count(WatchHit)) == ([], 0)
    with pytest.raises(Missing):
        stop_by_link(token)
    announced(THURSDAY + HOUR)
    tell_watchers(FRIDAY)
    assert mails_to(ME) == []


def test_an_earlier_mail_still_stops() -> None:
    visitor_watch(ME, "q=胶")
    for day in (THURSDAY, FRIDAY):
        announced(day - HOUR, title="一种光学胶")
        tell_watchers(day)
    first, second = (token_in(mail) for mail in mails_to(ME))
    assert first != second
    assert stop_by_link(first) == 1


def test_what_is_not_confirmed_in_time_is_deleted_with_its_address() -> None:
    ask("late@example.org")
    confirmed, _token = visitor_watch(ME, "q=胶")
    old = now() - timedelta(days=8)
    session.execute(update(Watch).where(Watch.confirmed_at.is_(None)).values(created_at=old))
    session.execute(update(Watcher).values(created_at=old))
    session.add(WatchHit(watcher_id=confirmed.watcher_id, key="new:x", told_at=now() - timedelta(days=99)))
    session.flush()
    assert sweep() == 1
    assert sweep() == 0
    assert session.scalars(select(Watcher.email)).all() == [ME]
    assert (count(WatchHit), count(Mail)) == (0, 0)


def test_a_visitor_who_has_an_account_gets_one_mail_with_it() -> None:
    """ONE mail for all watched searches of a person."""
    user = make_user(locale="en")
    me = Actor(user=user)
    saved(me, "q=光学胶")
    visitor_watch(user.email, "q=光学胶")
    theirs, token = visitor_watch(user.email, "class=C09J")
    waiting, _token = ask(user.email, "kind=design")
    announced(SAVED + HOUR)
    assert adopt_visitors() == 1
    assert adopt_visitors() == 0
    session.expire_all()
    assert (count(Watcher), count(Watch)) == (1, 3)
    assert waiting.confirmed_at is None
    assert tell_watchers(THURSDAY) == 1
    (mail,) = mails_to(user.email)
    assert "“光学胶”, C09J" in mail.body
    assert stop_by_link(token, theirs.id) == 1


def test_a_patent_is_watched_by_its_id() -> None:
    me, patent = watcher(), make_patent()
    watch = save_watch(me, "ignored", Rhythm.DAILY, patent=patent)
    assert (watch.search, watch.patent_id) == (f"patent={patent.id}", patent.id)
