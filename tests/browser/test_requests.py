"""An institution answers requests, starts and finishes uses at the instrument; the customer accepts or objects
(point 5; jobs g, h, i)."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.clock import now, period
from app.core.db import session
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.usage.codes import code_of
from app.equipment.usage.models import Use, UseState
from tests.browser.cast import INSTITUTION, Member, booked, finished, instrument, member, quarter, running_now
from tests.browser.checks import serious_faults, too_wide
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.site import Site
from tests.browser.visitor import Visitor

BOTH = pytest.mark.parametrize("locale", [ZH, EN])


def state_of(site: Site, booking: UUID) -> ReservationState:
    return site.look(lambda: session.get_one(Reservation, booking).state)


def use_of(site: Site, booking: UUID) -> Use | None:
    return site.look(lambda: session.scalars(select(Use).where(Use.reservation_id == booking)).one_or_none())


@BOTH
def test_one_request_is_approved_and_another_declined_with_a_reason(site: Site, visit: Visit, locale: str) -> None:
    owner, customer = member(site, INSTITUTION), member(site)
    place = instrument(site, owner, needs_approval=True)
    first, second = (
        booked(site, customer, place, period(quarter(day * 1440), quarter(day * 1440 + 120))) for day in (5, 6)
    )
    manager = visit(owner.email, locale).open("/desk")
    assert not serious_faults(manager.page)
    manager.count_from_here()
    manager.press("Approve request")
    manager.shows("Approved. The customer has been told.")
    assert manager.clicks == 1, "job g: one click approves"
    manager.count_from_here()
    manager.follow("Decline")
    manager.press("The sample does not suit this instrument.")
    manager.shows("Declined. The customer has been told.")
    assert (manager.clicks, manager.fields) == (2, 0), "job g: two clicks decline"
    assert [state_of(site, one) for one in (first, second)] == [ReservationState.CONFIRMED, ReservationState.DECLINED]
    mail = newest_mail(visit("", locale), customer.email, "不适合" if locale == ZH else "")
    mail.page.close()
    booker = visit(customer.email, locale).open(f"/bookings/{second}")
    booker.shows("The sample does not suit this instrument.")


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what a page does behind the scenes."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def by_phone(visit: Visit, who: Member, place: UUID, locale: str) -> Visitor:
    """The page behind the QR code on a phone."""
    phone = visit(who.email, locale, width=390, height=844, has_touch=True, is_mobile=True)
    return phone.open(f"/i/{code_of(place)}")


@BOTH
def test_a_technician_starts_and_finishes_with_gloves(site: Site, visit: Visit, locale: str) -> None:
    owner, customer = member(site, INSTITUTION), member(site)
    place = instrument(site, owner)
    booking = running_now(site, customer, place)
    phone = by_phone(visit, owner, place, locale)
    assert not serious_faults(phone.page)
    phone.count_from_here()
    phone.press("Start the use")
    phone.page.locator("[data-stage=running]:visible").wait_for()
    assert phone.clicks <= 2, "job h: two taps start"
    wait_until(lambda: state_of(site, booking) is ReservationState.IN_USE)
    phone.page.wait_for_load_state("networkidle")  # it loads itself anew when the press has arrived
    site.prepare(
        lambda: session.execute(
            update(Use).where(Use.reservation_id == booking).values(started_at=now() - timedelta(minutes=95))
        )
    )
    phone.open(f"/i/{code_of(place)}").count_from_here()
    assert not serious_faults(phone.page)
    phone.click(phone.page.locator("[data-open-stage=finish]").first)
    phone.page.locator("[data-stage=finish]:visible").wait_for()
    phone.click(phone.page.locator("[data-stage=finish] [data-count='1']").first)
    phone.page.locator("[data-cost]").get_by_text("¥").first.wait_for()
    assert not serious_faults(phone.page)
    assert not too_wide(phone.page, 390)
    phone.click(phone.page.locator("[data-finish-button]"))
    phone.page.locator("[data-stage=done]").wait_for()
    assert (phone.clicks <= 4, phone.fields) == (True, 0), "job h: three or four taps finish, nothing typed"
    use = use_of(site, booking)
    assert use is not None
    assert (use.state, use.consumables) == (UseState.TO_CONFIRM, {"vial": 1})
    newest_mail(phone, customer.email).page.close()


@BOTH
def test_a_finish_without_a_network_is_sent_later(site: Site, visit: Visit, locale: str) -> None:
    owner, customer = member(site, INSTITUTION), member(site)
    place = instrument(site, owner)
    booking = running_now(site, customer, place)
    phone = by_phone(visit, owner, place, locale)
    phone.press("Start the use")
    phone.page.locator("[data-stage=running]:visible").wait_for()
    wait_until(lambda: state_of(site, booking) is ReservationState.IN_USE)
    phone.page.wait_for_load_state("networkidle")
    phone.context.set_offline(True)
    phone.click(phone.page.locator("[data-open-stage=finish]").first)
    phone.click(phone.page.locator("[data-finish-button]"))
    phone.sees(phone.say("Offline: saved on this phone, {n} to send.").replace("{n}", "1"))
    assert state_of(site, booking) is ReservationState.IN_USE
    phone.context.set_offline(False)
    phone.page.locator("[data-stage=done]").wait_for()
    assert state_of(site, booking) is ReservationState.FINISHED


@BOTH
def test_hours_are_accepted_or_disputed_and_answered(site: Site, visit: Visit, locale: str) -> None:
    owner, customer = member(site, INSTITUTION), member(site)
    place = instrument(site, owner)
    accepted, disputed = (finished(site, owner, customer, place, ago) for ago in (30, 20))
    booker = visit(customer.email, locale).open(f"/bookings/{accepted}")
    assert not serious_faults(booker.page)
    booker.count_from_here()
    booker.press("Accept %(total)s")
    booker.page.wait_for_load_state()
    assert booker.clicks == 1, "job i: one click accepts"
    booker.open(f"/bookings/{disputed}").count_from_here()
    booker.follow("Object to the hours")
    booker.fill(booker.field("Whole hours"), "2")
    booker.fill(booker.field("Minutes"), "0")
    booker.fill(booker.page.locator("[name=reason]"), "第 4 份样品没有做")
    booker.press("Send the objection")
    booker.page.wait_for_url(re.compile("/bookings/"))
    assert booker.clicks <= 3, "job i: three clicks object"
    manager = visit(owner.email, locale).open("/desk")
    manager.follow("Answer")
    assert not serious_faults(manager.page)
    manager.click(manager.page.locator("label", has=manager.page.locator("input[value=agree]")))
    manager.fill(manager.page.locator("[name=reason]"), "已核对记录")
    manager.press("Send the answer")
    manager.page.wait_for_load_state()
    for booking in (accepted, disputed):
        use = use_of(site, booking)
        assert use is not None
        assert use.state is UseState.ACCEPTED
