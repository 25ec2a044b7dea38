"""What surrounds the story: languages, light and dark, two tabs for two organisations, the operator's own pages (point 7)."""

import re

import pytest
from playwright.sync_api import Page

from app.accounts.models import Membership, Role
from app.core.db import session
from tests.browser.cast import INSTITUTION, instrument, member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.site import PASSWORD, Site

BOTH = pytest.mark.parametrize("locale", [ZH, EN])


def ground(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


@BOTH
def test_one_signs_in_and_out(visit: Visit, locale: str) -> None:
    visitor = visit("", locale).open("/bookings")
    visitor.fill(visitor.field("E-mail address"), "sme@jishi.example")
    visitor.fill(visitor.field("Password"), "not this one")
    visitor.press("Sign in", visitor.page.locator("main"))
    visitor.shows("E-mail address and password do not go together, or there is no such account.")
    assert visitor.field("E-mail address").input_value() == "sme@jishi.example"
    visitor.fill(visitor.field("Password"), PASSWORD)
    visitor.press("Sign in", visitor.page.locator("main"))
    visitor.page.wait_for_url(re.compile("/bookings"))
    visitor.click(visitor.page.locator("summary.acting"))
    visitor.press("Sign out")
    visitor.page.wait_for_url(re.compile("/sign-in"))
    visitor.page.go_back()
    assert "sme" not in visitor.page.locator("main").inner_text()


def test_the_language_is_switched_where_one_is(visit: Visit) -> None:
    visitor = visit("sme", ZH).open("/bookings?when=past")
    visitor.shows("My bookings")
    visitor.click(visitor.page.get_by_role("link", name="English"))
    visitor.page.wait_for_url(re.compile(r"/bookings\?when=past"))
    assert visitor.page.locator("html").get_attribute("lang") == "en"
    assert visitor.page.locator("h1").inner_text().startswith("My bookings")
    visitor.click(visitor.page.get_by_role("link", name="中文"))
    assert visitor.page.locator("html").get_attribute("lang") == "zh-CN"


@BOTH
def test_light_and_dark_are_chosen_and_remembered(visit: Visit, locale: str) -> None:
    visitor = visit("", locale).open("/")
    light = ground(visitor.page)
    visitor.click(visitor.page.locator("summary", has=visitor.page.locator(".icon")).first)
    visitor.press("Dark")
    assert ground(visitor.page) != light
    visitor.open("/instruments")
    assert ground(visitor.page) == "rgb(16, 21, 19)"
    assert not serious_faults(visitor.page)


@BOTH
def test_two_tabs_for_two_organisations_cannot_be_mixed_up(site: Site, visit: Visit, locale: str) -> None:
    one, other = member(site, INSTITUTION), member(site, INSTITUTION)
    site.prepare(
        lambda: session.add(
            Membership(
                user_id=one.user_id, organisation_id=other.organisation_id, roles=[Role.OWNER.value, Role.MANAGER.value]
            )
        )
    )
    place = instrument(site, one)
    first = visit(one.email, locale).open(f"/instruments/{place}/rules")
    first.field("Shortest booking").wait_for()
    second = first.tab().open("/desk")
    second.click(second.page.locator("summary.acting"))
    second.click(second.page.get_by_role("button", name=other.organisation))
    second.sees(second.say("You act for %(name)s now.", name=other.organisation))
    first.field("Shortest booking").fill("45")
    first.press("Save the rules")
    first.page.wait_for_load_state()
    assert other.organisation in first.texts()
    assert one.organisation in first.texts()
    assert not serious_faults(first.page)


@BOTH
def test_the_operator_sees_figures_and_who_did_what(visit: Visit, locale: str) -> None:
    operator = visit("operator", locale).open("/operator")
    operator.shows("Income by institution")
    operator.page.locator("main svg, main .chart").first.wait_for()
    operator.open("/admin/audit")
    assert operator.page.locator("tbody tr").count() > 10
    operator.open("/admin/audit?action=reservation.approve")
    assert operator.page.locator("tbody tr").count() >= 1


@BOTH
def test_a_page_that_is_absent_says_where_to_go(visit: Visit, locale: str) -> None:
    visitor = visit("sme", locale).open("/bookings/01a20000-0000-7000-8000-000000000000")
    visitor.shows("There is nothing here for you to see")
    assert not serious_faults(visitor.page)
    visitor.follow("Search instruments")
    visitor.page.wait_for_url(re.compile("/instruments"))
