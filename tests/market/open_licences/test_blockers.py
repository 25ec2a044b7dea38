"""Rule by rule: what bars an open licence (专利法 art. 14, 42, 50; 实施细则 rules 85, 86; docs/patents.md)."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts.one_time import Outcome
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.workdays import add_months
from app.market.open_licences.blockers import Blocker, blockers
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.filing import record_filing
from app.market.open_licences.models import ConsentPurpose, DeclarationState, PriceForm, RoyaltyBase
from app.market.open_licences.operations import Price, blockers_of, set_price, set_terms
from app.market.open_licences.promotion import marked_words, promotional_words
from app.market.open_licences.queries import consents_for
from app.market.open_licences.wording import price_words
from app.market.patents.models import Conclusion, EncumbranceKind, LegalStatus, PatentKind
from tests.market.open_licences.declaring import (
    PRICE,
    TERMS,
    answer,
    encumber,
    make_announced,
    make_case,
    make_ready,
    own_patent,
    pass_publicity,
    share_with,
)


def codes(found: list[Blocker]) -> list[str]:
    return [one.code for one in found]


def test_a_sound_patent_has_no_blocker() -> None:
    assert blockers(own_patent(), today()) == []


def test_rule_85_nothing_is_declared_before_the_grant_is_announced() -> None:
    """实施细则 rule 85: only after the announcement of the grant."""
    pending = own_patent(legal_status=LegalStatus.PENDING, granted_on=None, annuity_paid_through=0)
    found = blockers(pending, today())
    assert codes(found) == ["not_granted"]
    assert str(found[0].article) == "Rule 85"
    patent = own_patent()
    granted_on = patent.granted_on
    assert granted_on is not None
    assert codes(blockers(patent, granted_on - timedelta(days=1))) == ["not_granted"]
    assert "not_granted" not in codes(blockers(patent, granted_on))


def test_rule_85_2_the_name_must_be_that_of_the_register() -> None:
    """实施细则 rule 85 (2): the patentee's name; a change goes to the register first."""
    patent = own_patent()
    patent.registered_holders = "另一所大学"
    assert codes(blockers(patent, today())) == ["register"]
    patent.registered_holders = ""
    patent.holders[0].name = "别人"
    assert codes(blockers(patent, today())) == ["owner"]


@pytest.mark.parametrize("kind", [EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE])
def test_rule_86_1_an_exclusive_or_sole_licence_bars(kind: EncumbranceKind) -> None:
    """实施细则 rule 86 (1): an exclusive or sole licence is in force; from its end on it bars no more."""
    patent = own_patent()
    licence = encumber(patent, kind, ends_on=today() + timedelta(days=1))
    found = blockers(patent, today())
    assert (codes(found), str(found[0].article)) == ([kind.value], "Rule 86 (1)")
    assert licence.ends_on.isoformat() in str(found[0].sentence)  # type: ignore[union-attr]
    assert blockers(patent, licence.ends_on) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [EncumbranceKind.SUSPENSION, EncumbranceKind.PRESERVATION])
def test_rule_86_2_suspended_proceedings_and_preservation_bar(kind: EncumbranceKind) -> None:
    """实施细则 rule 86 (2) with rules 103, 104: ownership dispute, preservation by a court; the case is named."""
    patent = own_patent()
    encumber(patent, kind, "长春知识产权法庭")
    found = blockers(patent, today())
    assert (codes(found), str(found[0].article)) == ([kind.value], "Rule 86 (2)")
    assert "2025-113" in str(found[0].sentence)


def test_rule_86_3_an_unpaid_annuity_bars_in_its_late_months_too() -> None:
    """实施细则 rules 86 (3), 115: the late period counts as unpaid; the sum of today is said (M3)."""
    patent = own_patent(annuity_paid_through=5)  # year 6 was due on 14 May 2026
    with time_machine.travel("2026-05-14T04:00:00Z", tick=False):
        assert blockers(patent, today()) == []
    with time_machine.travel("2026-09-01T04:00:00Z", tick=False):
        found = blockers(patent, today())
        assert (codes(found), str(found[0].article)) == (["annuity"], "Rule 86 (3)")
        assert str(found[0].sentence) == "Annuity unpaid: ¥1,380.00 today."  # 1,200 and 3 months of 5 %
    with time_machine.travel("2026-12-01T04:00:00Z", tick=False):
        assert codes(blockers(patent, today())) == ["annuity_lapsed"]


