"""Contracts: their text, signatures and hash, and what they bring about."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text, update

from app.accounts.models import Role
from app.accounts.one_time import Outcome
from app.accounts.proofs import digest_of
from app.core.clock import now, today
from app.core.db import savepoint, session
from app.core.errors import Conflict, Forbidden, Invalid, Missing, TooMany
from app.core.workdays import add_months
from app.market.licences.clocks import tend_notice
from app.market.licences.models import Licence, LicenceKind, LicenceState
from app.market.licences.operations import end_licence
from app.market.negotiations.bars import restricting_words
from app.market.negotiations.contract_text import FIELD_NAMES, price_zh
from app.market.negotiations.models import Contract, ContractSignature, NegotiationState, Side
from app.market.negotiations.operations import decline
from app.market.negotiations.queries import contract_with_all, negotiation_with_all
from app.market.negotiations.signing import carry_out, change_contract, send_signing_code
from app.market.negotiations.terms import Terms, stored
from app.market.open_licences.models import OpenLicence, PriceForm, RoyaltyBase
from app.market.patents.models import Encumbrance, EncumbranceKind, Holder
from app.notifications.models import Notification
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from tests.accounts.factories import PASSWORD, make_actor, make_operator
from tests.market.factories import make_open_licence
from tests.market.negotiations.factories import (
    FREE,
    LUMP,
    Case,
    licence_of,
    mailed_code,
    make_case,
    pay,
    settle,
)


@pytest.fixture
def case() -> Case:
    return make_case()


def test_article_845_the_contract_has_every_clause(case: Case) -> None:
    """民法典 845: the usual clauses, and for patents title, holder, dates, number and term."""
    contract = case.agreed()
    patent = case.patent
    assert case.owner.organisation is not None
    assert case.asker.organisation is not None
    for word in (
        "项目名称", "标的的内容、范围和要求", "履行的计划、地点和方式", "技术信息和资料的保密",
        "技术成果的归属和收益的分配办法", "验收标准和方法", "名词和术语的解释", patent.title, patent.shown_number,
        "2021年5月14日", "2041年5月14日", contract.number, case.owner.organisation.name,
        case.asker.organisation.code,
    ):  # fmt: skip
        assert word in contract.text, word
    assert set(contract.fields) == set(FIELD_NAMES)


def test_article_875_improvements_belong_to_their_maker(case: Case) -> None:
    """民法典 875: unless agreed otherwise."""
    assert "后续改进的技术成果归完成改进的一方" in case.agreed().text


def test_article_864_words_against_competition_are_pointed_out() -> None:
    """民法典 864: a licence may set its field of use, but may not restrict competition."""
    assert restricting_words("被许可方不得改进本专利，并须独家采购原料") == ["不得改进", "独家采购"]
    assert restricting_words("仅用于手机屏幕") == []


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (FREE, "免费。"),
        (LUMP, "一次总付人民币捌万元整（¥80,000.00），签署后支付。"),
        (
            Terms(
                price_form=PriceForm.INSTALMENTS,
                instalments=({"months": 0, "minor": 100}, {"months": 6, "minor": 50}),
            ),
            "一次总算、分期支付：签署后支付人民币壹元整（¥1.00）；生效后6个月支付人民币伍角整（¥0.50）。",
        ),
        (
            Terms(
                price_form=PriceForm.UPFRONT_ROYALTY, upfront_minor=100, rate=350, royalty_base=RoyaltyBase.NET_SALES,
                floor_minor=5_000, period_months=6,
            ),
            "入门费人民币壹元整（¥1.00），签署后支付；按净销售额的3.50%提成，每6个月报告并结算一次，每期不少于¥50.00；没有销售也须报告。",
        ),
        (
            Terms(
                price_form=PriceForm.ROYALTY, royalty_base=RoyaltyBase.PROFIT, cap_minor=900,
                rate_steps=({"from_minor": 0, "rate": 300}, {"from_minor": 10_000, "rate": 200}),
            ),
            "按利润分段提成：超过¥0.00的部分3%；超过¥100.00的部分2%，每12个月报告并结算一次，每期不多于¥9.00；没有销售也须报告。",
        ),
    ],
)  # fmt: skip
def test_article_846_the_price_in_words(terms: Terms, words: str) -> None:
    """民法典 846: fixed at once, in parts, royalty, or royalty with an entry fee."""

    class Priced:
        due_now_minor = 0

    priced = Priced()
    for name, value in stored(terms).items():
        setattr(priced, name, value)
    assert price_zh(priced) == words


def test_both_sign_once_each_and_the_fee_is_asked_for(case: Case) -> None:
    contract = case.agreed()
    case.sign(case.asker, contract)
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.SIGNING
    case.sign(case.asker, contract)
    case.sign(case.owner, contract)
    case.sign(case.owner, contract)
    negotiation = negotiation_with_all(contract.negotiation_id)
    assert (negotiation.state, contract.signed_on, contract.signed_hash) == (
        NegotiationState.SIGNED, today(), contract.sha256,
    )  # fmt: skip
    signatures = session.scalars(select(ContractSignature)).all()
    assert {(one.side, one.sha256, one.method) for one in signatures} == {
        (Side.ASKER, contract.sha256, "code"), (Side.OWNER, contract.sha256, "code"),
    }  # fmt: skip
    licence = licence_of(contract)
    assert (licence.state, licence.kind, licence.received_on) == (LicenceState.NOTICED, LicenceKind.ORDINARY, today())
    assert (licence.notice_text, licence.notice_hash) == (contract.text, contract.sha256)
    note = session.get_one(FeeNote, licence.fee_note_id)
    assert (note.total_minor, note.payer_id) == (8_000_000, case.asker.organisation_id)


def test_electronic_signature_law_13_a_wrong_password_signs_nothing(case: Case) -> None:
    """电子签名法 13: the signature is in the signer's control alone."""
    contract = case.agreed()
    with pytest.raises(Invalid) as refusal:
        send_signing_code(case.asker, contract, shown=contract.sha256, password="something-else-1")
    assert refusal.value.field == "password"
    assert mailed_code(case.asker) == ""
    assert case.outcome(case.asker, contract, "000000") is Outcome.SPENT
    assert session.scalars(select(ContractSignature)).all() == []


