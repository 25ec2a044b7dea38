"""What people take along: calendars, labels, lists of instruments, notices and the entries in their mail (points 2, 4, 5)."""

import io
import re
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from app.core.clock import period
from app.equipment.usage.codes import code_of
from tests.browser.cast import INSTITUTION, booked, instrument, member, quarter
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.site import Site
from tests.browser.visitor import Visitor

BOTH = pytest.mark.parametrize("locale", [ZH, EN])


def made_feed(visitor: Visitor) -> str:
    """Press the button that makes an address, and read the address."""
    visitor.press("Make an address")
    visitor.shows("Your new address. It is shown only this once.")
    assert not serious_faults(visitor.page)
    return visitor.page.locator("main code").inner_text()


@BOTH
def test_a_calendar_is_subscribed_to_and_taken_back(site: Site, visit: Visit, locale: str) -> None:
    owner, booker = member(site, INSTITUTION), member(site)
    place = instrument(site, owner)
    booked(site, booker, place, period(quarter(2880), quarter(3000)), "蛋白二级结构")
    client = visit("", locale).page.request
    visitor = visit(booker.email, locale).open("/bookings")
    visitor.follow("Calendar address")
    mine = made_feed(visitor)
    keeper = visit(owner.email, locale).open(f"/instruments/{place}")
    keeper.follow("Calendar feed")
    of_instrument = made_feed(keeper)
    for address, expected in ((mine, True), (of_instrument, False)):
        answer = client.get(address)
        assert answer.headers["content-type"].startswith("text/calendar")
        (event,) = Calendar.from_ical(answer.body()).walk("VEVENT")
        assert ("蛋白二级结构" in answer.text()) is expected, "an instrument's feed names neither people nor purpose"
        assert event["UID"]
    for person, address in ((visitor, mine), (keeper, of_instrument)):
        person.press("Take it back")
        person.shows("The address no longer works.")
        assert client.get(address).status == 404


@BOTH
def test_a_label_is_printed_whose_code_opens_the_instrument(site: Site, visit: Visit, locale: str) -> None:
    owner = member(site, INSTITUTION)
    place = instrument(site, owner)
    visitor = visit(owner.email, locale).open(f"/instruments/{place}")
    visitor.follow("Label with QR code")
    visitor.shows("Label for the instrument")
    visitor.page.wait_for_function("document.querySelector('.qr-label-card img').naturalWidth > 0")
    assert not serious_faults(visitor.page)
    visitor.page.emulate_media(media="print")
    assert not visitor.page.locator(".masthead").is_visible()
    assert not visitor.page.get_by_role("heading", level=1).is_visible()
    paper = PdfReader(io.BytesIO(visitor.page.pdf(format="A4")))
    assert len(paper.pages) == 1
    text = unicodedata.normalize("NFKC", re.sub(r"\s", "", paper.pages[0].extract_text()))
    assert (
        code_of(place) in text and "QL-" in text and owner.organisation[-8:] in text
    )  # fonts give some Han back as radicals
    with visitor.page.expect_download() as file:
        visitor.page.emulate_media(media="screen")
        visitor.follow("Download the code")
    assert Path(file.value.path()).read_bytes().lstrip().startswith((b"<?xml", b"<svg"))


@BOTH
def test_a_list_is_exported_in_both_formats_and_read_in_again(
    site: Site, visit: Visit, locale: str, tmp_path: Path
) -> None:
    owner = member(site, INSTITUTION)
    for mark in ("一号", "二号"):
        instrument(site, owner, mark=mark)
    visitor = visit(owner.email, locale)
    for label in ("UNIQUIP", "NRII"):
        visitor.open("/instruments/import")
        with visitor.page.expect_download() as file:
            visitor.click(visitor.page.locator("main").get_by_role("link").filter(has_text=label))
        assert "一号" in file.value.path().read_text("utf-8-sig")
        exported = tmp_path / file.value.suggested_filename
        file.value.save_as(exported)
        visitor.page.set_input_files("input[type=file]", exported)
        visitor.press("Look at the list")
        visitor.page.wait_for_url(re.compile("/import/"))
        same = visitor.page.get_by_role("link").filter(has_text=visitor.say("Same")).first
        assert "2" in same.inner_text(), f"{label}: {same.inner_text()}"
        assert visitor.button("Nothing to import").is_disabled()


@BOTH
def test_an_answer_is_in_the_mail_with_an_entry_and_among_the_notices(site: Site, visit: Visit, locale: str) -> None:
    owner, booker = member(site, INSTITUTION), member(site)
    place = instrument(site, owner, needs_approval=True)
    start = quarter(4 * 1440)
    booked(site, booker, place, period(start, start + timedelta(hours=2)))
    manager = visit(owner.email, locale).open("/requests")
    manager.click(manager.page.locator("tbody .choice-mark"))
    manager.press("Approve the ticked ones")
    manager.page.locator("main .note-ok").wait_for()
    visitor = visit(booker.email, locale)
    mail = newest_mail(visitor, booker.email)
    with mail.page.expect_download() as file:
        mail.get_by_role("link", name=re.compile(r"\.ics$")).first.click()
    (event,) = Calendar.from_ical(file.value.path().read_bytes()).walk("VEVENT")
    assert event.decoded("DTSTART") == start
    mail.page.close()
    visitor.open("/desk")
    visitor.click(visitor.page.locator("header a[href='/notifications']"))
    visitor.shows("Notices")
    assert not serious_faults(visitor.page)
    visitor.click(visitor.page.locator("main .work a").first)
    visitor.page.wait_for_url(re.compile("/bookings/"))
    visitor.open("/notifications")
    visitor.press("Mark all read")
    visitor.open("/notifications?show=unread")
    visitor.shows("Nothing unread here")
