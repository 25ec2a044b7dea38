"""Licences of the demonstration: unpaid, paid, filed, with a royalty to report, after a withdrawal; interest too."""

from collections.abc import Mapping
from datetime import date, timedelta

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.clock import DEFAULT_ZONE, day_period, today
from app.core.db import session
from app.core.money import Money
from app.demo.cast import INSTITUTE, SECOND_SME, SME, company
from app.demo.declarations import write_declarations
from app.demo.licensed import SIGNERS, fields_of, past_licence
from app.demo.patents import write_patents
from app.demo.people import actor_of
from app.demo.pledge import license_pledged
from app.demo.quarrels import quarrel, question
from app.demo.timing import months_before
from app.market.licences.models import Licence, LicenceKind
from app.market.licences.operations import ask_payment, give_notice
from app.market.licences.wording import NoticeFields
from app.market.negotiations.operations import ask, counter_offer
from app.market.negotiations.terms import Terms
from app.market.open_licences.models import OpenLicence, PriceForm
from app.market.patents.models import Patent
from app.market.patents.reducing import add_reduction
from app.market.portal.operations import refresh_all, register_interest
from app.market.royalties.operations import make_due, open_periods
from app.market.royalties.queries import periods_of
from app.market.royalties.reporting import report_royalty
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note
from app.settlement.models import ChargeKind
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import Transfer, record_transfer


def load_market(_password: str) -> str:
    """Patents, declarations, licences, royalties, negotiations and interest, in this order."""
    patents = write_patents()
    declared = write_declarations(patents)
    recycling = [
        past_licence(declared["recycling"], SME, _ago(385), "再生三元前驱体"),
        past_licence(declared["recycling"], SECOND_SME, _ago(372), "碳酸锂"),
        past_licence(declared["recycling"], INSTITUTE, _ago(369), "回收工艺中试线"),
    ]
    laser = past_licence(declared["laser"], SECOND_SME, _ago(200), "激光干燥设备")
    _report(recycling)
    quarrel(laser)
    _earn(declared["adhesive"])
    license_pledged(declared["membrane"])
    _reduce(patents["recycling"])
    _take_today(declared)
    _talk(patents, declared)
    refresh_all()
    return f"{len(patents)} patents, {len(declared)} declarations, {len(recycling) + 8} licences and notices"


def _reduce(patent: Patent) -> None:
    """A reduction on file takes more off the annuity than the open licence that is carried out; only one counts."""
    officer, since = actor_of("transfer@jishi.example"), months_before(30)
    add_reduction(officer, patent, percent=70, starts_on=since, ends_on=None, reference=f"FJ{since.year}220000456")


def _ago(days: int) -> date:
    return today() - timedelta(days=days)


def _report(licences: list[Licence]) -> None:
    """A royalty year is over for three: one is to report still, one is asked about its report, one has corrected it."""
    for licence in licences:
        open_periods(licence)
    make_due()
    asked, corrected = (periods_of(licence.id)[0] for licence in licences[1:])
    sold = {"name": "碳酸锂", "units": 1_200, "gross_minor": 86_000_000, "deductions_minor": 2_000_000}
    report_royalty(actor_of(SIGNERS[SECOND_SME]), asked, [sold])
    question(asked)
    tested = {"name": "中试回收料", "units": 300, "gross_minor": 33_000_000, "deductions_minor": 0}
    report_royalty(actor_of(SIGNERS[INSTITUTE]), corrected, [tested])
    fewer = {**tested, "units": 260, "gross_minor": 28_600_000}
    report_royalty(actor_of(SIGNERS[INSTITUTE]), corrected, [fewer], reason="40件自用样品误计为销售。")


def _earn(declared: OpenLicence) -> None:
    """A licence of last month whose fee stands on that month's statement and is shared out with it."""
    day = months_before(1) + timedelta(days=11)
    licence = past_licence(declared, SECOND_SME, day, "显示模组贴合用光学胶", is_filed=False)
    note = ask_payment(SYSTEM, licence, declared.patent)
    assert note is not None  # noqa: S101 the sheet of this patent has a lump sum
    period = day_period(day, DEFAULT_ZONE)
    earn_fee_note(SYSTEM, note, kind=ChargeKind.LICENCE_FEE, used_on=day, service_period=period)


def _take_today(declared: Mapping[str, OpenLicence]) -> None:
    """One notice waits for its payment, one is paid by bank transfer, one is free and in effect at once."""
    sme, biotech = actor_of(SIGNERS[SME]), actor_of(SIGNERS[SECOND_SME])
    ahead = today() + timedelta(days=10)
    _notice(sme, declared["adhesive"], fields_of(SME, "车载显示屏贴合用光学胶", ahead))
    _notice(biotech, declared["catalyst"], fields_of(SECOND_SME, "甲醇小试装置", ahead))
    paid = _notice(sme, declared["coating"], fields_of(SME, "仪器外壳防腐", ahead))
    note = session.get_one(FeeNote, paid.fee_note_id)
    transfer = Transfer(
        f"DEMO-{note.number}", today(), company(SME).name, "5678", Money(note.outstanding_minor), note.memo_code
    )
    hold_transfer(SYSTEM, record_transfer(SYSTEM, transfer)[0], note)


def _notice(actor: Actor, declared: OpenLicence, fields: NoticeFields) -> Licence:
    return give_notice(actor, declared, session.get_one(Organisation, actor.organisation_id), fields)


def _talk(patents: Mapping[str, Patent], declared: Mapping[str, OpenLicence]) -> None:
    """Interest in the pilot; two negotiations, one waiting for each side."""
    sme, biotech, officer = actor_of(SIGNERS[SME]), actor_of(SIGNERS[SECOND_SME]), actor_of("transfer@jishi.example")
    register_interest(sme, patents["probe"], declared["probe"], "车间废水自检，每周约40份水样。")
    register_interest(biotech, patents["probe"], declared["probe"], "发酵原料的重金属筛查。")
    offered = Terms(PriceForm.LUMP_SUM, lump_minor=6_000_000, term_months=24, use_text="制样设备的生产和销售。")
    talk = ask(sme, patents["clamp"], LicenceKind.ORDINARY, offered, "希望先做两年。")
    asked = Terms(PriceForm.LUMP_SUM, lump_minor=8_000_000, term_months=36, use_text="制样设备的生产和销售。")
    counter_offer(officer, talk, asked, "三年更合算。")
    wanted = Terms(PriceForm.LUMP_SUM, lump_minor=20_000_000, term_months=60, use_text="生产和销售秸秆促腐菌剂。")
    ask(biotech, patents["rice"], LicenceKind.ORDINARY, wanted, "希望覆盖东北三省。")
