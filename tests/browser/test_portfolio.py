"""A portfolio comes in from a list and goes public; other terms are asked for, answered and agreed on."""

import csv
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.core.clock import today
from app.core.db import session
from app.market.negotiations.models import Negotiation, NegotiationState
from app.market.patents.models import Patent
from tests.browser.cast import INSTITUTION, member
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.licensing import house, is_fine, wait_until
from tests.browser.site import Site
from tests.market.factories import patent_number


def portfolio(file: Path) -> str:
    """Three patents, the last one with a wrong check digit; returns its right number."""
    numbers = [patent_number(secrets.randbelow(8_000_000) + 1_000_000) for _place in range(3)]
    wrong = numbers[2][:-1] + ("1" if numbers[2][-1] != "1" else "2")
    filed = today() - timedelta(days=5 * 365 + 40)
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["专利号", "名称", "申请日", "授权公告日", "IPC", "年费缴至", "用途", "产品"])
        for number in (*numbers[:2], wrong):
            rows.writerow([
                f"ZL{number}", f"一种防雾涂层{number}", filed, filed + timedelta(days=700), "C09D5/00", 6,
                "喷在镜片上，冬天进屋不起雾。", "镜片",
            ])  # fmt: skip
    return numbers[2]


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_portfolio_is_imported_mended_and_published(site: Site, visit: Visit, tmp_path: Path, locale: str) -> None:
    """flows-market.md §1 a: five clicks, and one field with its button for each row that is wrong."""
    owner = member(site, INSTITUTION, Role.TRANSFER)
    right = portfolio(tmp_path / "portfolio.csv")
    officer = visit(owner.email, locale).open("/our/patents")
    officer.shows("No patents yet")
    is_fine(officer)
    officer.follow("Import a list", officer.page.locator("main"))
    officer.page.locator("[type=file]").first.set_input_files(tmp_path / "portfolio.csv")
    officer.press("Look at the list")
    is_fine(officer)
    officer.fill(officer.page.locator(".mend input[name=text]").first, f"ZL{right}")
    officer.press("Mend")
    officer.press("Create %(created)s, change %(changed)s")
    officer.page.wait_for_load_state()
    is_fine(officer)
    officer.open("/our/patents")
    is_fine(officer)
    officer.click(officer.page.locator("button[name=act][value=all]"))
    assert officer.fields == 1
    assert officer.clicks <= 5 + 1, officer.clicks
    public = select(Patent.number).where(Patent.owner_id == owner.organisation_id, Patent.published_at.is_not(None))
    assert wait_until(lambda: len(site.look(lambda: session.scalars(public).all())) == 3)


@pytest.mark.parametrize("locale", [ZH, EN])
def test_other_terms_are_asked_for_answered_and_agreed_on(site: Site, visit: Visit, locale: str) -> None:
    """flows-market.md §1 h: six clicks and four fields in all; a round takes two clicks and one field."""
    of, asker = house(site), member(site)
    firm = visit(asker.email, locale).open(f"/patents/{of.patent_id}")
    is_fine(firm)
    firm.follow("Ask for other terms")
    is_fine(firm)
    firm.click(firm.page.locator("label", has=firm.page.locator("[name=kind][value=ordinary]")))
    firm.fill(firm.page.locator("[name=price_form]"), "lump_sum")
    firm.fill(firm.page.locator("[name=lump_minor]"), "60000")
    firm.fill(firm.page.locator("[name=term_months]"), "24")
    firm.press("Send the proposal")
    firm.page.wait_for_url("**/negotiations/*")
    is_fine(firm)
    assert firm.clicks <= 6, firm.clicks
    assert firm.fields <= 4, firm.fields
    officer = visit(of.officer.email, locale).open(firm.page.url)
    is_fine(officer)
    officer.fill(officer.page.locator("[name=lump_minor]"), "80000")
    officer.press("Send the offer")
    officer.page.wait_for_load_state()
    assert (officer.clicks, officer.fields) == (1, 1), "a round"
    firm.open(firm.page.url)
    firm.sees("80,000.00")
    firm.press("Accept offer %(number)s")
    firm.page.wait_for_url("**/contracts/*")
    is_fine(firm)
    talks = select(Negotiation.state).where(Negotiation.asker_id == asker.organisation_id)
    assert site.look(lambda: session.scalars(talks).one()) is NegotiationState.AGREED
