"""An SME finds an instrument, books it by mouse and by keys, moves it, and cancels it (point 4; jobs a, b, c)."""

import re
import secrets
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page

from app.core.clock import now
from app.core.ids import readable_code
from tests.accounts.factories import organisation_code
from tests.browser.cast import INSTITUTION, instrument, member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.site import Site
from tests.browser.test_institution import register, sign_up
from tests.browser.visitor import Visitor

PURPOSE = "光学胶残留单体分析"


def open_column(page: Page, ahead: int = 1) -> Locator:
    """The free part of a day in the week that is shown: the last day but some."""
    return page.locator(".calendar-grid .calendar-column").nth(6 - ahead)


def drag(visitor: Visitor, hours: tuple[float, float], ahead: int = 1) -> None:
    """Pull with the mouse from one hour to another on a day of the shown week."""
    page = visitor.page
    page.locator(".calendar-grid").wait_for()
    column = open_column(page, ahead)
    column.scroll_into_view_if_needed()
    first = int(page.locator(".calendar-hours span").first.inner_text()[:2]) - 1
    pixels = 40
    start, end = (4 + (hour - first) * pixels for hour in hours)
    page.locator(".calendar-grid-wrap").evaluate("(wrap, top) => { wrap.scrollTop = top }", max(0, start - 80))
    box = column.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + start)
    page.mouse.down()
    page.mouse.move(middle, box["y"] + (start + end) / 2)
    page.mouse.move(middle, box["y"] + end - 8)
    page.mouse.up()
    visitor.clicks += 1


def chosen(page: Page) -> tuple[str, str, str]:
    """Day, from and to as the fields say."""
    return tuple(page.locator(f"#{name}").input_value() for name in ("date", "from", "to"))  # type: ignore[return-value]


def next_week(place: UUID) -> str:
    """The page of an instrument in a week that lies wholly ahead."""
    return f"/instruments/{place}?week={(now() + timedelta(days=7)).date()}"


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_newcomer_books_within_the_budget(site: Site, visit: Visit, locale: str) -> None:
    word = readable_code(6)
    place = instrument(site, member(site, INSTITUTION), mark=word)
    visitor = visit("", locale).open("/")
    visitor.count_from_here()
    visitor.fill(visitor.page.locator("main input[name=q]").first, word)
    visitor.press("Search")
    visitor.click(visitor.page.locator("main").get_by_role("link").filter(has_text=word).first)
    visitor.page.wait_for_url(re.compile(str(place)))
    drag(visitor, (9, 11))
    visitor.page.locator("#quote").get_by_text("¥1,100.00").first.wait_for()
    visitor.press("Hold this time and go on")
    email = f"{readable_code(8).lower()}@enterprise.example"
    sign_up(visitor, email)
    register(visitor, organisation_code(secrets.randbelow(90_000_000) + 10_000_000), f"新材料{word}")
    visitor.shows("Check and book")
    assert not serious_faults(visitor.page)
    visitor.fill(visitor.field("Purpose"), PURPOSE)
    visitor.click(visitor.page.locator("label[for=terms]"))
    visitor.press("Request this booking for %(amount)s")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    assert visitor.clicks <= 9, f"job a allows 9 clicks, it took {visitor.clicks}"
    assert visitor.fields <= 9, f"job a allows 9 fields, it took {visitor.fields}"


@pytest.mark.parametrize("locale", [ZH, EN])
def test_an_enterprise_books_by_mouse_and_by_keys(site: Site, visit: Visit, locale: str) -> None:
    place = instrument(site, member(site, INSTITUTION))
    booker = member(site)
    visitor = visit(booker.email, locale).open(next_week(place))
    drag(visitor, (13, 16.5))
    _day, start, end = chosen(visitor.page)
    assert (start, end) == ("13:00", "16:30")
    quote = visitor.page.locator("#quote")
    quote.get_by_text("¥1,700.00").first.wait_for()  # 200 + 1 h × 500 + 2.5 h × 400
    assert "¥500.00" in quote.inner_text() and "¥1,000.00" in quote.inner_text()
    visitor.press("Hold this time and go on")
    visitor.fill(visitor.field("Purpose"), PURPOSE)
    visitor.click(visitor.page.locator("label[for=terms]"))
    visitor.press("Book for %(amount)s")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    mail = newest_mail(visitor, booker.email, "13:00")
    assert mail.get_by_role("link", name=re.compile(r"\.ics$")).count() == 1
    mail.page.close()

    visitor.open(next_week(place))
    grid = visitor.page.locator(".calendar-grid")
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowDown", "Enter"):
        visitor.page.keyboard.press(key)
    assert visitor.page.evaluate("document.activeElement.matches('[data-slot-submit]')")
    picked = chosen(visitor.page)
    assert picked[0] and picked[1] and picked[2]
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(re.compile("/holds/"))
    visitor.field("Purpose").fill(PURPOSE)
    visitor.page.keyboard.press("Tab")
    visitor.button("Book for %(amount)s").focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(re.compile("/bookings/"))
    visitor.open("/bookings")
    assert visitor.page.locator("main tbody tr").count() == 2
    assert not serious_faults(visitor.page)
