"""An institution joins, describes an instrument by its task list, imports a real list, and is verified (points 2, 3, 7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation, Verification
from app.core.clock import now
from app.core.db import session
from app.core.ids import readable_code
from deploy.local.layout import ROOT
from tests.accounts.factories import organisation_code
from tests.browser.cast import INSTITUTION, instrument, member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import code_in_mail
from tests.browser.site import Site
from tests.browser.visitor import Visitor

REAL_LIST = ROOT / "app" / "equipment" / "demo" / "emsl-instruments.uniquip.csv"


def sign_up(visitor: Visitor, email: str) -> None:
    """Make an account with the code that comes by mail."""
    visitor.fill(visitor.field("E-mail address"), email)
    visitor.fill(visitor.field("Your name"), "周文")
    visitor.fill(visitor.field("Password"), "a sentence about the weather")
    visitor.press("Send me a code")
    visitor.fill(visitor.field("Six-digit code"), code_in_mail(visitor, email))
    visitor.press("Confirm the address")


def register(visitor: Visitor, code: str, name: str, kind: str | None = None) -> None:
    """Register an organisation by its credit code."""
    visitor.fill(visitor.field("Unified social credit code"), code)
    visitor.fill(visitor.field("Registered name"), name)
    visitor.fill(visitor.field("Telephone"), "0431-85000000")
    if kind:
        visitor.click(visitor.page.get_by_text(visitor.say(kind)))
    visitor.press("Register the organisation")


@pytest.mark.parametrize("locale", [ZH, EN])
def test_an_institution_joins_and_offers_an_instrument(site: Site, visit: Visit, locale: str) -> None:
    visitor = visit("", locale)
    email = f"{readable_code(8).lower()}@university.example"
    code = site.prepare(lambda: _free_code())
    name = f"东湖大学 {code[-4:]}"
    visitor.open("/").follow("Register an organisation")
    sign_up(visitor, email)
    visitor.follow_way("Register your organisation")
    visitor.field("Unified social credit code").fill(code[:-1] + ("1" if code[-1] != "1" else "2"))
    visitor.shows("The check character does not match; one character may be mistyped. Compare the licence.")
    register(visitor, code, name, "Institution: shares instruments, may book as well")
    visitor.sees(name)

    visitor.open("/instruments/mine").count_from_here()
    describe_instrument(visitor)
    give_hours(visitor)
    give_tariff(visitor)
    visitor.click(visitor.page.locator("nav.breadcrumbs a").last)
    visitor.press("Publish")
    visitor.shows("Published. It is in the catalogue.")
    assert visitor.clicks <= 12, f"job d allows 12 clicks, it took {visitor.clicks}"
    assert visitor.fields <= 14, f"job d allows 14 fields, it took {visitor.fields}"
    verify(visit, site, name, locale)


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_real_list_is_imported_once_and_then_changes_nothing(site: Site, visit: Visit, locale: str) -> None:
    visitor = visit(member(site, INSTITUTION).email, locale).open("/instruments/mine")
    visitor.shows("No instruments yet")
    visitor.follow("Import a list")
    look_at_list(visitor)
    visitor.shows("Will create %(created)s, change %(changed)s, skip %(skipped)s.", created=143, changed=0, skipped=6)
    visitor.sees("DUPLICATE")
    assert not serious_faults(visitor.page)
    visitor.press("Create %(created)s, change %(changed)s")
    visitor.shows("Give them prices, many at once")
    assert visitor.clicks <= 5, "job e allows 5 clicks"
    visitor.follow("Another list")
    look_at_list(visitor)
    visitor.shows("Will create %(created)s, change %(changed)s, skip %(skipped)s.", created=0, changed=0, skipped=6)
    assert visitor.button("Nothing to import").is_disabled()
    assert "143" in visitor.page.get_by_role("link").filter(has_text=visitor.say("Same")).first.inner_text()


@pytest.mark.parametrize("locale", [ZH, EN])
def test_hours_have_exceptions_and_blocks_and_booking_has_rules(site: Site, visit: Visit, locale: str) -> None:
    owner = member(site, INSTITUTION)
    place = f"/instruments/{instrument(site, owner)}"
    visitor = visit(owner.email, locale).open(f"{place}/hours")
    card = visitor.page.locator("aside .card")
    adding, blocking = (
        card.filter(has_text=visitor.say(title)) for title in ("Add an exception", "Block for maintenance")
    )
    day = (now() + timedelta(days=4)).date()
    visitor.fill(visitor.field("Day", adding), day.isoformat())
    visitor.fill(visitor.field("Hours open", adding), "09:00-12:00")
    visitor.press("Add the exception")
    visitor.page.locator("#exceptions").get_by_text("09:00").first.wait_for()
    visitor.fill(visitor.field("From", blocking), f"{day}T09:30")
    visitor.fill(visitor.field("To", blocking), f"{day}T10:00")
    visitor.fill(visitor.field("Reason", blocking), "校准")
    visitor.press("Block this time")
    visitor.page.locator("#maintenance").get_by_text("校准").wait_for()
    visitor.follow("Booking rules")
    visitor.fill(visitor.field("Shortest booking"), "60")
    visitor.fill(visitor.field("Book at least this far ahead"), "4")
    visitor.click(visitor.page.get_by_text(visitor.say("Outside bookings wait for our approval")))
    visitor.press("Save the rules")
    customer = visit(member(site).email, locale).open(f"{place}?week={day}")
    customer.page.locator(".slot-maintenance", has_text="校准").first.wait_for()


def look_at_list(visitor: Visitor) -> None:
    visitor.click(visitor.page.locator("label[for=file]").last)
    visitor.page.set_input_files("input[type=file]", REAL_LIST)
    visitor.press("Look at the list")


def _free_code() -> str:
    """A credit code that passes the check and that nobody has."""
    taken = set(session.scalars(select(Organisation.code)))
    return next(code for code in map(organisation_code, range(7000, 8000)) if code not in taken)


def describe_instrument(visitor: Visitor) -> None:
    visitor.follow("Add an instrument")
    visitor.fill(visitor.field("Name"), "Field Emission Scanning Electron Microscope, Hitachi SU8600")
    visitor.fill(visitor.field("Asset no."), f"DH-{readable_code(6)}")
    visitor.fill(visitor.field("Site"), "北校区")
    visitor.press("Save the draft")
    visitor.shows("Saved as a draft. Next: hours and prices.")


def give_hours(visitor: Visitor) -> None:
    visitor.follow("Do it")
    visitor.press("Working days")
    visitor.press("Save the week")


def give_tariff(visitor: Visitor) -> None:
    visitor.follow("Prices")
    visitor.follow("Write prices")
    page = visitor.page
    for payer, price in (("internal", "120"), ("institution", "200"), ("enterprise", "300")):
        visitor.fill(page.locator(f"[name=tiers-0-{payer}]"), price)
        visitor.fill(page.locator(f"[name=start_up-{payer}]"), "80")
    example = page.get_by_label(visitor.say("Worked example"))
    example.get_by_text("¥1,130.00").first.wait_for()  # 3.5 h of an enterprise at 300, and 80
    visitor.press("Save and check")
    visitor.press("Publish these prices")


def verify(visit: Visit, site: Site, name: str, locale: str) -> None:
    """Job l: the operator's two clicks."""
    operator = visit("operator", locale).open("/desk")
    operator.count_from_here()
    operator.click(operator.page.locator("main").get_by_role("link").filter(has_text=name).first)
    operator.press("Verify")
    assert operator.clicks <= 2, "job l allows 2 clicks"

    def verified() -> Verification | None:
        return session.scalar(select(Organisation.verification).where(Organisation.name == name))

    operator.page.wait_for_load_state()
    assert site.look(verified) is Verification.VERIFIED
