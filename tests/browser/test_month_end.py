"""Month end: closing, statement, bill, the customer's transfer, the payout by two persons (point 6; job j)."""

import io
import re

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import select

from app.core.clock import now, today
from app.core.db import session
from app.settlement.statements.models import Bill, BillState
from tests.browser.cast import Member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import newest_mail
from tests.browser.months import Month
from tests.browser.site import Site
from tests.browser.visitor import Visitor


def paper(page: Page, suffix: str) -> str:
    """The text of the PDF behind a link of this page."""
    address = page.locator(f"main a[href$='{suffix}']").first.get_attribute("href")
    assert address is not None
    answer = page.request.get(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + address)
    assert answer.ok, answer.status
    return "".join(one.extract_text() for one in PdfReader(io.BytesIO(answer.body())).pages)


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_closed_month_is_stated_billed_paid_and_paid_out(
    site: Site, visit: Visit, closed_month: Month, locale: str
) -> None:
    owner, customer = closed_month.uses[locale].owner, closed_month.uses[locale].customer
    provider = visit(owner.email, locale).open("/statements")
    provider.click(provider.page.locator("tbody a").first)
    provider.page.wait_for_url(re.compile("/statements/"))
    assert "1,300.00" in provider.texts()
    assert not serious_faults(provider.page)
    text = paper(provider.page, "/pdf")
    assert all(words in text for words in ("青岭大学", owner.code, "圆二色光谱仪", "云杉科技有限公司", "1,300.00"))

    payer = visit(customer.email, locale).open("/desk").open("/bills")
    payer.click(payer.page.locator("tbody a").first)
    payer.page.wait_for_url(re.compile("/bills/"))
    assert not serious_faults(payer.page)
    text = paper(payer.page, "/pdf")
    assert all(words in text for words in ("云杉科技有限公司", customer.code, "青岭大学", "1,300.00"))
    bills = select(Bill).where(Bill.payer_id == customer.organisation_id)
    memo = site.look(lambda: session.scalars(bills).one().memo_code)
    assert memo in payer.texts()
    payer.press("I have sent %(sum)s")
    payer.shows("Thank you. You hear from us as soon as the bank reports the money.")

    record_transfer(visit("operator", locale), customer, memo)
    bill = site.look(lambda: session.scalars(bills).one())
    assert bill.state is BillState.PAID
    payer.open(f"/bills/{bill.id}").shows("This bill is paid. Nothing more to do.")
    newest_mail(payer, customer.email, "1,300.00").page.close()
    pay_out(visit, owner, locale)


def record_transfer(operator: Visitor, customer: Member, memo: str) -> None:
    operator.open("/settlement/bank")
    operator.follow("Enter a transfer")
    operator.fill(operator.field("Date"), today().isoformat())
    operator.fill(operator.page.locator("[name=payer_name]"), customer.organisation)
    operator.fill(operator.field("Amount"), "1300.00")
    operator.fill(operator.page.locator("[name=memo]"), f"机时费 {memo}")
    operator.fill(operator.page.locator("[name=reference]"), f"REF{now():%H%M%S%f}")
    operator.press("Record transfer")
    operator.page.wait_for_load_state()
    assert not serious_faults(operator.page)


def pay_out(visit: Visit, owner: Member, locale: str) -> None:
    maker = visit("operator", locale).open("/settlement/payouts")
    maker.sees(owner.organisation)
    maker.press("Draft payouts")
    maker.page.wait_for_url(re.compile("/settlement/payouts/.+"))
    assert maker.button("Approve %(sum)s").is_disabled(), "nobody approves what they made themselves"
    second = visit("operator2", locale).open(maker.page.url)
    assert not serious_faults(second.page)
    second.press("Approve %(sum)s")
    second.page.wait_for_load_state()
    with second.page.expect_download() as file:
        second.press("Payout file")
    assert "青岭大学" in file.value.path().read_text("utf-8-sig")
    second.open(second.page.url)
    row = second.page.locator("tr", has_text=owner.organisation).first
    reference = row.locator("xpath=following-sibling::tr[1]").locator("[name=reference]")
    second.fill(reference, f"BOC-{owner.code[-6:]}")
    second.click(reference.locator("xpath=..").get_by_role("button"))
    second.sees(f"BOC-{owner.code[-6:]}")