def test_rule_86_4_a_pledge_bars_until_the_pledgee_agrees() -> None:
    """实施细则 rule 86 (4), 民法典 art. 444: the way out is the consent link."""
    case = make_case()
    encumber(case.patent, EncumbranceKind.PLEDGE)
    found = blockers_of(case.open_licence)
    assert (codes(found), str(found[0].article)) == (["pledge"], "Rule 86 (4)")
    ask_consents(case.officer, case.open_licence)
    consent = consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0]
    assert (consent.role, consent.party_name, consent.email) == ("pledgee", "松江银行", "credit@bank.example")
    pass_publicity(case)
    assert case.open_licence.state is DeclarationState.CONSENTING
    assert answer(consent) is Outcome.DONE
    assert blockers_of(case.again()) == []
    assert case.open_licence.state is DeclarationState.READY


def test_rule_86_5_whatever_else_prevents_its_use_bars() -> None:
    """实施细则 rule 86 (5)."""
    patent = own_patent()
    encumber(patent, EncumbranceKind.OTHER)
    found = blockers(patent, today())
    assert (codes(found), str(found[0].article)) == (["other"], "Rule 86 (5)")


@pytest.mark.parametrize("kind", [PatentKind.UTILITY_MODEL, PatentKind.DESIGN, PatentKind.PCT_UTILITY_MODEL])
def test_article_50_models_and_designs_need_an_evaluation_report(kind: PatentKind) -> None:
    """专利法 art. 50; Guidelines V 11: none, or one against the grant, bars."""
    patent = own_patent(kind=kind)
    found = [one for one in blockers(patent, today()) if "annuity" not in one.code]
    assert (codes(found), str(found[0].article)) == (["report_missing"], "Patent Law article 50")
    patent.conclusion, patent.report_no = Conclusion.ADVERSE, "R1"
    assert "report_adverse" in codes(blockers(patent, today()))
    patent.conclusion = Conclusion.FAVOURABLE
    assert not {"report_missing", "report_adverse"} & set(codes(blockers(patent, today())))


def test_article_50_an_invention_needs_no_report_but_none_against_it() -> None:
    """专利法 art. 50; Guidelines V 11."""
    patent = own_patent(conclusion=Conclusion.ADVERSE, report_no="R1")
    assert codes(blockers(patent, today())) == ["report_adverse"]


@pytest.mark.parametrize("status", [LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALID])
def test_guidelines_v_11_an_ended_patent_is_not_opened(status: LegalStatus) -> None:
    """审查指南 part V chapter 11: ended, or wholly invalidated."""
    assert "ended" in codes(blockers(own_patent(legal_status=status), today()))


def test_article_42_nothing_is_opened_past_the_term() -> None:
    """专利法 art. 42: 20, 10 and 15 years from the filing; the first day without protection counts."""
    patent = own_patent(annuity_paid_through=20)
    assert blockers(patent, patent.expires_on - timedelta(days=1)) == []
    assert codes(blockers(patent, patent.expires_on)) == ["ended"]


def test_article_42_no_licence_is_longer_than_the_patent() -> None:
    """专利法 art. 42; domain.md B.1 11."""
    case = make_case(filed_on=add_months(today(), -228), expires_on=add_months(today(), 12), annuity_paid_through=20)
    set_terms(case.officer, case.open_licence, type(TERMS)(**{**vars(TERMS), "term_months": 12}))
    with pytest.raises(Invalid, match="expires on"):
        set_terms(case.officer, case.open_licence, type(TERMS)(**{**vars(TERMS), "term_months": 13}))


def test_article_14_all_patentees_declare() -> None:
    """专利法 art. 14; CNIPA FAQ 3: the consent of all co-owners."""
    case = make_case()
    share_with(case.patent)
    share_with_second = case.patent.holders[1]
    ask_consents(case.officer, case.open_licence)
    pass_publicity(case)
    assert case.open_licence.state is DeclarationState.CONSENTING
    assert answer(consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0]) is Outcome.DONE
    assert case.open_licence.state is DeclarationState.READY
    assert share_with_second.share == 3000


def test_article_14_the_shares_make_a_whole() -> None:
    """专利法 art. 14; flows-market.md §1 a."""
    patent = own_patent()
    patent.holders[0].share = 9_999
    assert codes(blockers(patent, today())) == ["shares"]


