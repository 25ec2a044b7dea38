"""An open licence: a university keeps the patent, a firm finds it by its use, pays the notice, and it is in effect."""

import secrets
import time
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import Organisation, Role
from app.core.clock import now, today
from app.core.db import session
from app.market.licences.models import Licence, LicenceState
from app.market.licences.operations import give_notice
from app.market.licences.wording import NoticeFields
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Patent
from app.settlement.fee_notes.models import FeeNote
from tests.browser.cast import INSTITUTION, Member, actor_of, member
from tests.browser.checks import serious_faults
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.market.factories import make_open_licence, patent_number

PRICE, SHOWN = 4_000_000, "40,000.00"


@pytest.mark.parametrize("locale", [ZH, EN])
def test_a_firm_takes_a_licence_by_notice_and_payment(site: Site, visit: Visit, locale: str) -> None:
    owner, taker = member(site, INSTITUTION, Role.TRANSFER), member(site)
    mark = secrets.token_hex(3)
    patent = keep(site, visit(owner.email, locale), owner, mark)
    announced = site.prepare(lambda: announce(patent))

    firm = visit(taker.email, locale).open(f"/patents?q=防雾{mark}")
    firm.click(firm.page.get_by_role("link", name=f"一种防雾涂层{mark}"))
    firm.sees(SHOWN)
    firm.shows("In effect once notice and money are in; no approval needed.")
    assert not serious_faults(firm.page)

    licence, memo = site.prepare(lambda: notice(taker, announced))
    firm.open("/fee-notes")
    firm.click(firm.page.locator("tbody a").first)
    firm.sees(memo)
    paying = firm.page.url
    assert not serious_faults(firm.page)
    firm.press("I have sent %(sum)s")
    firm.page.wait_for_load_state()

    transfer(visit("operator", locale), taker, memo)
    assert in_effect(site, licence)
    firm.open(paying)
    assert firm.button("I have sent %(sum)s").count() == 0, "nothing is left to pay"
    assert SHOWN in firm.texts()


def keep(site: Site, officer: Visitor, owner: Member, mark: str) -> UUID:
    """Paste the number, complete the facts, publish."""
    number = patent_number(secrets.randbelow(8_000_000) + 1_000_000)
    officer.open("/our/patents/new")
    officer.fill(officer.page.locator("[name=numbers]"), f"ZL{number} 一种防雾涂层{mark}")
    officer.press("Look at the list")
    officer.press("Create %(created)s, change %(changed)s")
    officer.page.wait_for_load_state()
    kept = select(Patent.id).where(Patent.owner_id == owner.organisation_id)
    patent = site.look(lambda: session.scalars(kept).one())
    officer.open(f"/our/patents/{patent}/facts")
    filed = today() - timedelta(days=5 * 365 + 40)
    for name, value in {
        "use_text": f"喷在镜片上，冬天进屋不起雾，叫防雾{mark}。", "products": f"防雾{mark}", "ipc": "C09D5/00",
        "filed_on": filed.isoformat(), "granted_on": (filed + timedelta(days=700)).isoformat(),
        "annuity_paid_through": "6", "register_checked_on": today().isoformat(),
    }.items():  # fmt: skip
        officer.fill(officer.page.locator(f"[name={name}]"), value)
    officer.press("Save the facts")
    officer.press("Publish")
    officer.shows("Published. Everybody can see it now.")
    assert not serious_faults(officer.page)
    return UUID(str(patent))


def announce(patent_id: UUID) -> UUID:
    """The declaration of this patent was announced yesterday."""
    patent = session.get_one(Patent, patent_id)
    return make_open_licence(
        patent, number=f"OL-{secrets.token_hex(4)}", lump_minor=PRICE, announced_on=today() - timedelta(days=1)
    ).id


def notice(taker: Member, announced: UUID) -> tuple[UUID, str]:
    """The firm gives notice; returns the licence and the memo of its fee note."""
    fields = NoticeFields("防雾镜片", "长春市", today(), "方工")
    licensee = session.get_one(Organisation, taker.organisation_id)
    licence = give_notice(actor_of(taker), session.get_one(OpenLicence, announced), licensee, fields)
    return licence.id, session.get_one(FeeNote, licence.fee_note_id).memo_code


def transfer(operator: Visitor, taker: Member, memo: str) -> None:
    """The bank reports the money; it is matched by its memo."""
    operator.open("/settlement/bank/new")
    operator.fill(operator.field("Date"), today().isoformat())
    operator.fill(operator.page.locator("[name=payer_name]"), taker.organisation)
    operator.fill(operator.field("Amount"), "40000.00")
    operator.fill(operator.page.locator("[name=memo]"), memo)
    operator.fill(operator.page.locator("[name=reference]"), f"LIC{now():%H%M%S%f}")
    operator.press("Record transfer")
    operator.page.wait_for_load_state()
    assert not serious_faults(operator.page)


def in_effect(site: Site, licence: UUID) -> bool:
    """Whether the worker has put it into effect; it is given half a minute."""
    state = select(Licence.state).where(Licence.id == licence)
    for _second in range(60):
        if site.look(lambda: session.scalars(state).one()) is LicenceState.EFFECTIVE:
            return True
        time.sleep(0.5)
    return False