def test_electronic_signature_law_13_only_who_reads_the_mailbox_signs_once_and_in_time(case: Case) -> None:
    """电子签名法 13: session, password and the mailbox; five tries, fifteen minutes, one use."""
    contract = case.agreed()
    send_signing_code(case.asker, contract, shown=contract.sha256, password=PASSWORD)
    code = mailed_code(case.asker)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [case.outcome(case.asker, contract, wrong) for _try in range(5)] == [Outcome.WRONG] * 4 + [Outcome.SPENT]
    assert case.outcome(case.asker, contract, code) is Outcome.SPENT  # used up by the tries
    send_signing_code(case.asker, contract, shown=contract.sha256, password=PASSWORD)
    later = mailed_code(case.asker)
    with time_machine.travel(now() + timedelta(minutes=15), tick=False):
        assert case.outcome(case.asker, contract, later) is Outcome.SPENT
    assert case.outcome(case.owner, contract, later) is Outcome.SPENT  # another person's
    assert case.outcome(case.asker, contract, later) is Outcome.DONE
    assert len(session.scalars(select(ContractSignature)).all()) == 1


def test_electronic_signature_law_13_a_changed_text_makes_the_code_void(case: Case) -> None:
    """The code is bound to the hash of what was read."""
    contract = case.agreed()
    send_signing_code(case.asker, contract, shown=contract.sha256, password=PASSWORD)
    code = mailed_code(case.asker)
    change_contract(case.owner, contract_with_all(contract.id), {**contract.fields, "secrecy": "保密五年。"})
    changed = contract_with_all(contract.id)
    assert case.outcome(case.asker, changed, code) is Outcome.WRONG
    assert changed.signature_of(Side.ASKER) is None


def test_only_some_codes_an_hour_are_mailed(case: Case) -> None:
    contract = case.agreed()
    for _number in range(5):
        send_signing_code(case.asker, contract, shown=contract.sha256, password=PASSWORD)
    with pytest.raises(TooMany):
        send_signing_code(case.asker, contract, shown=contract.sha256, password=PASSWORD)


