"""Co-owners each keep a copy of one patent: declarations, licences and pledges belong to its number (issue 6)."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Organisation, Role
from app.accounts.one_time import Outcome
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.market.licences.models import LicenceKind
from app.market.licences.operations import take_effect
from app.market.negotiations.bars import bar
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.filing import record_filing, refuse
from app.market.open_licences.giving_up import give_up
from app.market.open_licences.models import ConsentPurpose, DeclarationState, OpenLicence
from app.market.open_licences.operations import blockers_of, list_pilot
from app.market.open_licences.queries import consents_for
from app.market.patents.models import Encumbrance, EncumbranceKind, Patent
from app.market.patents.operations import EncumbranceValues, add_encumbrance, change_patent
from tests.accounts.factories import make_actor, make_organisation
from tests.market.factories import make_licence, make_notice, make_open_licence, make_patent
from tests.market.open_licences.declaring import (
    Case,
    answer,
    encumber,
    make_announced,
    make_case,
    make_filed,
    make_ready,
    pass_publicity,
)

BESIDE = "stands beside an open licence"


def of_same(patent: Patent, **overrides: object) -> Case:
    """The other owner's copy with a declaration that is ready."""
    return make_ready(**{"number": patent.number, **overrides})


def note(case: Case, kind: EncumbranceKind) -> Encumbrance:
    """The officer of a copy notes something."""
    return add_encumbrance(case.officer, case.patent, EncumbranceValues(kind, "晶澜光电", today()))


def filed_anyway(open_licence: OpenLicence) -> None:
    """Written past the application."""
    values = {"state": DeclarationState.FILED, "filed_on": today()}
    statement = update(OpenLicence).where(OpenLicence.id == open_licence.id).values(**values)
    with session.begin_nested():
        session.execute(statement.execution_options(synchronize_session=False))


def priced(patent: Patent) -> OpenLicence:
    """A declaration that was given up: its price serves a contract."""
    return make_open_licence(
        patent, state=DeclarationState.GIVEN_UP, announced_on=None, announcement_no="", announcement_source="",
        filed_on=None,
    )  # fmt: skip


def alone(patent: Patent, kind: LicenceKind, licensee: Organisation | None = None) -> None:
    """A licence or transfer by agreement that is in effect."""
    make_licence(priced(patent), licensee, kind=kind, open_licence_id=None)


def codes(case: Case) -> list[str]:
    return [one.code for one in blockers_of(case.again())]


@pytest.mark.parametrize("announced", [False, True])
def test_article_50_one_declaration_of_a_number_is_filed_or_open(*, announced: bool) -> None:
    """专利法 art. 14, 50: it stands for all patentees; the second is told before it files, and told no secret."""
    second = make_ready()
    first = (make_announced if announced else make_filed)(number=second.patent.number)
    (blocker,) = blockers_of(second.again())
    assert (blocker.code, str(blocker.article)) == ("declared_elsewhere", "Patent Law articles 14, 50")
    private = (first.open_licence.number, first.patent.owner.name)
    assert [each in str(blocker.sentence) for each in private] == [announced, announced]
    with pytest.raises(Conflict) as refusal:
        record_filing(second.officer, second.open_licence, "K2", today())
    assert refusal.value.code == "declared_elsewhere"
    with pytest.raises(Conflict):
        list_pilot(second.officer, second.open_licence)
    with pytest.raises(IntegrityError, match="open_licences_one_filed"):
        filed_anyway(second.open_licence)


def test_a_draft_of_one_co_owner_bars_no_other() -> None:
    """What nobody has sent to CNIPA is its owner's own affair, a pilot of interest only."""
    first = make_ready()
    list_pilot(first.officer, first.open_licence)
    second = of_same(first.patent)
    list_pilot(second.officer, second.open_licence)
    record_filing(second.officer, second.open_licence, "K2", today())
    assert codes(first) == ["declared_elsewhere"]
    give_up(first.officer, first.open_licence)


def test_after_a_refusal_the_other_owner_files() -> None:
    second = make_ready()
    first = make_filed(number=second.patent.number)
    refuse(first.verifier, first.open_licence, "视为未提出")
    assert codes(second) == []
    record_filing(second.officer, second.open_licence, "K2", today())
    record_announcement(second.verifier, second.open_licence, "G42-32", today(), "专利公报")
    assert second.open_licence.state is DeclarationState.ANNOUNCED


@pytest.mark.parametrize("kind", [EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE])
def test_article_51_no_exclusive_licence_is_noted_beside_the_declaration_of_a_co_owner(kind: EncumbranceKind) -> None:
    """专利法 art. 51: refused in words, and by the database whoever wrote it."""
    second = make_ready()
    make_filed(number=second.patent.number)
    with pytest.raises(Conflict) as refusal:
        note(second, kind)
    assert refusal.value.code == "open"
    with pytest.raises(IntegrityError, match=BESIDE):
        encumber(second.patent, kind)


