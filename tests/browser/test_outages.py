"""When plans break: cancelling in time, a refusal, a walk-in, maintenance over a booking (points 3 to 5; flows.md W24)."""

import re
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.core.clock import period
from app.core.db import session
from app.equipment.reservations.models import Reservation, ReservationState
from tests.browser.cast import INSTITUTION, booked, instrument, member, quarter
from tests.browser.checks import serious_faults, too_wide
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.site import Site
from tests.browser.test_requests import by_phone, state_of

BOTH = pytest.mark.parametrize("locale", [ZH, EN])
PLACE_ZONE = ZoneInfo("Asia/Shanghai")
OWN_WORK = "The instrument is needed for our own work at that time."


@BOTH
def test_cancelling_in_time_costs_nothing(site: Site, visit: Visit, locale: str) -> None:
    place, booker = instrument(site, member(site, INSTITUTION)), member(site)
    booking = booked(site, booker, place, period(quarter(7 * 1440), quarter(7 * 1440 + 60)))
    visitor = visit(booker.email, locale).open(f"/bookings/{booking}")
    visitor.count_from_here()
    visitor.follow("Cancel booking")
    visitor.shows("Cancelling now costs nothing.")
    assert not serious_faults(visitor.page)
    visitor.press("Cancel booking")
    visitor.shows("The booking is cancelled.")
    assert (visitor.clicks, visitor.fields) == (2, 0), "job c allows 2 clicks"
    cancelled = site.look(lambda: session.get_one(Reservation, booking))
    assert (cancelled.state, cancelled.cancellation_fee_minor) == (ReservationState.CANCELLED, 0)
    mail = newest_mail(visitor, booker.email, "¥0.00")
    mail.page.close()


@BOTH
def test_who_is_declined_takes_another_time_at_once(site: Site, visit: Visit, locale: str) -> None:
    owner, booker = member(site, INSTITUTION), member(site)
    place = instrument(site, owner, needs_approval=True)
    booking = booked(site, booker, place, period(quarter(5 * 1440), quarter(5 * 1440 + 120)))
    manager = visit(owner.email, locale).open(f"/bookings/{booking}")
    manager.follow("Decline")
    assert not serious_faults(manager.page)
    manager.press(OWN_WORK)
    manager.shows("Declined. The customer has been told.")
    visitor = visit(booker.email, locale).open(f"/bookings/{booking}")
    visitor.shows(OWN_WORK)
    visitor.shows("Other free times of this length")
    assert not serious_faults(visitor.page)
    visitor.click(visitor.page.locator("main .way").first)
    visitor.page.wait_for_url(re.compile(str(place)))
    visitor.press("Hold this time and go on")
    assert visitor.field("Purpose").input_value() == "蛋白二级结构"
    visitor.press("Request this booking for %(amount)s")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    of_booker = select(Reservation.state).where(Reservation.payer_id == booker.organisation_id)
    assert site.look(lambda: sorted(session.scalars(of_booker))) == [
        ReservationState.DECLINED,
        ReservationState.PENDING,
    ]


@BOTH
def test_maintenance_meets_a_booking_and_the_customer_is_told(site: Site, visit: Visit, locale: str) -> None:
    owner, booker = member(site, INSTITUTION), member(site)
    place = instrument(site, owner)
    begin = quarter(4 * 1440)
    booking = booked(site, booker, place, period(begin, quarter(4 * 1440 + 120)))
    manager = visit(owner.email, locale)

    def block() -> None:
        manager.open(f"/instruments/{place}/hours")
        card = manager.page.locator("aside .card").filter(has_text=manager.say("Block for maintenance"))
        for label, moment in (("From", begin), ("To", quarter(4 * 1440 + 240))):
            local = moment.astimezone(PLACE_ZONE)
            manager.fill(manager.field(label, card), f"{local:%Y-%m-%dT%H:%M}")
        manager.fill(manager.field("Reason", card), "更换离子源")
        manager.press("Block this time")

    block()
    manager.shows("In the way")
    assert not serious_faults(manager.page)
    manager.click(manager.page.locator(".note-danger a[href$='/withdraw']"))
    manager.page.wait_for_url(re.compile(f"{booking}/withdraw"))
    manager.fill(manager.page.locator("#reason"), "离子源损坏，须更换")
    manager.press("Withdraw free of charge")
    manager.shows("Withdrawn. The customer has been told.")
    block()
    manager.page.locator("#maintenance").get_by_text("更换离子源").wait_for()
    newest_mail(manager, booker.email, "离子源损坏").page.close()
    visitor = visit(booker.email, locale).open(f"/bookings/{booking}")
    visitor.sees("离子源损坏")
    visitor.shows("Other free times of this length")
    assert not serious_faults(visitor.page)
    assert state_of(site, booking) is ReservationState.CANCELLED
    manager.click(manager.page.locator("#maintenance button"))
    manager.shows("No maintenance planned")


def latest_use_of(site: Site, place: UUID) -> Reservation:
    newest = select(Reservation).where(Reservation.instrument_id == place).order_by(Reservation.id.desc())
    return site.look(lambda: session.scalars(newest.limit(1)).one())


@BOTH
def test_somebody_without_a_booking_starts_and_another_organisation_pays(site: Site, visit: Visit, locale: str) -> None:
    owner, payer = member(site, INSTITUTION), member(site)
    place = instrument(site, owner)
    phone = by_phone(visit, owner, place, locale)
    phone.shows("Start without a booking")
    assert not serious_faults(phone.page)
    assert not too_wide(phone.page, 390)
    phone.count_from_here()
    phone.click(phone.page.locator("label.qr-length").first)
    phone.click(phone.page.locator("summary").filter(has_text=phone.say("Another organisation pays")))
    phone.fill(phone.page.locator("#payer_code"), payer.code)
    phone.fill(phone.page.locator("#purpose"), "随到随测")
    phone.press("Start now")
    phone.page.locator("[data-stage=running]:visible").wait_for()
    assert (phone.clicks, phone.fields) == (3, 2)
    walk_in = latest_use_of(site, place)
    assert (walk_in.state, walk_in.payer_id) == (ReservationState.IN_USE, payer.organisation_id)
    visitor = visit(payer.email, locale).open("/bookings")
    visitor.sees(walk_in.number)