def test_electronic_signature_law_13_a_changed_text_breaks_the_hash(case: Case) -> None:
    """电子签名法 13: a later change of the content is detectable; all are asked again."""
    contract = case.agreed()
    case.sign(case.asker, contract)
    before = contract.sha256
    contract = contract_with_all(contract.id)
    change_contract(case.owner, contract, {**contract.fields, "secrecy": "保密五年。"})
    assert contract.sha256 != before
    assert contract.sha256 == hashlib.sha256(contract.text.encode()).hexdigest()
    assert "第2稿" in contract.text
    assert "保密五年。" in contract.text
    assert [contract.signature_of(side) for side in Side] == [None, None]
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.AGREED
    with pytest.raises(Conflict) as refusal:
        case.sign(case.owner, contract, shown=before)
    assert refusal.value.code == "changed"
    settle()
    told = session.scalars(select(Notification.user_id).where(Notification.kind == "contract_to_sign")).all()
    assert set(told) == {case.asker.user_id, case.owner.user_id}
    case.sign(case.owner, contract)
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.SIGNING
    case.sign(case.asker, contract)
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.SIGNED


def test_the_database_keeps_hash_and_text_together(case: Case) -> None:
    case.signed()
    for change in ({"text": "另一份"}, {"text": "另一份", "sha256": digest_of("另一份")}, {"signed_hash": ""}):
        with pytest.raises(Exception, match="contracts_"), savepoint():
            session.execute(update(Contract).values(**change))


def test_a_signed_contract_is_changed_no_more(case: Case) -> None:
    contract = contract_with_all(case.signed().id)
    with pytest.raises(Conflict, match="Both sides have signed"):
        change_contract(case.owner, contract, {**contract.fields, "secrecy": "x"})
    with pytest.raises(Conflict, match="over"):
        decline(case.asker, negotiation_with_all(contract.negotiation_id))


def test_an_unchanged_text_keeps_its_signatures(case: Case) -> None:
    contract = contract_with_all(case.agreed().id)
    case.sign(case.asker, contract)
    change_contract(case.owner, contract, dict(contract.fields))
    assert contract.revision == 1
    assert contract.signature_of(Side.ASKER) is not None


def test_article_845_project_and_scope_are_not_left_out(case: Case) -> None:
    """民法典 845 (1)."""
    contract = case.agreed()
    with pytest.raises(Invalid) as refusal:
        change_contract(case.owner, contract, {**contract.fields, "scope": " "})
    assert refusal.value.field == "scope"


def test_who_may_sign(case: Case) -> None:
    contract = case.agreed()
    with pytest.raises(Forbidden):
        case.sign(make_actor(case.owner.organisation, Role.FINANCE), contract)
    with pytest.raises(Missing):
        case.sign(make_actor(), contract)
    with pytest.raises(Forbidden):
        case.sign(make_operator(), contract)


def test_an_ordinary_licence_takes_effect_with_its_payment(case: Case) -> None:
    contract = case.signed()
    pay(contract)
    licence = licence_of(contract)
    assert licence.state is LicenceState.EFFECTIVE
    assert licence.number is not None
    assert licence.ends_on == case.patent.expires_on
    assert licence.filing_due_on == add_months(today(), 3)
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.EFFECTIVE
    assert session.scalars(select(Encumbrance)).all() == []


def test_a_signed_contract_that_nobody_pays_is_void_after_thirty_days(case: Case) -> None:
    """Counted from the day of the last signature; until then it can be paid."""
    licence = licence_of(case.signed())
    signed_on = today()
    assert (licence.received_on, licence.void_on) == (signed_on, signed_on + timedelta(days=30))
    for days, state in ((29, LicenceState.NOTICED), (30, LicenceState.VOID)):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            tend_notice(licence.id)
        assert licence.state is state


def test_a_free_one_takes_effect_with_the_second_signature(case: Case) -> None:
    contract = case.signed(terms=FREE)
    settle()
    assert licence_of(contract).effective_on == today()
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.EFFECTIVE


