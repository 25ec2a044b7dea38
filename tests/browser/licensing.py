"""Patents, declarations and licences of a journey's own, prepared by the operations, and what the hands do with them."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Organisation, Role
from app.core.clock import now, today
from app.core.db import session
from app.core.workdays import add_months
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, RoyaltyBase
from app.market.open_licences.publicity import advance_by_time
from app.market.patents.facts import HolderValues, InventorValues
from app.market.patents.models import Patent
from app.market.patents.operations import create_patent, publish_patents
from app.market.portal.operations import refresh_all
from app.market.royalties.models import RoyaltyPeriod
from app.market.royalties.operations import make_due, open_periods
from app.settlement.fee_notes.models import FeeNote
from tests.accounts.factories import make_actor, make_user
from tests.browser.cast import INSTITUTION, Member, actor_of, member
from tests.browser.checks import serious_faults, too_wide
from tests.browser.mail import code_in_mail, code_in_text, link_in_mail
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.market.factories import make_licence, make_open_licence, patent_number

UPFRONT, UPFRONT_MINOR = "30,000.00", 3_000_000
ROYALTY: dict[str, Any] = {
    "price_form": PriceForm.ROYALTY, "rate": 300, "royalty_base": RoyaltyBase.NET_SALES, "period_months": 6,
}  # fmt: skip
ACCOUNT = {"bank_name": "中国银行长春支行", "bank_account": "1604120199990002", "bank_account_name": "青岭大学"}


@dataclass(frozen=True)
class House:
    """A university with a transfer officer, a second one, an inventor with an account, and a patent with a co-owner."""

    mark: str
    officer: Member
    second: str  # e-mail
    inventor: str  # e-mail
    partner: str  # e-mail of the co-owner
    phone: str  # mobile number of the co-owner, E.164
    patent_id: UUID

    @property
    def title(self) -> str:
        return f"一种防雾涂层{self.mark}"


def house(site: Site, *, is_shared: bool = False) -> House:
    """A patent that can be declared today; the co-owner holds 30 %."""
    officer, mark = member(site, INSTITUTION, Role.TRANSFER, Role.FINANCE, **ACCOUNT), secrets.token_hex(3)

    def make() -> House:
        owner = session.get_one(Organisation, officer.organisation_id)
        second, inventor = make_user(email=f"b{mark}@people.example"), make_user(email=f"i{mark}@people.example")
        make_actor(owner, Role.TRANSFER, user=second)
        make_actor(owner, Role.INVENTOR, user=inventor)
        phone = f"+86139{secrets.randbelow(10**8):08d}"
        partner = HolderValues("长吉新材料研究院", 3_000, email=f"ip{mark}@changji.example")
        filed = today() - timedelta(days=5 * 365 + 40)
        holders = [HolderValues(owner.name, 7_000, owner.code), partner]
        patent = create_patent(actor_of(officer), owner, {
            "number": patent_number(secrets.randbelow(8_000_000) + 1_000_000), "title": f"一种防雾涂层{mark}",
            "use_text": f"喷在镜片上，冬天进屋不起雾，叫防雾{mark}。", "products": f"防雾{mark}", "ipc": ["C09D5/00"],
            "industry": "C3974", "filed_on": filed, "granted_on": filed + timedelta(days=700),
            "annuity_paid_through": 6, "register_checked_on": today(), "contact_email": officer.email,
            "registered_holders": f"{owner.name}；{partner.name}" if is_shared else owner.name,
            "holders": holders if is_shared else [HolderValues(owner.name, 10_000, owner.code)],
            "inventors": [InventorValues("何清源", 6_000, "化学学院", inventor.id), InventorValues("宋宁", 4_000)],
        })  # fmt: skip
        publish_patents(actor_of(officer), [patent])
        return House(mark, officer, second.email, inventor.email, partner.email, phone, patent.id)

    return site.prepare(make)


def announced(site: Site, of: House, **price: Any) -> UUID:
    """The declaration of this patent was announced some days ago."""

    def make() -> UUID:
        begin = {"announced_on": today() - timedelta(days=3), "filed_on": today() - timedelta(days=20)}
        patent = session.get_one(Patent, of.patent_id)
        values = {**begin, "notice_email": of.officer.email, "inventors_share": 6_000, **price}
        made = make_open_licence(patent, number=f"OL-{secrets.token_hex(4)}", **values)
        session.flush()
        refresh_all()
        return made.id

    return site.prepare(make)


def taken(site: Site, of: House, taker: Member, months_ago: int = 13, **price: Any) -> UUID:
    """A licence with a royalty by the half year, in effect for some time and filed; what is over waits for its report."""
    begin = add_months(today(), -months_ago)
    declared = announced(site, of, **{**ROYALTY, "announced_on": begin, "filed_on": begin, **price})

    def make() -> UUID:
        licensee = session.get_one(Organisation, taker.organisation_id)
        licence = make_licence(
            session.get_one(OpenLicence, declared), licensee, number=f"L-{secrets.token_hex(4)}",
            notice_no=f"LN-{secrets.token_hex(4)}", state=LicenceState.FILED, filed_on=begin, filing_no="2025220000",
            received_on=begin, effective_on=begin, ends_on=add_months(begin, 36), filing_due_on=add_months(begin, 3),
            notice={"product": "防雾镜片", "place": "长春市", "starts_on": begin.isoformat(), "contact_name": "方工",
                    "contact_phone": ""},
        )  # fmt: skip
        open_periods(licence)
        make_due()
        return licence.id

    return site.prepare(make)


def publicity_passes(site: Site, declared: UUID) -> None:
    """The days of publicity are over; the nightly run looks."""

    def pass_days() -> None:
        one = session.get_one(OpenLicence, declared)
        one.publicity_from, one.publicity_until = today() - timedelta(days=30), today() - timedelta(days=5)
        session.flush()
        advance_by_time()

    site.prepare(pass_days)


def a_year_passes(site: Site, licence_id: UUID) -> None:
    """The first year of a licence is over: its days lie thirteen months earlier."""

    def shift() -> None:
        periods = select(RoyaltyPeriod).where(RoyaltyPeriod.licence_id == licence_id)
        for one in session.scalars(periods.order_by(RoyaltyPeriod.position)):
            for name in ("starts_on", "ends_on", "due_on"):
                setattr(one, name, add_months(getattr(one, name), -13))
            one.due_on = max(one.due_on, today()) if one.position == 1 else one.due_on
            session.flush()
        make_due()

    site.prepare(shift)


def state_of(site: Site, declared: UUID) -> DeclarationState:
    """How far a declaration is."""
    return site.look(lambda: session.get_one(OpenLicence, declared).state)


def wait_until(question: Callable[[], bool]) -> bool:
    """Whether the worker brings it about within half a minute."""
    for _try in range(60):
        if question():
            return True
        time.sleep(0.5)
    return False


def is_fine(visitor: Visitor) -> None:
    """This page has no serious fault and scrolls sideways at no width, in either of its languages."""
    faults = serious_faults(visitor.page) + too_wide(visitor.page, 390)
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    assert not faults, "\n".join(faults)


def declare(officer: Visitor, of: House) -> UUID:
    """From the patent's own page to the consents asked for."""
    officer.open(f"/our/patents/{of.patent_id}")
    officer.press("Declare an open licence")
    officer.page.wait_for_url("**/declare")
    is_fine(officer)
    price = officer.page.locator("#price")
    officer.fill(price.locator("[name=price-form]"), "upfront_royalty")
    assert not price.locator("[name=price-lump]").is_visible(), "only what this form needs is asked for"
    officer.fill(price.locator("[name=price-upfront]"), "30000")
    officer.fill(price.locator("[name=price-rate]"), "3")
    officer.fill(price.locator("[name=price-basis_note]"), "参照本专利此前的许可，与发明人商定。")
    officer.press("Save the price")
    officer.shows("The price is saved.")
    officer.press("Save the terms")
    officer.shows("The terms are saved.")
    phone = officer.page.locator("#consents [name=phone]")
    if phone.count():
        officer.fill(phone, of.phone.removeprefix("+86"))
    officer.press("Ask for the consents and begin the publicity")
    officer.shows("The links are on their way.")
    is_fine(officer)
    return UUID(officer.page.url.split("/")[-2])


