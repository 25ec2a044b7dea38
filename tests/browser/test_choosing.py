"""Choosing among several: the tray of picked instruments, the waiting list, another time that is proposed (point 4)."""

import re
from datetime import datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core.clock import DEFAULT_ZONE, bounds, nearest_at_place, period, today
from app.core.db import session
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.waiting.models import WaitingEntry, WaitingState
from tests.browser.cast import INSTITUTION, Member, booked, instrument, member, quarter
from tests.browser.checks import serious_faults, too_wide
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.site import Site
from tests.browser.test_requests import wait_until
from tests.browser.visitor import Visitor

HORIZON = 3  # days
BOTH = pytest.mark.parametrize("locale", [ZH, EN])


@BOTH
@pytest.mark.parametrize("width", [1280, 390])
def test_four_are_picked_and_stand_side_by_side(site: Site, visit: Visit, locale: str, width: int) -> None:
    owner = member(site, INSTITUTION)
    places = [instrument(site, owner) for _number in range(5)]
    visitor = visit(member(site).email, locale, width=width).open(f"/instruments?owner={owner.organisation_id}")
    for place in places[:4]:
        tick(visitor, place)
    tray = visitor.page.locator(".tray")
    visitor.shows("%(num)s to compare", num=4)
    assert not serious_faults(visitor.page)
    visitor.click(visitor.page.locator(f"#pick-{places[4]}"))
    tray.get_by_text(visitor.say("At most 4 at a time: take one off first.")).wait_for()
    assert visitor.page.locator("main [name=pick]:checked").count() == 4
    tick(visitor, places[0], on=False)
    tray.get_by_text("3").first.wait_for()
    tick(visitor, places[4])
    visitor.follow("Compare %(num)s", tray)
    visitor.page.wait_for_url(re.compile("/instruments/compare"))
    heads = visitor.page.locator("thead a.name")
    assert [str(place) in (heads.nth(n).get_attribute("href") or "") for n, place in enumerate(places[1:])] == [
        True
    ] * 4
    assert not serious_faults(visitor.page)
    assert not too_wide(visitor.page, width)
    visitor.click(visitor.page.get_by_role("link", name=re.compile(visitor.say("Take off"))).first)
    visitor.page.wait_for_url(lambda url: url.count("pick=") == 3)
    assert heads.count() == 3
    visitor.click(visitor.link("Choose a time"))
    visitor.page.wait_for_url(re.compile(rf"/instruments/({'|'.join(map(str, places))})"))


def tick(visitor: Visitor, place: UUID, *, on: bool = True) -> None:
    """Tick one instrument; the address carries it once the list has come anew."""
    visitor.click(visitor.page.locator(f"#pick-{place}"))
    visitor.page.wait_for_url(lambda url: (f"pick={place}" in url) is on)
    visitor.page.locator(f"#pick-{place}{':checked' if on else ':not(:checked)'}").wait_for()
    expect(visitor.page.locator(".htmx-added, .htmx-settling")).to_have_count(0)  # the new boxes listen from then on


@BOTH
def test_a_full_instrument_is_waited_for_and_given_to_who_waits(site: Site, visit: Visit, locale: str) -> None:
    owner, first, second = member(site, INSTITUTION), member(site), member(site)
    place = instrument(site, owner, horizon_days=HORIZON, longest=1440, notice=0)
    taken = fill(site, first, place)
    visitor = visit(second.email, locale).open(f"/instruments/{place}")
    visitor.follow("Join the waiting list")
    assert not serious_faults(visitor.page)
    visitor.fill(visitor.page.locator("[name=purpose]"), "蛋白复测")
    visitor.press("Join the waiting list", visitor.page.locator("main form"))
    visitor.shows("You are on the waiting list. We write as soon as something becomes free.")
    manager = visit(owner.email, locale).open(f"/instruments/{place}")
    manager.follow("Who waits, and for when")
    manager.sees(second.organisation)
    manager.sees("蛋白复测")
    assert not serious_faults(manager.page)
    leaver = visit(first.email, locale).open(f"/bookings/{taken[1]}")
    leaver.follow("Cancel booking")
    leaver.click(leaver.page.locator("main form button[type=submit]").last)
    leaver.shows("The booking is cancelled.")
    newest_mail(visitor, second.email).page.close()
    visitor.open("/bookings").count_from_here()
    visitor.follow("Check and book")
    visitor.page.wait_for_url(re.compile("/holds/"))
    assert visitor.field("Purpose").input_value() == "蛋白复测"
    visitor.page.locator("label[for=terms]").click()
    visitor.press("Book for %(amount)s")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    entry = select(WaitingEntry.state).where(WaitingEntry.payer_id == second.organisation_id)
    wait_until(lambda: site.look(lambda: session.scalars(entry).one()) is WaitingState.BOOKED)


def fill(site: Site, booker: Member, place: UUID) -> list[UUID]:
    """Book every hour that can be booked."""
    edges, last = [quarter(15)], nearest_at_place(today() + timedelta(days=HORIZON + 1), time(0), DEFAULT_ZONE)
    while edges[-1] < last:
        edges.append(min(edges[-1] + timedelta(days=1), last))
    return [booked(site, booker, place, period(*stretch)) for stretch in pairwise(edges)]


@BOTH
def test_another_time_is_proposed_and_taken(site: Site, visit: Visit, locale: str) -> None:
    owner, booker = member(site, INSTITUTION), member(site)
    place = instrument(site, owner, needs_approval=True)
    booking = booked(site, booker, place, period(quarter(5 * 1440), quarter(5 * 1440 + 120)))
    manager = visit(owner.email, locale).open(f"/bookings/{booking}/decline")
    offer = manager.page.locator("select[name=offer]")
    value = offer.locator("option").nth(1).get_attribute("value") or ""
    manager.fill(offer, value)
    manager.press("The instrument is needed for our own work at that time.")
    manager.shows("Declined. The customer has been told.")
    visitor = visit(booker.email, locale, width=390).open(f"/bookings/{booking}")
    visitor.shows("The institution proposes another time")
    assert not serious_faults(visitor.page)
    assert not too_wide(visitor.page, 390)
    visitor.press("Take this time")
    visitor.page.wait_for_url(re.compile("/holds/"))
    visitor.press("Request this booking for %(amount)s")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    assert visitor.clicks == 2, "job g: the proposed time is taken with two clicks"
    mine = select(Reservation).where(Reservation.payer_id == booker.organisation_id).order_by(Reservation.created_at)
    before, after = site.look(lambda: session.scalars(mine).all())
    assert (before.state, after.state) == (ReservationState.DECLINED, ReservationState.PENDING)
    assert bounds(after.period)[0] == datetime.fromisoformat(value)
