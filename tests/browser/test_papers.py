"""Month end as both sides see it: statement, bill, their PDF and XLSX, and the picture that the README shows."""

import io
import os
from pathlib import Path

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.browser.conftest import EN, ZH, Visit
from tests.browser.market_pages import patent
from tests.browser.pages import busy_instrument
from tests.browser.site import Site
from tests.browser.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]


def download(visitor: Visitor, suffix: str) -> bytes:
    """What the first link to a file of this kind gives."""
    address = visitor.page.locator(f"main a[href$='{suffix}']").first.get_attribute("href")
    assert address is not None
    answer = visitor.page.request.get(visitor.site.url + address)
    assert answer.ok, answer.status
    return answer.body()


@pytest.mark.parametrize("locale", [ZH, EN])
def test_an_institution_reads_its_statement_and_takes_it_along(visit: Visit, locale: str) -> None:
    finance = visit("finance", locale)
    finance.open("/statements")
    finance.click(finance.page.locator("tbody a").first)
    finance.page.wait_for_url("**/statements/*-*")
    assert "S-20" in finance.texts()
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(download(finance, "/pdf"))).pages)
    assert "松江大学" in text
    assert "S-20" in text
    assert CalamineWorkbook.from_filelike(io.BytesIO(download(finance, "/xlsx"))).sheet_names
    finance.is_content()


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_customer_finds_what_to_pay_and_what_to_write_on_the_transfer(visit: Visit, locale: str) -> None:
    customer = visit("sme", locale)
    customer.open("/bills")
    customer.click(customer.page.locator("tbody a").first)
    customer.page.wait_for_url("**/bills/*-*")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(download(customer, "/pdf"))).pages)
    assert "晶澜光电有限公司" in text
    customer.is_content()


@pytest.mark.parametrize("locale", [ZH, EN])
def test_the_operator_sees_what_waits_and_who_did_what(visit: Visit, locale: str) -> None:
    operator = visit("operator", locale)
    operator.open("/operator")
    operator.shows("Income by institution")
    operator.open("/admin/audit")
    assert operator.page.locator("tbody tr").count() > 10
    operator.is_content()


def keep_picture(visitor: Visitor, name: str) -> None:
    """Into the folder of the documentation when asked for, else into `var`, so that a test changes no file."""
    wanted = os.environ.get("JISHI_PICTURES") == "1"
    file = (ROOT / "docs" / "img" if wanted else ROOT / "var" / "pictures") / name
    visitor.picture(file)
    assert file.stat().st_size > 20_000
    visitor.is_content()


def test_the_picture_of_an_instrument_in_the_readme(site: Site, visit: Visit) -> None:
    customer = visit("sme", ZH)
    customer.open(f"/instruments/{site.look(busy_instrument)}")
    customer.page.locator("[data-calendar]").first.wait_for()
    keep_picture(customer, "instrument.png")


def test_the_picture_of_a_patent_in_the_readme(site: Site, visit: Visit) -> None:
    customer = visit("biotech", ZH).open(f"/patents/{site.look(lambda: patent('adhesive'))}")
    customer.link("Give notice and pay %(amount)s").wait_for()
    keep_picture(customer, "patent.png")
