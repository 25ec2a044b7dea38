"""A loan on a patent: the operator lists a bank, the university asks, the operator passes it on, the bank answers, the pledge stands."""

import secrets
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.core.db import session
from app.market.patents.models import Encumbrance, Patent
from app.market.referrals.models import Referral
from tests.browser.cast import INSTITUTION, Member, actor_of, member
from tests.browser.checks import serious_faults, too_wide
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.market.factories import make_patent, patent_number


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_loan_on_a_patent_from_the_question_to_the_pledge(site: Site, visit: Visit, locale: str) -> None:
    patentee, banker = member(site, INSTITUTION, Role.TRANSFER), member(site)
    patent_id, number = site.prepare(lambda: keep(patentee))
    operator = visit("operator", locale).open("/operator/partners")
    put_on_the_list(operator, banker)

    office = visit(patentee.email, locale)
    office.count_from_here()
    office.open(f"/our/patents/{patent_id}")
    office.follow("Ask for a loan on it")
    office.fill(office.page.locator("[name=wish]"), "中试放大需要流动资金")
    office.click(office.page.locator("[name=parts][value=patent]"))
    assert not serious_faults(office.page)
    office.press("Send the request")
    office.shows("Sent. We write to you as soon as there is an answer.")
    referral_id = site.look(lambda: session.scalars(select(Referral.id).where(Referral.patent_id == patent_id)).one())
    page = f"/referrals/{referral_id}"

    pass_on(operator.open(page), banker)

    bank = visit(banker.email, locale).open(page)
    bank.sees(number)
    assert patentee.email not in bank.texts(), "the contact was not ticked"
    bank.press("We are in touch")
    bank.fill(bank.page.locator("[name=agreed-amount]"), "2500000")
    bank.fill(bank.page.locator("[name=agreed-months]"), "24")
    bank.press("Note the agreement")
    bank.sees("2,500,000.00")
    assert not serious_faults(bank.page)

    office.open(page)
    office.fill(office.page.locator("[name=pledge-reference]"), f"Y{secrets.token_hex(4)}")
    office.press("Note the pledge at the patent")
    office.shows("The pledge stands at the patent.")
    assert not serious_faults(office.page)
    assert site.look(lambda: pledgees(patent_id)) == [banker.organisation]
    bank.open(page).is_content()


def pass_on(operator: Visitor, banker: Member) -> None:
    """The operator gives the request to the bank."""
    operator.page.locator("[name=pass-partner]").select_option(label=banker.organisation)
    operator.press("Pass it on")
    operator.shows("Passed on. The partner is told.")
    assert not serious_faults(operator.page)


def put_on_the_list(operator: Visitor, banker: Member) -> None:
    """The operator lists the bank by its code; a code that nobody has is refused at its field."""
    operator.follow("Add a partner")
    operator.press("Save")
    operator.shows("No organisation here has this code.")
    assert not serious_faults(operator.page)
    operator.count_from_here()
    operator.fill(operator.page.locator("[name=code]"), banker.code)
    operator.click(operator.page.locator("label", has=operator.page.locator("[name=kinds][value=pledge]")))
    operator.press("Save")
    operator.shows("On the list.")
    assert (operator.clicks, operator.fields) == (2, 1)
    assert banker.organisation in operator.texts()
    assert not serious_faults(operator.page) + too_wide(operator.page, 390)
    operator.page.set_viewport_size({"width": 1280, "height": 900})


def keep(patentee: Member) -> tuple[UUID, str]:
    """A patent of the university."""
    owner = actor_of(patentee).organisation
    patent: Patent = make_patent(owner, number=patent_number(secrets.randbelow(8_000_000) + 1_000_000))
    return patent.id, patent.shown_number


def pledgees(patent_id: UUID) -> list[str]:
    """Whose pledges stand at the patent."""
    return list(session.scalars(select(Encumbrance.holder).where(Encumbrance.patent_id == patent_id)))
