"""A contract on other terms is signed by both sides, each with a code from the own mailbox (flows-market.md h)."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.db import session
from app.market.negotiations.models import Contract, ContractSignature, Negotiation, NegotiationState
from app.market.open_licences.models import PriceForm
from tests.browser.cast import Member, member
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.licensing import announced, house, is_fine
from tests.browser.mail import newest_mail
from tests.browser.site import PASSWORD, Site
from tests.browser.visitor import Visitor


@pytest.mark.parametrize("locale", [ZH, EN])
def test_both_sign_with_the_code_of_their_mail(site: Site, visit: Visit, locale: str) -> None:
    """Five clicks and three fields from the patent to the own signature; a wrong or an old code signs nothing."""
    of, asker = house(site), member(site)
    announced(site, of, price_form=PriceForm.LUMP_SUM, lump_minor=6_000_000)
    firm = visit(asker.email, locale).open(f"/patents/{of.patent_id}")
    firm.count_from_here()
    firm.follow("Ask for other terms")
    firm.click(firm.page.locator("label", has=firm.page.locator("[name=kind][value=ordinary]")))
    firm.fill(firm.page.locator("[name=lump_minor]"), "50000")
    firm.press("Send the proposal")
    firm.page.wait_for_url("**/negotiations/*")

    officer = visit(of.officer.email, locale).open(firm.page.url)
    officer.press("Accept offer %(number)s")
    officer.page.wait_for_url("**/contracts/*")
    contract_id = UUID(officer.page.url.rpartition("/")[2])
    is_fine(officer)

    firm.open(f"/contracts/{contract_id}")
    code = ask_for_code(firm, asker, contract_id)
    is_fine(firm)
    type_code(firm, code)
    firm.shows("Signed.")
    assert (firm.clicks, firm.fields) == (5, 3), "the budget is 6 clicks and 4 fields"
    is_fine(firm)
    assert signers(site, contract_id) == {asker.user_id}

    code = ask_in_vain(officer, of.officer, contract_id)
    assert signers(site, contract_id) == {asker.user_id}
    officer.count_from_here()
    type_code(officer, code)
    officer.shows("Signed.")
    assert (officer.clicks, officer.fields) == (1, 1)
    is_fine(officer)
    assert signers(site, contract_id) == {asker.user_id, of.officer.user_id}

    finds_what_to_pay(firm, contract_id)
    state = select(Negotiation.state).join(Contract).where(Contract.id == contract_id)
    assert site.look(lambda: session.scalars(state).one()) is NegotiationState.SIGNED


def finds_what_to_pay(firm: Visitor, contract_id: UUID) -> None:
    """Signed by both, the contract leads to its first payment."""
    firm.open(f"/contracts/{contract_id}")
    firm.shows("Signed by both. It takes effect once the first payment is in.")
    firm.follow("Pay")
    firm.sees("50,000.00")


def ask_for_code(signer: Visitor, who: Member, contract_id: UUID) -> str:
    """The own password sends a code for this very text; the mail names its hash. One click, one field."""
    signer.fill(signer.page.locator("[name=password]"), PASSWORD)
    signer.press("Send me the code")
    signer.shows("The code is on its way to %(email)s.", email=who.email)
    text = signer.site.look(lambda: session.get_one(Contract, contract_id).sha256)
    mail = newest_mail(signer, who.email, text)
    found = re.search(r"\b\d{6}\b", mail.inner_text())
    assert found, mail.inner_text()
    mail.page.close()
    return found[0]


def ask_in_vain(signer: Visitor, who: Member, contract_id: UUID) -> str:
    """A wrong code, then another code, then the old one: nothing is signed. Returns the code that works."""
    old = ask_for_code(signer, who, contract_id)
    type_code(signer, f"{(int(old) + 1) % 1_000_000:06}")
    signer.shows("This is not the code. Compare it with the mail.")
    is_fine(signer)
    new = ask_for_code(signer, who, contract_id)
    if new != old:  # one of a million is the same
        type_code(signer, old)
        signer.shows("This is not the code. Compare it with the mail.")
    return new


def type_code(signer: Visitor, code: str) -> None:
    """One click, one field."""
    signer.fill(signer.page.locator("[name=code]"), code)
    signer.press("Sign")


def signers(site: Site, contract_id: UUID) -> set[UUID]:
    """Who has signed."""
    statement = select(ContractSignature.user_id).where(ContractSignature.contract_id == contract_id)
    return site.look(lambda: set(session.scalars(statement)))
