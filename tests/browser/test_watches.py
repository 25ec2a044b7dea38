"""Watching a search: two clicks with an account; a visitor three and one field; one more stops it (flows-market i)."""

import secrets
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.clock import DEFAULT_ZONE, at_place, today
from app.core.db import session
from app.market.portal.operations import refresh
from app.market.watches.models import Watch, Watcher
from app.market.watches.telling import tell_watchers
from tests.browser.cast import member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import link_in_mail, newest_mail
from tests.browser.site import Site
from tests.market.factories import make_open_licence, make_patent, patent_number

TITLE = "一种防雾涂层"


def announce(mark: str) -> None:
    """CNIPA announces a patent whose product has the mark."""
    number = patent_number(secrets.randbelow(8_000_000) + 1_000_000)
    patent = make_patent(number=number, title=f"{TITLE}{mark}", title_en="", products=f"防雾{mark}")
    open_licence = make_open_licence(patent, number=f"OL-2026-{mark}")
    refresh([open_licence.id])


def tomorrow() -> datetime:
    return at_place(today() + timedelta(days=1), time(8), DEFAULT_ZONE)


def watched(user_id: UUID | None, email: str) -> list[bool]:
    """Whether each watch of somebody is confirmed."""
    who = Watcher.user_id == user_id if user_id else Watcher.email == email
    found = session.scalars(select(Watch).join(Watch.watcher).where(who))
    return [watch.confirmed_at is not None for watch in found]


@pytest.mark.parametrize("locale", [ZH, EN])
def test_with_an_account_two_clicks_and_one_mail(site: Site, visit: Visit, locale: str) -> None:
    person, mark = member(site), secrets.token_hex(4)
    me = visit(person.email, locale).open(f"/patents?q=防雾{mark}")
    me.count_from_here()
    me.follow("Watch this search")
    me.press("Watch daily")
    assert (me.clicks, me.fields) == (2, 0)
    me.shows("You watch this now. One mail tells you of everything you watch.")
    me.shows("You watch this already: one mail a day when something happened.")
    assert not serious_faults(me.page)

    site.prepare(lambda: announce(mark))
    site.prepare(lambda: tell_watchers(tomorrow()))
    stop = link_in_mail(me, person.email, "/stop").removeprefix("http://localhost")  # the round ran in this process
    mail = newest_mail(me, person.email, f"{TITLE}{mark}")
    assert me.say("Announced: can be taken by notice and payment") in mail.inner_text()
    mail.page.close()

    me.open("/watches")
    me.sees(f"防雾{mark}")
    assert not serious_faults(me.page)
    me.press("Make weekly")
    me.button("Make daily").wait_for()

    stranger = visit("", locale).open(stop)
    stranger.count_from_here()
    assert not serious_faults(stranger.page)
    stranger.press("Stop this watch" if "watch=" in stop else "Stop all")
    assert stranger.clicks == 1
    stranger.shows("Stopped")
    assert site.look(lambda: watched(person.user_id, "")) == []
    me.is_content()


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_visitor_three_clicks_and_one_field(site: Site, visit: Visit, locale: str) -> None:
    mark = secrets.token_hex(4)
    email = f"{mark}@readers.example"
    guest = visit("", locale).open(f"/patents?q=防雾{mark}")
    guest.count_from_here()
    guest.follow("Watch this search")
    guest.fill(guest.field("E-mail address", guest.page.locator("#watch")), email)
    guest.press("Watch weekly")
    guest.shows("A link is on its way to %(email)s. Nothing is sent before you press its button.", email=email)
    address = link_in_mail(guest, email, "/confirm")
    guest.open(address)
    assert site.look(lambda: watched(None, email)) == [False], "looking at the link changes nothing"
    assert not serious_faults(guest.page)
    guest.press("Yes, write to me")
    assert (guest.clicks, guest.fields) == (3, 1)
    guest.shows("You watch this")
    assert site.look(lambda: watched(None, email)) == [True]
    guest.is_content()
