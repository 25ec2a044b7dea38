"""Who hears of a declaration's steps: P1–P4 and P11 (flows-market.md §2), once, in the reader's language."""

from app.accounts.models import Actor, Role
from app.core.clock import today
from app.core.db import session
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.filing import ask_correction, record_filing, return_declaration
from app.market.open_licences.models import ConsentPurpose, Objection
from app.market.open_licences.publicity import answer_objection, close_objection, raise_objection
from app.market.open_licences.queries import consents_for
from app.market.open_licences.withdrawing import file_withdrawal, record_withdrawal
from tests.accounts.factories import make_actor
from tests.market.open_licences.declaring import (
    Case,
    answer,
    make_announced,
    make_case,
    make_filed,
    make_ready,
    pass_publicity,
    share_with,
)
from tests.market.told import heard, mails, subjects, told


def in_english(actor: Actor) -> Actor:
    assert actor.user is not None
    actor.user.locale = "en"
    session.flush()
    return actor


def test_the_office_hears_of_every_step_once_and_each_in_the_own_language() -> None:
    case = make_case(title="低收缩光学胶", title_en="Low-shrinkage optical adhesive")
    in_english(case.second)
    finance, stranger = make_actor(case.patent.owner, Role.FINANCE), make_actor()
    ask_consents(case.officer, case.open_licence)
    pass_publicity(case)
    record_filing(case.officer, case.open_licence, "K2026110001", today())
    ask_correction(case.verifier, case.open_licence, "价格写法不清楚", today())
    heard()
    record_filing(case.officer, case.again(), "K2026110002", today())
    record_announcement(case.verifier, case.open_licence, "G42-31", today(), "专利公报42卷31期")
    heard()
    assert told(case.officer, "declaration") == [
        "同意和公示已开始：低收缩光学胶", "低收缩光学胶可提交", "低收缩光学胶需补正", "低收缩光学胶已公告",
    ]  # fmt: skip
    assert told(case.second, "declaration") == [
        "Consents and publicity have begun: Low-shrinkage optical adhesive",
        "Ready to file: Low-shrinkage optical adhesive",
        "Correction wanted: Low-shrinkage optical adhesive",
        "Announced: Low-shrinkage optical adhesive",
    ]
    assert subjects(case.second) == told(case.second, "declaration")
    assert "价格写法不清楚" in mails(case.officer)[2].body
    assert told(finance) == told(stranger) == []


def test_inventors_hear_of_the_announcement_only() -> None:
    case = make_filed()
    inventor = make_actor(case.patent.owner, Role.INVENTOR)
    record_announcement(case.verifier, case.open_licence, "G42-31", today(), "专利公报42卷31期")
    heard()
    assert len(told(inventor)) == len(mails(inventor)) == 1
    assert told(inventor, "declaration_announced")


def test_an_objection_is_told_to_the_office_and_its_end_to_the_objector() -> None:
    case = make_case()
    ask_consents(case.officer, case.open_licence)
    inventor = make_actor(case.patent.owner, Role.INVENTOR)
    identity = raise_objection(inventor, case.open_licence, "发明人份额没有写全").id
    heard()
    assert len(told(case.officer, "declaration_objection")) == 1
    assert not told(inventor)
    objection = session.get_one(Objection, identity)
    objection.open_licence = case.again()
    answer_objection(case.officer, objection, "份额在专利页上，合计100%。")
    close_objection(case.second, objection)
    heard()
    assert len(told(inventor, "declaration_objection_closed")) == 1


def consented(*, agree: bool) -> Case:
    """One co-owner has answered."""
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.again())
    (consent,) = consents_for(case.open_licence, ConsentPurpose.DECLARATION)
    answer(consent, agree=agree)
    heard()
    return case


def test_the_office_hears_who_has_agreed_or_refused() -> None:
    agreed, refused = consented(agree=True), consented(agree=False)
    assert "长白新材料研究院" in told(agreed.officer, "declaration_consent")[-1]
    assert len(told(agreed.second, "declaration_refusal")) == 0
    assert len(told(refused.second, "declaration_refusal")) == 1


def test_what_the_operator_sends_back_is_told() -> None:
    case = make_ready()
    return_declaration(case.verifier, case.open_licence, ["register"], "登记簿上有质押")
    heard()
    assert len(told(case.officer, "declaration_returned")) == 1
    assert told(case.officer, "declaration_returned")[0] in subjects(case.officer)


def test_a_withdrawal_is_told_when_it_is_filed_and_when_it_is_announced() -> None:
    case = make_announced()
    file_withdrawal(case.officer, case.open_licence, "专利将整体转让", "W1", today())
    heard()
    record_withdrawal(case.verifier, case.again(), "G9", today())
    heard()
    in_english(case.second)
    lines = told(case.second, "declaration_withdrawal")
    assert [line.rpartition(": ")[2] for line in lines] == ["Withdrawal filed", "Withdrawn by the patentee"]
