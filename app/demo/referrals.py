"""A bank and an IP firm as partners, and requests: to be passed on, to be answered, in touch, agreed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Organisation
from app.core.clock import now
from app.core.db import session
from app.core.i18n import force_locale
from app.demo.cast import BANK, IP_FIRM, UNIVERSITY, company
from app.demo.people import actor_of
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import Encumbrance, LegalStatus, Patent
from app.market.patents.queries import WITH_PEOPLE
from app.market.referrals.models import Partner, Referral, ReferralKind
from app.market.referrals.operations import Wish, agree, ask, decline, lapse, take_up, withdraw
from app.market.referrals.partners import PartnerValues, add_partner

K = ReferralKind


def are_there() -> bool:
    """Whether anything was asked before, or the data were loaded before there was a bank: these stay as they are."""
    asked = session.scalar(select(Referral.id).limit(1)) is not None
    return asked or session.get(Organisation, company(BANK).id) is None


def load_referrals(_password: str) -> str:
    """List the partners; ask, take up and agree as people do on the pages."""
    with force_locale("zh_CN"):  # the sentence of consent is kept as it was read
        return _load()


def _load() -> str:
    bank = _partner(
        BANK, [K.PLEDGE], ("22",), "专利质押贷款，最快十个工作日放款。", "Loans on patents within ten working days."
    )
    firm = _partner(
        IP_FIRM, [K.SEARCH, K.ANALYSIS, K.WATCH, K.EVALUATION], (), "检索、分析、监测和评价报告协办。",
        "Searches, analyses, monitoring and evaluation reports.",
    )  # fmt: skip
    officer, customer = actor_of("transfer@jishi.example"), actor_of("sme@jishi.example")
    banker, parts = actor_of("bank@jishi.example"), ("patent", "contact", "income")
    first, second = _patents()
    loan = Wish(K.PLEDGE, "中试放大需要流动资金，期限两年。", first, bank, 500_000_000, parts)
    agree(banker, _taken("bank@jishi.example", ask(officer, loan)), 300_000_000, 24, "请携材料来行签约。")
    search = Wish(K.SEARCH, "光学胶固化收缩率低于1%的现有技术，查国内和美国。", None, firm, None, ("contact",))
    _taken("ipfirm@jishi.example", ask(customer, search))
    ask(actor_of("biotech@jishi.example"), Wish(K.ANALYSIS, "人参皂苷提取方向的专利布局。", parts=("contact",)))
    ask(
        actor_of("institute@jishi.example"),
        Wish(K.WATCH, "水性防腐涂料的新申请，每月一次。", partner=firm, parts=("contact",)),
    )
    ask(officer, Wish(K.PLEDGE, "设备更新，期限一年。", second, bank, 200_000_000, ("patent",)))
    _ended(firm)
    return "8"


def _ended(firm: Partner) -> None:
    """One the partner cannot do, one nobody needs any more, one that was not answered in time."""
    customer, biotech = actor_of("sme@jishi.example"), actor_of("biotech@jishi.example")
    late, gone, refused = (
        ask(actor, Wish(kind, text, partner=firm, parts=("contact",)))
        for actor, kind, text in (
            (biotech, K.WATCH, "发酵尾气处理的新申请，每月一次。"),
            (biotech, K.SEARCH, "人参皂苷低温提取，查日本和韩国。"),
            (customer, K.EVALUATION, "请协助取得一件外观设计专利的评价报告。"),
        )
    )
    decline(actor_of("ipfirm@jishi.example"), refused, "该外观设计尚未公告，公告后才能请求评价报告。")
    withdraw(biotech, gone, "已由高校自行检索。")
    late.due_at = now() - timedelta(hours=1)
    lapse(late)


def _taken(email: str, referral: Referral) -> Referral:
    return take_up(actor_of(email), referral, "已收到，我们来联系您。")


def _partner(key: str, kinds: list[ReferralKind], regions: tuple[str, ...], about: str, about_en: str) -> Partner:
    organisation = session.get_one(Organisation, company(key).id)
    values = PartnerValues(kinds, regions, about, about_en)
    partner = add_partner(actor_of("operator@jishi.example"), organisation, values)
    partner.organisation = organisation
    return partner


def _patents() -> Sequence[Patent]:
    """Two of the university's that nobody has declared and nothing stands on."""
    declared = select(OpenLicence.id).where(OpenLicence.patent_id == Patent.id).exists()
    burdened = select(Encumbrance.id).where(Encumbrance.patent_id == Patent.id).exists()
    return session.scalars(
        select(Patent)
        .options(*WITH_PEOPLE)
        .where(
            Patent.owner_id == company(UNIVERSITY).id, Patent.published_at.is_not(None), ~declared, ~burdened,
            Patent.legal_status == LegalStatus.IN_FORCE,
        )
        .order_by(Patent.number)
        .limit(2)
    ).all()  # fmt: skip