def agree(guest: Visitor, of: House, *, by_text: bool = True) -> None:
    """The co-owner, in another browser and without an account: the link is mailed, the code goes to the telephone, or
    by mail to whoever wants it so."""
    guest.open(link_in_mail(guest, of.partner, "/consents/"))
    is_fine(guest)
    guest.sees(f"{of.phone[3:6]}****{of.phone[-4:]}")
    assert of.phone[3:] not in guest.page.content(), "the whole number is on the page"
    guest.press("Send me the code as a text message" if by_text else "Send it by mail instead")
    guest.page.wait_for_load_state()
    code = code_in_text(guest, of.phone) if by_text else code_in_mail(guest, of.partner)
    guest.fill(guest.page.locator("[name=code]"), code)
    guest.fill(guest.page.locator("[name=name]"), "周正")
    guest.press("Agree")
    guest.shows("Your answer is noted. You need not do anything more.")


def file(officer: Visitor, declared: UUID) -> None:
    """The forms are taken along, CNIPA's number and day are noted."""
    officer.open(f"/open-licences/{declared}/declare")
    for kind in ("declaration", "commitment", "consent"):
        with officer.page.expect_download() as paper:
            officer.click(officer.page.locator(f"a[href$='{kind}.pdf']"))
        assert paper.value.path().read_bytes().startswith(b"%PDF"), kind
    officer.fill(officer.page.locator("[name=filing-accept_no]"), "KF202611280001")
    officer.fill(officer.page.locator("[name=filing-filed_on]"), (today() - timedelta(days=2)).isoformat())
    officer.press("Note the filing")
    officer.shows("Noted. The operator watches for the announcement.")
    is_fine(officer)