@pytest.mark.parametrize("kind", [LicenceKind.EXCLUSIVE, LicenceKind.SOLE, LicenceKind.TRANSFER])
def test_article_51_no_contract_beside_the_open_licence_of_a_co_owner(kind: LicenceKind) -> None:
    """专利法 art. 51: neither offered nor put into effect; what was paid meanwhile goes back."""
    opened = make_announced()
    copy = make_patent(number=opened.patent.number)
    problem = bar(copy, kind)
    assert problem is not None
    assert problem.code == "open"
    waiting = make_notice(priced(copy), kind=kind, open_licence_id=None)
    assert take_effect(waiting, today()).end_reason == "open"
    with pytest.raises(IntegrityError, match=BESIDE):
        alone(copy, kind)


@pytest.mark.parametrize("kind", [LicenceKind.EXCLUSIVE, LicenceKind.SOLE])
def test_rule_86_1_an_exclusive_contract_of_a_co_owner_bars_the_filing(kind: LicenceKind) -> None:
    """实施细则 rule 86 (1), and 民法典 862: it leaves no room for another either."""
    case = make_ready()
    copy = make_patent(number=case.patent.number)
    alone(copy, kind)
    with pytest.raises(IntegrityError, match=BESIDE):
        filed_anyway(case.open_licence)
    waiting = make_notice(case.open_licence, kind=LicenceKind.ORDINARY, open_licence_id=None)
    assert take_effect(waiting, today()).end_reason == "taken"


def test_who_has_bought_a_copy_opens_it() -> None:
    """A transfer bars what was begun before it, with any copy; what its buyer begins afterwards it does not."""
    before = make_ready()
    copy, buyer = make_patent(number=before.patent.number), make_organisation()
    alone(copy, LicenceKind.TRANSFER, buyer)
    with pytest.raises(Conflict) as refusal:
        record_filing(before.officer, before.open_licence, "K1", today())
    assert refusal.value.code == "unfit"
    copy.owner_id = buyer.id
    session.flush()
    session.expire_all()
    assert make_open_licence(copy).state is DeclarationState.ANNOUNCED


RULES = {
    EncumbranceKind.EXCLUSIVE_LICENCE: "Rule 86 (1)",
    EncumbranceKind.SOLE_LICENCE: "Rule 86 (1)",
    EncumbranceKind.SUSPENSION: "Rule 86 (2)",
    EncumbranceKind.PRESERVATION: "Rule 86 (2)",
    EncumbranceKind.OTHER: "Rule 86 (5)",
}


@pytest.mark.parametrize("kind", RULES)
def test_rule_86_what_a_co_owner_has_noted_bars_and_tells_no_more_than_the_register(kind: EncumbranceKind) -> None:
    """实施细则 rule 86: facts of the register belong to the number; contract and party stay the co-owner's."""
    case = make_ready()
    noted = encumber(make_patent(number=case.patent.number), kind, "晶澜光电")
    (blocker,) = blockers_of(case.again())
    assert (blocker.code, str(blocker.article)) == (kind.value, RULES[kind])
    assert noted.holder not in str(blocker.sentence) + str(blocker.way_out)
    assert noted.reference not in str(blocker.sentence) + str(blocker.way_out)
    with pytest.raises(IntegrityError, match=r"cannot be filed|beside an open"):
        filed_anyway(case.open_licence)
    noted.ends_on = today()
    session.flush()
    assert codes(case) == []


def test_rule_86_4_the_pledgee_agrees_whichever_co_owner_registered_the_pledge() -> None:
    """实施细则 rule 86 (4), 民法典 art. 444: named as in the register, its mailbox is not the co-owner's to give."""
    case = make_case()
    noted = encumber(make_patent(number=case.patent.number), EncumbranceKind.PLEDGE)
    assert codes(case) == ["pledge"]
    with pytest.raises(Invalid) as refusal:
        ask_consents(case.officer, case.open_licence)
    assert refusal.value.code == "email"
    assert noted.holder_email not in str(refusal.value)
    ask_consents(case.officer, case.open_licence, {noted.holder: "loan@bank.example"})
    pass_publicity(case)
    assert case.open_licence.state is DeclarationState.CONSENTING
    assert answer(consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0]) is Outcome.DONE
    assert codes(case) == []
    record_filing(case.officer, case.open_licence, "K1", today())


def test_one_consent_serves_a_pledge_that_both_owners_have_noted() -> None:
    case = make_case()
    encumber(case.patent, EncumbranceKind.PLEDGE)
    encumber(make_patent(number=case.patent.number), EncumbranceKind.PLEDGE)
    assert codes(case) == ["pledge"]
    ask_consents(case.officer, case.open_licence)
    assert len(consents_for(case.open_licence, ConsentPurpose.DECLARATION)) == 1


def test_a_copy_takes_no_number_that_would_stand_beside_an_open_licence() -> None:
    """专利法 art. 51: a number that is mended later counts like one that was right from the beginning."""
    opened, other = make_announced(), make_patent()
    encumber(other, EncumbranceKind.EXCLUSIVE_LICENCE)
    officer = make_actor(other.owner, Role.TRANSFER)
    with pytest.raises(Conflict) as refusal:
        change_patent(officer, other, {"number": opened.patent.number})
    assert refusal.value.code == "declared"


def test_the_number_of_a_declaration_follows_its_patent() -> None:
    case = make_case()
    session.refresh(case.open_licence)
    assert case.open_licence.patent_number == case.patent.number
    number = make_patent().number
    change_patent(case.officer, case.patent, {"number": number})
    session.refresh(case.open_licence)
    assert case.open_licence.patent_number == number
