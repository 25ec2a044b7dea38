"""Booking again, moving, cancelling, losing a race, coming late (point 4; jobs b and c; flows.md §4 and §5)."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.clock import now, period
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import HoldQuote, Reservation, ReservationState
from app.equipment.schedule.models import Occupation
from tests.browser.cast import INSTITUTION, booked, instrument, member, quarter
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.site import Site
from tests.browser.test_booking import PURPOSE, drag, next_week
from tests.browser.visitor import Visitor
from tests.equipment.factories import publish_dearer

TAKEN = "Somebody has just taken that time. What you entered is kept."
BOTH = pytest.mark.parametrize("locale", [ZH, EN])


def state_of(site: Site, booking: UUID) -> ReservationState:
    return site.look(lambda: session.get_one(Reservation, booking).state)


@BOTH
def test_booking_again_takes_three_clicks(site: Site, visit: Visit, locale: str) -> None:
    place, booker = instrument(site, member(site, INSTITUTION)), member(site)
    start = quarter(-7 * 24 * 60)
    booked(site, booker, place, period(start, start + timedelta(hours=2)), "例行检测")
    visitor = visit(booker.email, locale).open("/bookings?when=all")
    visitor.count_from_here()
    visitor.follow("Book again")
    visitor.press("Hold this time and go on")
    assert visitor.field("Purpose").input_value() == "例行检测"
    visitor.press("Book for %(amount)s")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    assert (visitor.clicks, visitor.fields) == (3, 0), "job b allows 3 clicks and no field"


@BOTH
def test_a_booking_is_moved_and_then_cancelled_at_the_fee_shown(site: Site, visit: Visit, locale: str) -> None:
    place, booker = instrument(site, member(site, INSTITUTION)), member(site)
    start = quarter(7 * 24 * 60)
    booking = booked(site, booker, place, period(start, start + timedelta(hours=1)))
    visitor = visit(booker.email, locale).open(f"/bookings/{booking}")
    visitor.count_from_here()
    visitor.follow("Move")
    visitor.page.wait_for_url(re.compile("/move"))
    drag(visitor, (9, 11))
    visitor.page.locator("#quote").get_by_text("¥1,100.00").first.wait_for()
    assert not serious_faults(visitor.page)
    visitor.press("Move this booking")
    visitor.shows("The booking is moved.")
    assert (visitor.clicks, visitor.fields) == (3, 0)

    def tomorrow() -> None:
        row = session.get_one(Reservation, booking)
        near = period(quarter(60), quarter(180))
        for table in (Occupation, Reservation):
            session.execute(update(table).where(table.id == row.id).values(period=near))

    site.prepare(tomorrow)
    visitor.open(f"/bookings/{booking}").count_from_here()
    visitor.follow("Cancel booking")
    assert "¥550.00" in visitor.texts()
    visitor.press("Cancel for %(amount)s")
    visitor.shows("The booking is cancelled.")
    assert (visitor.clicks, visitor.fields) == (2, 0), "job c allows 2 clicks"
    assert state_of(site, booking) is ReservationState.CANCELLED
    newest_mail(visitor, booker.email, "¥550.00").page.close()


def hold(visitor: Visitor, hours: tuple[float, float]) -> None:
    drag(visitor, hours)
    visitor.press("Hold this time and go on")


@BOTH
def test_who_comes_second_is_told_the_nearest_times_and_keeps_what_was_typed(
    site: Site, visit: Visit, locale: str
) -> None:
    place = instrument(site, member(site, INSTITUTION))
    first, second = (visit(member(site).email, locale).open(next_week(place)) for _person in range(2))
    drag(second, (9, 11))
    hold(first, (9, 11))
    first.page.wait_for_url(re.compile("/holds/"))
    second.press("Hold this time and go on")
    second.sees(second.say(TAKEN))
    told = second.page.locator("main .notes").inner_text()
    assert len(re.findall(r"\d\d:\d\d–\d\d:\d\d", told)) == 3, told
    assert second.page.locator("#from").input_value() == "09:00"
    assert not serious_faults(second.page)


@BOTH
def test_a_hold_that_ends_loses_nothing(site: Site, visit: Visit, locale: str) -> None:
    place, booker = instrument(site, member(site, INSTITUTION)), member(site)
    visitor = visit(booker.email, locale).open(next_week(place))
    hold(visitor, (9, 10))
    visitor.page.wait_for_url(re.compile("/holds/"))
    visitor.field("Purpose").fill(PURPOSE)
    end_holds(site, place)
    visitor.press("Book for %(amount)s")  # the terms are not ticked
    visitor.shows("Tick this to book.")
    visitor.shows("The hold has ended. If the slot is still free, book it or hold it again; what you entered is kept.")
    assert visitor.field("Purpose").input_value() == PURPOSE
    assert not serious_faults(visitor.page)
    visitor.press("Hold it again")
    visitor.page.get_by_text(visitor.pattern("Held for you until %(time)s.")).wait_for()
    assert visitor.field("Purpose").input_value() == PURPOSE
    end_holds(site, place)
    rival = member(site)
    kept = select(Occupation.period).where(Occupation.instrument_id == place).order_by(Occupation.id.desc())
    booked(site, rival, place, site.look(lambda: session.scalars(kept.limit(1)).one()))
    visitor.page.locator("label[for=terms]").click()
    visitor.press("Book for %(amount)s")
    visitor.sees(visitor.say(TAKEN))
    assert visitor.field("Purpose").input_value() == PURPOSE


def end_holds(site: Site, place: UUID) -> None:
    """As if ten minutes had passed."""
    site.prepare(
        lambda: session.execute(
            update(Occupation)
            .where(Occupation.instrument_id == place, Occupation.expires_at.is_not(None))
            .values(expires_at=now() - timedelta(seconds=1))
        )
    )


@BOTH
def test_a_price_that_changed_since_is_confirmed_before_it_binds(site: Site, visit: Visit, locale: str) -> None:
    """flows.md W16: somebody reads the price, leaves the page open for a day, and comes back to book."""
    place, booker = instrument(site, member(site, INSTITUTION)), member(site)
    visitor = visit(booker.email, locale).open(next_week(place))
    drag(visitor, (9, 11))
    visitor.page.locator("#quote").get_by_text("¥1,100.00").first.wait_for()
    visitor.press("Hold this time and go on")
    visitor.page.wait_for_url(re.compile("/holds/"))
    visitor.field("Purpose").fill(PURPOSE)
    site.prepare(lambda: change_the_price_and_let_a_day_pass(place))
    visitor.page.locator("label[for=terms]").click()
    visitor.press("Book for %(amount)s")
    both = visitor.say("Price changed: %(before)s → %(price)s. Confirm.", before="¥1,100.00", price="¥1,500.00")
    visitor.sees(both)
    assert visitor.page.get_by_text(both).count() == 1, "told once"
    assert visitor.page.evaluate("document.activeElement.matches('[data-error-summary]')")
    assert visitor.field("Purpose").input_value() == PURPOSE
    assert visitor.page.locator("#terms").is_checked()
    assert not serious_faults(visitor.page)
    again = visitor.button("Book for %(amount)s")
    assert "¥1,500.00" in again.inner_text()
    visitor.click(again)
    visitor.page.wait_for_url(re.compile("/bookings/"))
    paid = select(Reservation.estimate_minor).where(Reservation.payer_id == booker.organisation_id)
    assert site.look(lambda: session.scalars(paid).all()) == [150_000]


def change_the_price_and_let_a_day_pass(place: UUID) -> None:
    """Another price list is out since yesterday, and what was told of the price is more than a day old."""
    publish_dearer(session.get_one(Instrument, place), -timedelta(hours=1))
    held = select(Occupation.id).where(Occupation.instrument_id == place, Occupation.expires_at.is_not(None))
    earlier = update(HoldQuote).where(HoldQuote.hold_id.in_(held)).values(told_at=now() - timedelta(hours=25))
    session.execute(earlier)
