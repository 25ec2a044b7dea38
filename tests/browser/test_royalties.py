"""A royalty year, the income of a month with the inventors' part, and the whole way of an open licence in one walk."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import today
from app.core.db import session
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.models import DeclarationState
from app.market.patents.models import Patent
from app.market.royalties.models import PeriodState, RoyaltyPeriod
from app.market.royalties.queries import periods_of
from app.market.royalties.reporting import report_royalty
from tests.browser.cast import Member, actor_of, member
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.licensing import (
    House,
    a_year_passes,
    agree,
    announce,
    answer,
    ask,
    correct,
    declare,
    file,
    file_licence,
    give_notice,
    house,
    is_fine,
    is_in_effect,
    note_of,
    publicity_passes,
    report,
    settle_question,
    state_of,
    taken,
    transfer,
    wait_until,
    withdraw,
)
from tests.browser.months import INCOME, INVENTORS, MINE, SOLD, Month
from tests.browser.site import Site


def is_paid(site: Site, period: str) -> bool:
    """Whether the worker finds everything paid that was asked for."""
    identity = period.rsplit("/", 1)[-1]
    return wait_until(lambda: site.look(lambda: session.get_one(RoyaltyPeriod, identity).state) is PeriodState.PAID)


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_royalty_is_reported_asked_about_corrected_and_paid(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 f: four clicks, two fields a product; the patentee asks with one click and one field."""
    of, taker = house(site), member(site)
    licence = taken(site, of, taker)
    site.prepare(lambda: report_royalty(actor_of(taker), periods_of(licence)[0], [SOLD]))
    earlier = note_of(site, taker)
    firm, officer = visit(taker.email, locale), visit(of.officer.email, locale)
    period = report(firm, licence, units="1000", gross="400000")
    assert firm.clicks <= 4, firm.clicks
    assert firm.fields <= 2, firm.fields
    first = note_of(site, taker)
    assert first.id != earlier.id
    assert first.total_minor == 1_200_000
    officer.count_from_here()
    ask(officer, period)
    assert (officer.clicks, officer.fields) == (1, 1)
    answer(firm, period)
    settle_question(officer, period)
    correct(firm, period, "500000")
    second = note_of(site, taker)
    assert second.total_minor == 300_000
    officer.open(period).press("Accept")
    officer.shows("Accepted.")
    operator = visit("operator", locale)
    for note in (first, second):
        transfer(operator, taker, note)
    assert is_paid(site, period)
    firm.open(period)
    firm.sees("15,000.00")
    is_fine(firm)


@pytest.mark.parametrize("locale", [ZH, EN])
def test_no_sales_are_reported_with_two_clicks(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 f: due even if zero; nothing is announced as a floor, so nothing is billed."""
    of, taker = house(site), member(site)
    taken(site, of, taker, 7)
    firm = visit(taker.email, locale).open("/royalties")
    is_fine(firm)
    firm.click(firm.page.locator("tbody tr", has_text=firm.say("Report due")).locator("a").first)
    firm.count_from_here()
    firm.click(firm.page.locator("summary", has_text=firm.say("No sales")))
    firm.press("Report no sales")
    firm.shows("Reported.")
    assert firm.clicks == 2


@pytest.mark.parametrize("locale", [ZH, EN])
def test_the_income_of_a_month_is_shared_out(visit: Visit, closed_month: Month, locale: str) -> None:
    """成果转化法 art. 45: the inventors get at least half of the net income; each sees the own part alone."""
    of = closed_month.income[locale].of
    office = visit(of.officer.email, locale).open("/income")
    is_fine(office)
    assert wait_until(lambda: INVENTORS in office.open("/income").texts())
    office.click(office.page.locator("tbody a").first)
    office.page.wait_for_url("**/income/**")
    is_fine(office)
    for sum_ in (INCOME, MINE):
        assert sum_ in office.texts()
    assert "宋宁" in office.texts()
    inventor = visit(of.inventor, locale).open("/income")
    inventor.sees(MINE)
    inventor.click(inventor.page.locator("tbody a").first)
    inventor.page.wait_for_url("**/income/**")
    is_fine(inventor)
    assert MINE in inventor.texts()
    assert "宋宁" not in inventor.texts()
    assert INCOME not in inventor.texts()


@pytest.mark.timeout(600)
def test_the_whole_way_of_an_open_licence(site: Site, visit: Visit, close_the_month: Callable[[], None]) -> None:
    """Declared, announced, taken, filed, a year of royalties, the month's income, withdrawn; in both languages."""
    walks = {locale: walk_to_the_royalty(site, visit, locale) for locale in (ZH, EN)}
    close_the_month()
    for locale, (of, taker, declared, licence) in walks.items():
        office = visit(of.officer.email, locale)
        assert wait_until(lambda: INCOME in office.open(f"/income/{licence}/{today():%Y-%m}").texts())  # noqa: B023
        guest = visit("", locale)
        withdraw(office, declared, lambda: agree(guest, of, by_text=False))  # noqa: B023
        announce(visit("operator", locale), number_of(site, of), today(), withdrawn=True)
        assert state_of(site, declared) is DeclarationState.WITHDRAWN
        assert site.look(lambda: session.get_one(Licence, licence).state) is LicenceState.FILED  # noqa: B023
        visit(taker.email, locale).open(f"/licences/{licence}").sees(of.title)


def number_of(site: Site, of: House) -> str:
    """The number of the patent as the gazette has it."""
    return site.look(lambda: session.get_one(Patent, of.patent_id).shown_number)


def walk_to_the_royalty(site: Site, visit: Visit, locale: str) -> tuple[House, Member, UUID, UUID]:
    """Everything up to the royalty of the first year; house, firm, declaration and licence."""
    of, taker = house(site, is_shared=True), member(site)
    officer, firm, operator = visit(of.officer.email, locale), visit(taker.email, locale), visit("operator", locale)
    declared = declare(officer, of)
    agree(visit("", locale), of)
    publicity_passes(site, declared)
    file(officer, declared)
    operator.open(f"/operator/open-licences/{declared}").press("Pass")
    announce(operator, number_of(site, of), today() - timedelta(days=1))
    assert wait_until(lambda: site.look(lambda: state_of(site, declared)) is DeclarationState.ANNOUNCED)
    licence = give_notice(firm, of)
    transfer(operator, taker, note_of(site, taker))
    assert is_in_effect(site, licence)
    file_licence(firm, licence)
    a_year_passes(site, licence)
    report(firm, licence, name="防雾镜片", units="1000", gross="500000")
    return of, taker, declared, licence