def announce(operator: Visitor, number: str, day: date, *, withdrawn: bool = False) -> None:
    """A row of the gazette is pasted, matched and recorded."""
    operator.open("/operator/open-licences")
    operator.follow("Record announcements")
    if withdrawn:
        operator.click(operator.page.locator("[name=kind][value=withdrawn]"))
    operator.fill(operator.page.locator("[name=source]"), "专利公报42卷48期")
    operator.fill(operator.page.locator("[name=rows]"), f"{number}\tK{now():%H%M%S%f}\t{day.isoformat()}")
    operator.press("Match the rows")
    is_fine(operator)
    operator.press("Record %(count)s")
    operator.shows("%(count)s recorded, %(held)s held.", count=1, held=0)


def give_notice(firm: Visitor, of: House) -> UUID:
    """Found by its use, read, notified; the fee is still to be paid."""
    firm.open("/patents")
    firm.fill(firm.page.locator("main [name=q]").first, f"防雾{of.mark}")
    firm.press("Search", firm.page.locator("main"))
    firm.click(firm.page.get_by_role("link", name=of.title))
    firm.shows("In effect once notice and money are in; no approval needed.")
    is_fine(firm)
    firm.follow("Give notice and pay %(amount)s")
    firm.fill(firm.page.locator("[name=product]"), "防雾镜片")
    firm.fill(firm.page.locator("[name=place]"), "长春市")
    is_fine(firm)
    firm.press("Check the notice")
    firm.shows("Check the notice: once given it cannot be changed")
    is_fine(firm)
    firm.press("Give notice and pay %(amount)s")
    firm.shows("Notice delivered. No licence until paid.")
    is_fine(firm)
    return UUID(firm.page.url.rsplit("/", 1)[-1])


def note_of(site: Site, taker: Member) -> FeeNote:
    """The newest fee note of a firm."""
    notes = select(FeeNote).where(FeeNote.payer_id == taker.organisation_id).order_by(FeeNote.issued_at.desc())
    found = site.look(lambda: session.scalars(notes.limit(1)).first())
    assert found is not None
    return found


def transfer(operator: Visitor, taker: Member, note: FeeNote) -> None:
    """The bank reports the money; it is matched by its memo."""
    operator.open("/settlement/bank/new")
    operator.fill(operator.field("Date"), today().isoformat())
    operator.fill(operator.page.locator("[name=payer_name]"), taker.organisation)
    operator.fill(operator.field("Amount"), f"{note.outstanding_minor / 100:.2f}")
    operator.fill(operator.page.locator("[name=memo]"), note.memo_code)
    operator.fill(operator.page.locator("[name=reference]"), f"LIC{now():%H%M%S%f}")
    operator.press("Record transfer")
    operator.page.wait_for_load_state()
    is_fine(operator)


