"""Whoever comes, forgets, joins or brings a program: codes, passwords, members, tokens, bank account (points 2 and 7)."""

import json
import re
import secrets

import pytest

from app.accounts.models import Verification
from app.core.ids import readable_code
from tests.browser.cast import INSTITUTION, member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.mail import code_in_mail, link_in_mail, newest_mail
from tests.browser.site import PASSWORD, Site
from tests.browser.test_institution import sign_up
from tests.browser.visitor import Visitor

BOTH = pytest.mark.parametrize("locale", [ZH, EN])
NEW_PASSWORD = "seven pines behind the market"


def sign_in(visitor: Visitor, email: str, password: str) -> None:
    """Fill the sign-in page that is shown and send it."""
    visitor.fill(visitor.field("E-mail address"), email)
    visitor.fill(visitor.field("Password"), password)
    visitor.press("Sign in", visitor.page.locator("main"))


@BOTH
def test_a_mistyped_code_is_refused_and_the_right_one_still_works(visit: Visit, locale: str) -> None:
    visitor = visit("", locale).open("/sign-up")
    email = f"{readable_code(8).lower()}@enterprise.example"
    visitor.fill(visitor.field("E-mail address"), email)
    visitor.fill(visitor.field("Your name"), "周文")
    visitor.fill(visitor.field("Password"), "password1")
    visitor.press("Send me a code")
    visitor.shows("This password is on the list of common ones. Choose another.")
    assert visitor.field("E-mail address").input_value() == email
    visitor.fill(visitor.field("Password"), "a sentence about the weather")
    visitor.press("Send me a code")
    right = code_in_mail(visitor, email)
    visitor.fill(visitor.field("Six-digit code"), f"{(int(right) + 1) % 1_000_000:06d}")
    visitor.press("Confirm the address")
    visitor.page.locator("[aria-invalid=true]#code").wait_for()
    assert not serious_faults(visitor.page)
    visitor.press("Send a new code")
    visitor.shows("The last code was sent less than a minute ago. Look into your mailbox, also for spam.")
    visitor.fill(visitor.field("Six-digit code"), right)
    visitor.press("Confirm the address")
    visitor.page.wait_for_url(re.compile("/organisations/"))


@BOTH
def test_too_many_tries_lock_and_a_new_password_opens(site: Site, visit: Visit, locale: str) -> None:
    person, visitor = member(site), visit("", locale).open("/sign-in")
    for _try in range(5):
        sign_in(visitor, person.email, secrets.token_hex(4))
        visitor.page.wait_for_load_state()
    sign_in(visitor, person.email, PASSWORD)
    visitor.shows("Too many failed tries. Wait %(minutes)s minutes or ask for a new password.", minutes=15)
    assert not serious_faults(visitor.page)
    visitor.follow("Forgotten the password?")
    visitor.fill(visitor.field("E-mail address"), person.email)
    visitor.press("Send me a link")
    visitor.shows("Look into your mailbox")
    visitor.open(link_in_mail(visitor, person.email, "/password/reset/"))
    assert not serious_faults(visitor.page)
    visitor.fill(visitor.field("Password"), NEW_PASSWORD)
    visitor.press("Change the password")
    visitor.shows("Your password is changed. Sign in with the new one.")
    sign_in(visitor, person.email, NEW_PASSWORD)
    visitor.page.wait_for_url(re.compile("/desk"))
    visitor.sees(person.organisation)


@BOTH
def test_a_colleague_is_invited_and_joins(site: Site, visit: Visit, locale: str) -> None:
    owner = member(site)
    email = f"{readable_code(8).lower()}@enterprise.example"
    boss = visit(owner.email, locale).open("/desk")
    boss.follow("Organisation profile")
    boss.click(boss.page.locator("main").get_by_role("link", name=owner.organisation))
    boss.follow("Members", boss.page.locator("main"))
    boss.fill(boss.page.locator("#email"), email)
    boss.click(boss.page.locator("label.choice", has=boss.page.locator("input[value=booker]")))
    boss.press("Send the invitation")
    boss.shows("The invitation is on its way.")
    assert not serious_faults(boss.page)
    colleague = visit("", locale)
    colleague.open(link_in_mail(colleague, email, "/invitations/"))
    colleague.follow_way("Create an account")
    sign_up(colleague, email)
    colleague.page.wait_for_url(re.compile("/invitations/"))
    assert not serious_faults(colleague.page)
    colleague.press("Join")
    colleague.shows("You belong to %(name)s now and act for it.", name=owner.organisation)
    boss.open(boss.page.url)
    boss.sees(email)
    row = boss.page.locator("tr", has_text=email)
    boss.click(row.locator("[data-dialog]"))
    boss.press("Remove member", boss.page.locator("dialog[open]"))
    boss.shows("The membership has ended. What was booked stays with the organisation.")


@BOTH
def test_a_program_gets_a_token_and_loses_it(site: Site, visit: Visit, locale: str) -> None:
    person, program = member(site), visit("", locale).page.request
    visitor = visit(person.email, locale).open("/account/tokens")
    visitor.shows("No tokens yet")
    visitor.fill(visitor.field("What for"), "样品登记程序")
    visitor.press("Create the token")
    token = visitor.page.locator("#new-token").inner_text()
    assert not serious_faults(visitor.page)

    def me() -> tuple[int, str]:
        answer = program.get(f"{site.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        return answer.status, json.loads(answer.body()).get("organisation", {}).get("code", "")

    assert me() == (200, person.code)
    visitor.open("/account/tokens")
    assert token not in visitor.page.content(), "a token is shown only once"
    visitor.press("Revoke")
    visitor.shows("The token no longer works.")
    assert me() == (401, "")


@BOTH
def test_an_institution_says_where_its_money_goes(site: Site, visit: Visit, locale: str) -> None:
    owner = member(site, INSTITUTION)
    visitor = visit(owner.email, locale).open(f"/organisations/{owner.organisation_id}")
    visitor.follow("Change the details")
    visitor.fill(visitor.field("Telephone"), "12")
    visitor.press("Save the details")
    visitor.page.locator("[aria-invalid=true]#phone").wait_for()
    visitor.fill(visitor.field("Telephone"), "0431-85000099")
    visitor.press("Save the details")
    visitor.shows("The details are saved.")
    visitor.page.locator("main a[href$='/bank']").click()
    visitor.fill(visitor.field("Account holder"), owner.organisation)
    visitor.fill(visitor.field("Bank and branch"), "中国银行长春支行")
    visitor.fill(visitor.field("Account number"), "1604 1201 9999 0001")
    visitor.press("Save the account")
    visitor.shows("The account is saved. Payouts go there from now on.")
    assert "0001" in visitor.texts()
    assert "16041201" not in visitor.texts().replace(" ", ""), "only the last digits are shown"
    assert not serious_faults(visitor.page)


@BOTH
def test_the_operator_asks_for_a_paper_and_the_owner_is_told(site: Site, visit: Visit, locale: str) -> None:
    waiting = member(site, verification=Verification.WAITING, verified_at=None)
    operator = visit("operator", locale).open("/admin/organisations")
    operator.fill(operator.page.locator("main input[name=q]"), waiting.code)
    operator.press("Search", operator.page.locator("main"))
    operator.click(operator.page.locator("main tbody a").filter(has_text=waiting.organisation))
    assert not serious_faults(operator.page)
    operator.press("a copy of the licence")
    operator.shows("%(name)s is asked for it.", name=waiting.organisation)
    newest_mail(operator, waiting.email).page.close()
    owner = visit(waiting.email, locale).open("/notifications")
    owner.sees(owner.say("a copy of the licence"))