@pytest.mark.parametrize("kind", [LicenceKind.EXCLUSIVE, LicenceKind.SOLE])
def test_an_exclusive_licence_stands_on_the_patent_until_it_ends(case: Case, kind: LicenceKind) -> None:
    """专利法实施细则 rule 86 (1): it blocks a declaration."""
    contract = case.signed(kind)
    pay(contract)
    licence = licence_of(contract)
    stands = session.scalars(select(Encumbrance)).one()
    assert (stands.kind.value, stands.reference) == (f"{kind.value}_licence", licence.number)
    assert (stands.starts_on, stands.ends_on) == (licence.effective_on, licence.ends_on)
    carry_out(negotiation_with_all(contract.negotiation_id), licence)
    assert len(session.scalars(select(Encumbrance)).all()) == 1
    with pytest.raises(Exception, match="beside an open licence"), savepoint():
        make_open_licence(case.patent)
    session.execute(update(Licence).values(effective_on=today() - timedelta(days=9), received_on=today()))
    session.execute(update(Encumbrance).values(starts_on=today() - timedelta(days=9)))
    session.expire_all()
    end_licence(licence, today(), "协商解除")
    settle()
    assert session.scalars(select(Encumbrance)).one().ends_on == today()
    make_open_licence(case.patent)


def test_a_transfer_changes_the_owner_and_open_licences_go_on(case: Case) -> None:
    """专利法 art. 10; 民法典: licences that were given go on."""
    contract = case.signed(LicenceKind.TRANSFER)
    assert case.patent.owner_id == case.owner.organisation_id
    pay(contract)
    session.refresh(case.patent)
    assert case.patent.owner_id == case.asker.organisation_id
    holder = session.scalars(select(Holder).where(Holder.patent_id == case.patent.id)).one()
    assert case.asker.organisation is not None
    assert (holder.name, holder.share) == (case.asker.organisation.name, 10_000)
    make_open_licence(case.patent)  # the buyer may open it
    assert session.scalars(select(OpenLicence.owner_id)).one() == case.asker.organisation_id


def test_article_51_opened_between_offer_and_signature(case: Case) -> None:
    """专利法 art. 51; M12: signing is refused with a sentence, and nothing is kept."""
    contract = case.agreed(LicenceKind.EXCLUSIVE)
    case.sign(case.asker, contract)
    make_open_licence(case.patent)
    with pytest.raises(Conflict, match="while open"), savepoint():
        case.sign(case.owner, contract)
    assert negotiation_with_all(contract.negotiation_id).state is NegotiationState.SIGNING


@pytest.mark.parametrize("state", ["filed", "announced"])
def test_article_51_opened_between_signature_and_payment(case: Case, state: str) -> None:
    """专利法 art. 51; M12: what was paid goes back, there is no licence."""
    contract = case.signed(LicenceKind.EXCLUSIVE)
    make_open_licence(case.patent, state=state)
    note = pay(contract)
    assert note.state is FeeNoteState.REFUNDED
    licence = licence_of(contract)
    assert licence.state is LicenceState.VOID
    negotiation = negotiation_with_all(contract.negotiation_id)
    assert negotiation.state is NegotiationState.LAPSED
    assert negotiation.end_reason == licence.end_reason != ""
    assert session.scalars(select(Encumbrance)).all() == []


def test_two_exclusive_contracts_the_one_paid_first_wins(case: Case) -> None:
    """An exclusive licence leaves no room for another: the second payment goes back."""
    other = Case(case.patent, make_case().asker, case.owner)
    first, second = case.signed(LicenceKind.EXCLUSIVE), other.signed(LicenceKind.EXCLUSIVE)
    assert pay(second).state is not FeeNoteState.REFUNDED
    assert pay(first).state is FeeNoteState.REFUNDED
    assert licence_of(first).state is LicenceState.VOID
    kinds = session.scalars(select(Encumbrance.kind)).all()
    assert kinds == [EncumbranceKind.EXCLUSIVE_LICENCE]


def test_nobody_signs_in_time(case: Case) -> None:
    contract = case.agreed()
    case.sign(case.asker, contract)
    session.execute(text("UPDATE negotiations SET lapses_at = :then"), {"then": now() - timedelta(days=1)})
    session.expire_all()
    with pytest.raises(Conflict, match="lapsed"):
        case.sign(case.owner, contract)
