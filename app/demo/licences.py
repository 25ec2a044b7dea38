"""Licences of the demonstration: unpaid, paid, filed, with a royalty to report, after a withdrawal; interest too."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.clock import DEFAULT_ZONE, day_period, today
from app.core.db import session
from app.core.ids import uuid7
from app.core.money import Money
from app.core.workdays import add_months
from app.demo.cast import SECOND_SME, SME, company
from app.demo.declarations import write_declarations
from app.demo.patents import write_patents
from app.demo.people import actor_of
from app.demo.timing import months_before
from app.market.licences.models import Licence, LicenceKind, LicenceState
from app.market.licences.operations import ask_payment, give_notice
from app.market.licences.taking import frozen_price, terms_of
from app.market.licences.wording import NoticeFields, digest_of, notice_parts, party_of, text_of
from app.market.negotiations.operations import ask, counter_offer
from app.market.negotiations.terms import Terms
from app.market.open_licences.models import OpenLicence, PriceForm
from app.market.patents.models import Patent
from app.market.portal.operations import refresh_all, register_interest
from app.market.royalties.operations import make_due, open_periods
from app.market.royalties.queries import periods_of
from app.market.royalties.reporting import report_royalty
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note
from app.settlement.models import ChargeKind
from app.settlement.operations import paper_number, take_numbers
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import Transfer, record_transfer

PEOPLE = {SME: "sme@jishi.example", SECOND_SME: "biotech@jishi.example"}


def load_market(_password: str) -> str:
    """Patents, declarations, licences, royalties, negotiations and interest, in this order."""
    patents = write_patents()
    declared = write_declarations(patents)
    licences = [
        _past(declared["recycling"], SME, 385, "再生三元前驱体"),
        _past(declared["recycling"], SECOND_SME, 372, "碳酸锂"),
        _past(declared["laser"], SECOND_SME, 200, "激光干燥设备"),
    ]  # fmt: skip
    _report(licences[:2])
    _earn(declared["adhesive"])
    _take_today(declared)
    _talk(patents, declared)
    refresh_all()
    return f"{len(patents)} patents, {len(declared)} declarations, {len(licences) + 3} notices"


def _fields(product: str, day: date) -> NoticeFields:
    return NoticeFields(product, "长春市", day, "林晓", "0431-80000300")


def _past(declared: OpenLicence, key: str, days_ago: int, product: str, *, is_filed: bool = True) -> Licence:
    """A licence that took effect some time ago and was filed a month later; its fee was paid elsewhere by then."""
    day, officer = today() - timedelta(days=days_ago), actor_of(PEOPLE[key])
    licensee, fields = session.get_one(Organisation, company(key).id), _fields(product, day)
    party = party_of(licensee, fields)
    text = text_of(notice_parts(declared, party, fields, day))
    begun, year = add_months(day, 1), day.year
    licence = Licence(
        id=uuid7(), notice_no=paper_number("LN", year, take_numbers("licence_notice", year)),
        number=paper_number("L", year, take_numbers("licence", year)), kind=LicenceKind.OPEN,
        open_licence_id=declared.id, patent_id=declared.patent_id, licensor_id=declared.owner_id,
        licensee_id=licensee.id, licensee_party=party, notice_text=text,
        state=LicenceState.FILED if is_filed else LicenceState.EFFECTIVE,
        notice_hash=digest_of(text), noticed_by_id=officer.user_id,
        noticed_at=datetime.combine(day, time(3), tzinfo=UTC), received_on=day, effective_on=day,
        paid_on=day if declared.due_now_minor else None, due_now_minor=declared.due_now_minor,
        ends_on=min(declared.patent.expires_on, add_months(day, 36)), filing_due_on=add_months(day, 3),
        filing_no=f"{begun:%Y}220000{begun:%m%d}" if is_filed else "", filed_on=begun if is_filed else None,
        terms=terms_of(declared),
        notice={"product": product, "place": fields.place, "starts_on": day.isoformat(),
                "contact_name": fields.contact_name, "contact_phone": fields.contact_phone, "address": ""},
        **frozen_price(declared),
    )  # fmt: skip
    licence.open_licence, licence.patent = declared, declared.patent
    session.add(licence)
    session.flush()
    return licence


def _report(licences: list[Licence]) -> None:
    """A royalty year is over for both: one has reported and owes, the other has still to report."""
    for licence in licences:
        open_periods(licence)
    make_due()
    sold = {"name": "碳酸锂", "units": 1_200, "gross_minor": 86_000_000, "deductions_minor": 2_000_000}
    report_royalty(actor_of(PEOPLE[SECOND_SME]), periods_of(licences[1].id)[0], [sold])


def _earn(declared: OpenLicence) -> None:
    """A licence of last month whose fee stands on that month's statement and is shared out with it."""
    day = months_before(1) + timedelta(days=11)
    licence = _past(declared, SECOND_SME, (today() - day).days, "显示模组贴合用光学胶", is_filed=False)
    note = ask_payment(SYSTEM, licence, declared.patent)
    assert note is not None  # noqa: S101 the sheet of this patent has a lump sum
    period = day_period(day, DEFAULT_ZONE)
    earn_fee_note(SYSTEM, note, kind=ChargeKind.LICENCE_FEE, used_on=day, service_period=period)


def _take_today(declared: Mapping[str, OpenLicence]) -> None:
    """One notice waits for its payment, one is paid by bank transfer, one is free and in effect at once."""
    sme, biotech = actor_of(PEOPLE[SME]), actor_of(PEOPLE[SECOND_SME])
    ahead = today() + timedelta(days=10)
    _notice(sme, declared["adhesive"], _fields("车载显示屏贴合用光学胶", ahead))
    _notice(biotech, declared["catalyst"], _fields("甲醇小试装置", ahead))
    paid = _notice(sme, declared["coating"], _fields("仪器外壳防腐", ahead))
    note = session.get_one(FeeNote, paid.fee_note_id)
    transfer = Transfer(
        f"DEMO-{note.number}", today(), company(SME).name, "5678", Money(note.outstanding_minor), note.memo_code
    )
    hold_transfer(SYSTEM, record_transfer(SYSTEM, transfer)[0], note)


def _notice(actor: Actor, declared: OpenLicence, fields: NoticeFields) -> Licence:
    return give_notice(actor, declared, session.get_one(Organisation, actor.organisation_id), fields)


def _talk(patents: Mapping[str, Patent], declared: Mapping[str, OpenLicence]) -> None:
    """Interest in the pilot; two negotiations, one waiting for each side."""
    sme, biotech, officer = actor_of(PEOPLE[SME]), actor_of(PEOPLE[SECOND_SME]), actor_of("transfer@jishi.example")
    register_interest(sme, patents["probe"], declared["probe"], "车间废水自检，每周约40份水样。")
    register_interest(biotech, patents["probe"], declared["probe"], "发酵原料的重金属筛查。")
    offered = Terms(PriceForm.LUMP_SUM, lump_minor=6_000_000, term_months=24, use_text="制样设备的生产和销售。")
    talk = ask(sme, patents["clamp"], LicenceKind.ORDINARY, offered, "希望先做两年。")
    asked = Terms(PriceForm.LUMP_SUM, lump_minor=8_000_000, term_months=36, use_text="制样设备的生产和销售。")
    counter_offer(officer, talk, asked, "三年更合算。")
    wanted = Terms(PriceForm.LUMP_SUM, lump_minor=20_000_000, term_months=60, use_text="生产和销售秸秆促腐菌剂。")
    ask(biotech, patents["rice"], LicenceKind.ORDINARY, wanted, "希望覆盖东北三省。")