def is_in_effect(site: Site, licence: UUID) -> bool:
    """Whether the worker has put it into effect."""
    state = select(Licence.state).where(Licence.id == licence)
    return wait_until(lambda: site.look(lambda: session.scalars(state).one()) is LicenceState.EFFECTIVE)


def file_licence(firm: Visitor, licence: UUID) -> None:
    """Certificate and pack are taken along, then the filing number is entered."""
    firm.open(f"/licences/{licence}")
    is_fine(firm)
    with firm.page.expect_download() as certificate:
        firm.follow("Certificate")
    assert certificate.value.path().read_bytes().startswith(b"%PDF")
    with firm.page.expect_download() as pack:
        firm.follow("Everything for the filing")
    assert pack.value.path().read_bytes().startswith(b"PK")
    firm.fill(firm.page.locator("[name=filing_no]"), "2026220000000418")
    firm.press("Enter the filing number")
    firm.shows("Filed. Both sides are told.")
    is_fine(firm)


def report(firm: Visitor, licence: UUID, *, units: str, gross: str, name: str = "") -> str:
    """The royalty of the period that is due, with the bill at once; returns the address of the period."""
    firm.open(f"/licences/{licence}")
    firm.click(firm.page.locator("#royalties tbody tr", has_text=firm.say("Report due")).locator("a").first)
    is_fine(firm)
    for key, value in {"name": name, "units": units, "gross": gross}.items():
        if value:
            firm.fill(firm.page.locator(f"[name={key}]").first, value)
    firm.press("Report and get bill %(sum)s")
    firm.shows("Reported. The bill is below.")
    is_fine(firm)
    return firm.page.url


def ask(officer: Visitor, period: str) -> None:
    """The patentee's question about a report."""
    officer.open(period)
    is_fine(officer)
    officer.fill(officer.page.locator("[name=text]"), "请附第三季度的销售明细。")
    officer.press("Ask")
    officer.shows("Asked. Only this bill waits meanwhile.")


def answer(firm: Visitor, period: str) -> None:
    """The licensee's answer."""
    firm.open(period)
    is_fine(firm)
    firm.fill(firm.page.locator("[name=answer]"), "明细见附件，少计了一批。")
    firm.press("Answer")
    firm.shows("Answered.")


def settle_question(officer: Visitor, period: str) -> None:
    """The question is closed; the bill is due again."""
    officer.open(period)
    officer.press("Close the question")
    officer.shows("Closed. The bill is due again.")


def correct(firm: Visitor, period: str, gross: str) -> None:
    """The report is corrected upwards, the difference is billed."""
    firm.open(period)
    firm.click(firm.page.locator("summary", has_text=firm.say("Correct the report")))
    firm.fill(firm.page.locator("[name=gross]").first, gross)
    firm.fill(firm.page.locator("[name=reason]"), "补报一批。")
    firm.press("Correct and get bill %(sum)s")
    firm.shows("Reported. The bill is below.")
    is_fine(firm)


def withdraw(officer: Visitor, declared: UUID, co_owner: Callable[[], None] = lambda: None) -> None:
    """The reason, the co-owner's consent, and what CNIPA gave."""
    officer.open(f"/open-licences/{declared}/declare")
    officer.fill(officer.page.locator("[name=withdraw-reason]"), "拟转入后续研究，不再开放许可。")
    officer.press("Make the forms and ask the co-owners")
    officer.shows("The forms are ready; the co-owners have their links.")
    co_owner()
    officer.open(f"/open-licences/{declared}/declare")
    officer.fill(officer.page.locator("[name=withdrawal-accept_no]"), "KC202611290001")
    officer.fill(officer.page.locator("[name=withdrawal-filed_on]"), (today() - timedelta(days=1)).isoformat())
    officer.press("Note the filing", officer.page.locator("#withdraw"))
    officer.shows("Noted. It counts from its announcement.")
    is_fine(officer)
