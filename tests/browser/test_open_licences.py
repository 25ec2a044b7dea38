"""The way of an open licence, by stage: declared, checked and announced, taken, filed, withdrawn (flows-market.md §1).

Clicks and fields are counted against the budgets given there.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import today
from app.core.db import session
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.filing import record_filing
from app.market.open_licences.models import DeclarationState, PriceForm
from app.market.open_licences.queries import declaration
from app.market.patents.models import Patent
from tests.browser.cast import actor_of, member
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.licensing import (
    UPFRONT,
    UPFRONT_MINOR,
    House,
    agree,
    announce,
    announced,
    declare,
    file,
    file_licence,
    give_notice,
    house,
    is_fine,
    is_in_effect,
    note_of,
    publicity_passes,
    state_of,
    taken,
    transfer,
    withdraw,
)
from tests.browser.site import Site
from tests.market.factories import make_open_licence

LUMP = {"price_form": PriceForm.LUMP_SUM, "lump_minor": UPFRONT_MINOR}


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_university_declares_in_seven_tasks(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 b: at most 14 clicks and 9 fields in 3 visits."""
    of = house(site, is_shared=True)
    officer = visit(of.officer.email, locale)
    declared = declare(officer, of)
    agree(visit("", locale), of)
    objected(visit, of, declared, locale)
    publicity_passes(site, declared)
    assert state_of(site, declared) is DeclarationState.READY
    file(officer, declared)
    assert state_of(site, declared) is DeclarationState.FILED
    assert officer.clicks <= 14, officer.clicks
    assert officer.fields <= 9, officer.fields


def objected(visit: Visit, of: House, declared: object, locale: str) -> None:
    """An inventor objects, the officer answers, a second person closes."""
    path = f"/open-licences/{declared}/publicity"
    inventor = visit(of.inventor, locale).open(path)
    is_fine(inventor)
    inventor.fill(inventor.page.locator("[name=objection-reason]"), "发明人名单少了一位。")
    inventor.press("Object")
    inventor.shows("Your objection is noted. It holds the declaration until it is answered and closed.")
    officer = visit(of.officer.email, locale).open(path)
    officer.fill(officer.page.locator("[name=answer-reason]"), "已核对实验记录，名单无误。")
    officer.press("Answer")
    officer.shows("Answered. A second person closes it.")
    second = visit(of.second, locale).open(path)
    is_fine(second)
    second.press("Close the objection")
    second.shows("Closed.")


@pytest.mark.parametrize("locale", [ZH, EN])
def test_the_operator_checks_and_announces(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 c: passed with one click, recorded with three."""
    of = house(site)
    declared = site.prepare(lambda: ready(of))
    operator = visit("operator", locale).open(f"/operator/open-licences/{declared}")
    is_fine(operator)
    operator.press("Pass")
    operator.shows("Passed.")
    assert operator.clicks == 1
    operator.count_from_here()
    number = site.look(lambda: session.get_one(Patent, of.patent_id).shown_number)
    announce(operator, number, today() - timedelta(days=1))
    assert operator.clicks <= 3, operator.clicks
    assert state_of(site, declared) is DeclarationState.ANNOUNCED
    guest = visit("", locale).open(f"/patents/{of.patent_id}")
    guest.shows("Announced")
    is_fine(guest)


def ready(of: House) -> UUID:
    """Filed with CNIPA two days ago."""
    patent = session.get_one(Patent, of.patent_id)
    day = today() - timedelta(days=2)
    made = make_open_licence(
        patent, number=f"OL-{of.mark}", state=DeclarationState.READY, accept_no="", filed_on=None,
        announcement_no="", announced_on=None, announcement_source="", publicity_from=day, publicity_until=day,
    )  # fmt: skip
    session.expire_all()
    record_filing(actor_of(of.officer), declaration(made.id), "KF1", day)
    return made.id


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_firm_takes_a_licence_by_notice_and_payment(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 d: at most 8 clicks and 4 fields up to the notice; e: filed with 3 clicks and 2 fields."""
    of, taker = house(site), member(site)
    announced(site, of, **LUMP)
    firm = visit(taker.email, locale)
    licence = give_notice(firm, of)
    assert firm.clicks <= 8, firm.clicks
    assert firm.fields <= 4, firm.fields
    note = note_of(site, taker)
    firm.sees(note.memo_code)
    firm.follow("Fee note %(number)s", firm.page.locator("main"))
    firm.sees(UPFRONT)
    is_fine(firm)
    firm.press("I have sent %(sum)s")
    firm.page.wait_for_load_state()
    transfer(visit("operator", locale), taker, note)
    assert is_in_effect(site, licence)
    firm.count_from_here()
    file_licence(firm, licence)
    assert firm.clicks <= 3, firm.clicks
    assert firm.fields <= 2, firm.fields
    owner = visit(of.officer.email, locale).open("/our/licences")
    owner.sees(taker.organisation)
    is_fine(owner)


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_withdrawal_leaves_the_licence_untouched(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 g: at most 6 clicks and 2 fields besides the reason."""
    of, taker = house(site), member(site)
    licence = taken(site, of, taker)
    declared = site.look(lambda: session.get_one(Licence, licence).open_licence_id)
    assert declared is not None
    officer = visit(of.officer.email, locale)
    withdraw(officer, declared)
    assert officer.clicks <= 6, officer.clicks
    assert officer.fields <= 3, officer.fields
    number = site.look(lambda: session.get_one(Patent, of.patent_id).shown_number)
    announce(visit("operator", locale), number, today(), withdrawn=True)
    assert state_of(site, declared) is DeclarationState.WITHDRAWN
    firm = visit(taker.email, locale).open(f"/licences/{licence}")
    is_fine(firm)
    assert site.look(lambda: session.get_one(Licence, licence).state) is LicenceState.FILED
    guest = visit("", locale).open(f"/patents/{of.patent_id}")
    assert guest.link("Give notice and pay %(amount)s").count() == 0
