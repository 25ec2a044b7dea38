"""Disputed hours to their end: objected to, answered, decided, final, and in the month's bill (point 5; job i)."""

import re
from uuid import UUID

import pytest

from tests.browser.cast import INSTITUTION, finished, instrument, member
from tests.browser.checks import serious_faults, too_wide
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.months import DECIDED, Month, Sides
from tests.browser.site import Site
from tests.browser.visitor import Visitor

BOTH = pytest.mark.parametrize("locale", [ZH, EN])
WHY, ANSWER = "第4份样品没有做", "已核对开机记录"


def is_right(visitor: Visitor, place: str) -> None:
    """What every page of the way must keep, once the visitor is there."""
    visitor.page.wait_for_url(re.compile(place))
    visitor.page.wait_for_load_state()
    assert not serious_faults(visitor.page)
    assert not too_wide(visitor.page, 390)
    visitor.page.set_viewport_size({"width": 1280, "height": 900})


def objected(visit: Visit, sides: Sides, booking: UUID, locale: str) -> Visitor:
    """The customer says that it was an hour and a half, not two and a half: three clicks and two fields at most."""
    booker = visit(sides.customer.email, locale).open("/desk")
    booker.count_from_here()
    booker.click(booker.page.locator(f"main a[href='/bookings/{booking}']").first)
    booker.follow("Object to the hours")
    booker.fill(booker.field("Whole hours"), "1")
    booker.fill(booker.page.locator("[name=reason]"), WHY)
    is_right(booker, "/object")
    booker.press("Send the objection")
    booker.page.wait_for_url(re.compile("/bookings/"))
    assert (booker.clicks, booker.fields) == (3, 2), "job i: three clicks and two fields object"
    return booker


def answered(visit: Visit, sides: Sides, locale: str, choice: str) -> None:
    """The institution answers from its desk; it reads why."""
    manager = visit(sides.owner.email, locale).open("/desk")
    manager.sees(WHY)
    manager.count_from_here()
    manager.follow("Answer")
    is_right(manager, "/objections/")
    manager.click(manager.page.locator("label", has=manager.page.locator(f"input[value={choice}]")))
    if choice == "offer":
        manager.fill(manager.page.locator("[name=hours]"), "2")
    manager.fill(manager.page.locator("[name=reason]"), ANSWER)
    manager.press("Send the answer")
    manager.shows("Answer sent.")
    assert manager.clicks == 3, "three clicks answer"


def read_answer(booker: Visitor, sides: Sides) -> None:
    """The answer comes by mail and waits at the customer's desk."""
    newest_mail(booker, sides.customer.email, ANSWER).page.close()
    booker.open("/desk").count_from_here()
    booker.sees(ANSWER)
    booker.click(booker.page.locator("main a[href^='/objections/']").first)
    booker.sees(ANSWER)
    is_right(booker, "/objections/")


def disputed(site: Site, visit: Visit, locale: str, choice: str) -> tuple[Sides, UUID, Visitor]:
    """A use that the customer objects to, the institution's answer, and the customer who has read it."""
    sides = Sides(member(site, INSTITUTION), member(site))
    booking = finished(site, sides.owner, sides.customer, instrument(site, sides.owner), 20)
    booker = objected(visit, sides, booking, locale)
    answered(visit, sides, locale, choice)
    read_answer(booker, sides)
    return sides, booking, booker


@BOTH
def test_an_offer_in_between_is_taken_and_final(site: Site, visit: Visit, locale: str) -> None:
    _sides, _booking, booker = disputed(site, visit, locale, "offer")
    booker.press("Accept %(length)s")
    booker.shows("Offer taken.")
    assert (booker.clicks, booker.fields) == (2, 0), "two clicks take an offer"
    booker.sees("¥1,100.00")
    assert not booker.open("/desk").page.locator("main a[href^='/objections/']").count()


@BOTH
def test_the_operator_decides_where_both_sides_keep_to_theirs(site: Site, visit: Visit, locale: str) -> None:
    sides, booking, booker = disputed(site, visit, locale, "refuse")
    booker.press("Let the operator decide")
    booker.shows("The operator decides now.")
    assert (booker.clicks, booker.fields) == (2, 0), "two clicks turn to the operator"
    dispute = booker.page.url.rsplit("/", 1)[-1]

    operator = visit("operator", locale).open("/operator/disputes")
    operator.count_from_here()
    operator.click(operator.page.locator(f"tbody a[href='/objections/{dispute}']"))
    operator.sees(WHY)
    operator.sees(ANSWER)
    is_right(operator, "/objections/")
    operator.fill(operator.field("Whole hours"), "2")
    operator.fill(operator.field("Minutes"), "0")
    operator.press("Decide")
    operator.shows("Decided.")
    assert (operator.clicks, operator.fields) == (2, 2), "two clicks and two fields decide"

    booker.open(f"/bookings/{booking}").sees("¥1,100.00")
    assert booker.link("Object to the hours").count() == 0, "what was decided is final"
    newest_mail(booker, sides.customer.email, "1,100.00").page.close()
    provider = visit(sides.owner.email, locale).open("/charges")
    provider.sees("1,100.00")
    DECIDED[locale] = sides


@BOTH
def test_the_decided_fee_stands_in_the_bill_and_on_the_statement(
    site: Site, visit: Visit, closed_month: Month, locale: str
) -> None:
    sides = closed_month.decided[locale]
    for who, place in ((sides.customer, "bills"), (sides.owner, "statements")):
        reader = visit(who.email, locale).open(f"/{place}")
        reader.click(reader.page.locator("tbody a").first)
        reader.page.wait_for_url(re.compile(f"/{place}/"))
        assert "1,100.00" in reader.texts()
        assert "1,300.00" not in reader.texts(), "what was recorded first"
