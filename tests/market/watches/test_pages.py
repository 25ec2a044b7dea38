"""Watching on the pages: with an account, as a visitor, and by the links in the mails."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import session
from app.market.watches.models import Rhythm, Watch, Watcher
from app.market.watches.operations import save_watch
from app.market.watches.telling import tell_watchers
from app.notifications.models import Mail
from tests.accounts.factories import sign_in
from tests.market.factories import make_open_licence, make_patent
from tests.market.watches.factories import SAVED, THURSDAY, announced, mails_to, token_in, visitor_watch, watcher

EN = {"Accept-Language": "en"}
ME = "reader@example.org"


def watches() -> list[Watch]:
    return list(session.scalars(select(Watch).order_by(Watch.created_at)))


def hidden_search(page: str) -> str:
    found = re.search(r'name="search" value="([^"]*)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_the_results_offer_to_watch_the_search_with_its_feed(client: FlaskClient) -> None:
    make_open_licence()
    page = client.get("/patents?q=光学胶&class=C09J&sort=total&sales=90", headers=EN).text
    assert hidden_search(page) == "class=C09J&q=%E5%85%89%E5%AD%A6%E8%83%B6"
    for words in ("Watch weekly", "Watch daily", "E-mail address", "RSS feed of this search", 'href="#watch"'):
        assert words in page, words
    nothing = client.get("/patents?q=无此词", headers=EN).text
    assert "Watch weekly" in nothing, "what is not there yet is worth watching most"


def test_somebody_with_an_account_saves_and_sees_it(client: FlaskClient) -> None:
    me = watcher()
    sign_in(client, me)
    page = client.get("/patents?q=胶", headers=EN).text
    assert 'name="email"' not in page
    sent = client.post("/watches", data={"search": hidden_search(page), "rhythm": "daily"})
    assert sent.headers["Location"] == "/patents?q=%E8%83%B6"
    assert [(one.search, one.rhythm) for one in watches()] == [("q=%E8%83%B6", Rhythm.DAILY)]
    assert mails_to(str(me.user.email if me.user else "")) == []
    after = client.get("/patents?q=胶", headers=EN).text
    assert "You watch this already: one mail a day" in after
    mine = client.get("/watches", headers=EN).text
    assert "“胶”" in mine
    assert "Make weekly" in mine
    client.post(f"/watches/{watches()[0].id}/rhythm", data={"rhythm": "weekly"})
    assert watches()[0].rhythm is Rhythm.WEEKLY
    assert "“胶”" in client.get("/watches?format=csv", headers=EN).get_data(as_text=True)
    assert client.post(f"/watches/{watches()[0].id}/stop").status_code == 302
    assert "You watch nothing yet" in client.get("/watches", headers=EN).text


def test_a_patent_is_watched_from_its_page(client: FlaskClient) -> None:
    me, patent = watcher(), make_patent(title_en="Glue that stays")
    make_open_licence(patent)
    identity, hidden = patent.id, make_patent(published_at=None).id
    sign_in(client, me)
    assert "Watch this patent" in client.get(f"/patents/{identity}", headers=EN).text
    sent = client.post("/watches", data={"patent": str(identity), "rhythm": "weekly"})
    assert sent.headers["Location"] == f"/patents/{identity}"
    assert "You watch this already" in client.get(f"/patents/{identity}", headers=EN).text
    assert "Glue that stays" in client.get("/watches", headers=EN).text
    for wrong in ("x", "00000000-0000-0000-0000-000000000000", str(hidden)):
        assert client.post("/watches", data={"patent": wrong, "rhythm": "weekly"}).status_code == 404


@pytest.mark.parametrize(
    ("locale", "subject", "button"),
    [("en", "Confirm: watch “胶”", "Yes, write to me"), ("zh", "确认关注：“胶”", 'button-main">确认关注<')],
)
def test_a_visitor_gets_a_link_and_looking_at_it_changes_nothing(
    client: FlaskClient, locale: str, subject: str, button: str
) -> None:
    """SafeLinks fetches, even submits (FusionAuth/fusionauth-site PR#2922): a GET does nothing."""
    language = {"Accept-Language": locale}
    sent = client.post("/watches", data={"search": "q=胶", "rhythm": "daily", "email": ME}, headers=language)
    assert sent.status_code == 302
    (mail,) = mails_to(ME)
    assert mail.subject == subject
    assert mail.unsubscribe_url == ""
    assert "http://localhost/watch-links/" in mail.body
    address = f"/watch-links/{token_in(mail)}/confirm"
    for _look in range(2):
        page = client.get(address, headers=language).text
        assert button in page
        assert 'content="no-referrer"' in page
    assert watches()[0].confirmed_at is None
    done = client.post(address, headers=language)
    assert done.status_code == 200
    session.expire_all()
    assert watches()[0].confirmed_at is not None
    assert button not in client.get(address, headers=language).text


def test_a_wrong_address_is_refused_at_its_field_and_too_many_are_told_to_wait(client: FlaskClient) -> None:
    for email in ("", "nobody", "a@b", "x" * 300 + "@example.org"):
        refused = client.post("/watches", data={"search": "q=胶", "rhythm": "weekly", "email": email}, headers=EN)
        assert refused.status_code == 422
        assert "“胶”" in refused.text
    for number in range(6):
        answer = client.post("/watches", data={"search": f"q={number}", "rhythm": "weekly", "email": ME}, headers=EN)
    assert answer.status_code == 429
    assert "Too many requests" in answer.text
    assert len(mails_to(ME)) == 5


def test_one_click_stops_without_a_session_or_a_token(client: FlaskClient) -> None:
    """RFC 8058: the mail program posts to the address of the header, with no cookie and no token of a form."""
    visitor_watch(ME, "q=胶")
    announced(SAVED.replace(hour=5), title="一种光学胶")
    tell_watchers(THURSDAY)
    mail = mails_to(ME)[-1]
    address = mail.unsubscribe_url.removeprefix("http://localhost")
    client.application.config["WTF_CSRF_ENABLED"] = True
    try:
        program = client.application.test_client()
        answer = program.post(address, data={"List-Unsubscribe": "One-Click"})
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 200
    assert session.scalars(select(Watcher.id)).all() == []
    assert session.scalars(select(Mail.id)).all() == []
    assert client.get(address).status_code == 404


def test_the_link_in_a_mail_stops_one_or_all_after_a_button(client: FlaskClient) -> None:
    first, _token = visitor_watch(ME, "q=胶")
    second, _token = visitor_watch(ME, "class=C09J")
    ids = str(first.id), str(second.id)
    announced(SAVED.replace(hour=5), title="一种光学胶")
    tell_watchers(THURSDAY)
    token = token_in(mails_to(ME)[-1])
    whole = client.get(f"/watch-links/{token}/stop", headers=EN).text
    assert "Stop all" in whole
    assert f"?watch={ids[0]}" in whole
    one = client.get(f"/watch-links/{token}/stop?watch={ids[0]}", headers=EN).text
    assert "Stop this watch" in one
    assert len(watches()) == 2, "looking changes nothing"
    stopped = client.post(f"/watch-links/{token}/stop?watch={ids[0]}", headers=EN).text
    assert "1 watch is stopped" in stopped
    assert [str(each.id) for each in watches()] == [ids[1]]
    assert "1 watch is stopped" in client.post(f"/watch-links/{token}/stop", headers=EN).text
    assert watches() == []


def test_pages_with_the_panel_need_few_statements(
    client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    me = watcher()
    identity = make_open_licence().patent_id
    for number in range(8):
        save_watch(me, f"q={number}&owner=91310000{number}", Rhythm.DAILY)
    sign_in(client, me)
    for address, most in (("/patents", 10), (f"/patents/{identity}", 10), ("/watches", 6), ("/watches?format=csv", 6)):
        session.expunge_all()
        with max_queries(most):
            assert client.get(address).status_code == 200