def test_rule_85_no_advertising_language() -> None:
    """实施细则 rule 85: accurate, clear, no commercial advertising language; marked words want an answer."""
    case = make_case()
    boast = {**vars(TERMS), "use_text": "国内领先的胶，world-class。"}
    set_terms(case.officer, case.open_licence, type(TERMS)(**boast))
    assert marked_words(case.open_licence) == {"use_text": ["国内领先", "world-class"]}
    with pytest.raises(Conflict, match="marked words"):
        ask_consents(case.officer, case.open_licence)
    set_terms(case.officer, case.open_licence, type(TERMS)(**{**boast, "promotion_answer": "检索报告第3页有对比。"}))
    ask_consents(case.officer, case.open_licence)
    assert case.open_licence.state is DeclarationState.CONSENTING


def test_rule_85_words_are_found_whatever_their_width_and_case() -> None:
    """实施细则 rule 85."""
    assert promotional_words("Ｗｏｒｌｄ－Ｃｌａｓｓ and STATE OF THE ART，冻融300次强度保留91%") == [
        "world-class",
        "state of the art",
    ]


@pytest.mark.parametrize(
    "price",
    [
        Price(PriceForm.LUMP_SUM, lump_minor=2_000_000_001),
        Price(PriceForm.ROYALTY, rate=2001, base=RoyaltyBase.NET_SALES),
        Price(PriceForm.ROYALTY, rate=4001, base=RoyaltyBase.PROFIT),
        Price(PriceForm.UPFRONT_ROYALTY, upfront_minor=1, rate=2001, base=RoyaltyBase.NET_SALES),
    ],
)
def test_b2_a_price_above_the_usual_needs_a_reason_but_is_not_refused(price: Price) -> None:
    """domain.md B.2: generally at most ¥20 M, 20 % of net sales, 40 % of profit; above: why (estimate guide)."""
    case = make_case()
    with pytest.raises(Invalid) as refusal:
        set_price(case.officer, case.open_licence, price)
    assert refusal.value.field == "limit_reason"
    set_price(case.officer, case.open_licence, type(price)(**{**vars(price), "limit_reason": "含专用工艺包，已评估。"}))
    assert case.open_licence.limit_reason


def test_b2_one_announced_price_in_five_forms_and_words() -> None:
    """domain.md B.2, rule 85 (3), 民法典 art. 846: free, lump sum, instalments, royalty, upfront and royalty."""
    case = make_case()
    sales = RoyaltyBase.NET_SALES
    said = {
        "Free of charge": Price(PriceForm.FREE),
        "¥30,000.00 once": PRICE,
        "¥30.00 in instalments: ¥10.00 with the notice, ¥20.00 after 12 months": Price(
            PriceForm.INSTALMENTS, instalments=[(12, 2000), (0, 1000)]
        ),
        "2.5% of net sales, reported every 3 months, at least ¥50.00 each time, at most ¥90.00 each time": Price(
            PriceForm.ROYALTY, rate=250, base=sales, period_months=3, floor_minor=5000, cap_minor=9000
        ),
        "¥100.00 upfront, then a share of profit: 3% above ¥0.00, 2% above ¥10.00, reported every 12 months": Price(
            PriceForm.UPFRONT_ROYALTY, upfront_minor=10_000, rate_steps=[(1000, 200), (0, 300)], base=RoyaltyBase.PROFIT
        ),
    }
    for words, price in said.items():
        set_price(case.officer, case.open_licence, price)
        assert price_words(case.open_licence) == words


def test_article_51_no_exclusive_licence_beside_an_open_one() -> None:
    """专利法 art. 51: no exclusive or sole licence while it is open; the database refuses it (M12)."""
    case = make_announced()
    with pytest.raises(Exception, match="an exclusive or sole licence stands beside"):
        encumber(case.patent, EncumbranceKind.EXCLUSIVE_LICENCE)
    session.rollback()


def test_the_database_refuses_an_unfit_filing_whoever_wrote_it() -> None:
    """Rules 85, 86 once more, below the application (trigger open_licences_fit)."""
    case = make_ready()
    case.patent.legal_status = LegalStatus.INVALID
    session.flush()
    with pytest.raises(Conflict):
        record_filing(case.officer, case.open_licence, "K1", today())
    case.open_licence.filed_on, case.open_licence.state = today(), DeclarationState.FILED
    with pytest.raises(Exception, match="cannot be filed"):
        session.flush()
    session.rollback()
