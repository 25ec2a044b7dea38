"""What the machine of declarations came upon, each by itself."""

from datetime import timedelta

import pytest

from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.filing import record_filing
from app.market.open_licences.models import ConsentPurpose, ConsentState, DeclarationState
from app.market.open_licences.queries import changes_of, consents_for
from app.market.patents.models import Encumbrance, EncumbranceKind, LegalStatus
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from tests.market.open_licences.declaring import encumber, make_case, make_filed, pass_publicity


@pytest.mark.parametrize("kind", [EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE])
def test_article_51_an_exclusive_licence_is_refused_in_words_while_it_is_filed(kind: EncumbranceKind) -> None:
    """专利法 art. 51: also where somebody only notes it on the patent."""
    case = make_filed()
    values = EncumbranceValues(kind, "晶澜光电", today())
    with pytest.raises(Conflict, match="No exclusive or sole licence while open"):
        add_encumbrance(case.officer, case.patent, values)
    add_encumbrance(case.officer, case.patent, EncumbranceValues(EncumbranceKind.PLEDGE, "松江银行", today()))


def test_article_42_an_announcement_of_a_right_that_has_ended_opens_nothing() -> None:
    """专利法 art. 42, 44: recorded as the gazette has it, and over at once."""
    case = make_filed()
    case.patent.legal_status = LegalStatus.LAPSED
    record_announcement(case.verifier, case.open_licence, "G42-31", today(), "专利公报42卷31期")
    assert case.open_licence.state is DeclarationState.LAPSED
    assert case.open_licence.ended_on == today()
    assert [step.state.value for step in changes_of(case.open_licence)][-2:] == ["announced", "lapsed"]


def test_rule_86_4_nobody_waits_for_a_bank_whose_pledge_has_ended() -> None:
    """实施细则 rule 86 (4): its consent is needed while the pledge lasts."""
    case = make_case()
    pledge: Encumbrance = encumber(case.patent, EncumbranceKind.PLEDGE)
    ask_consents(case.officer, case.open_licence)
    pledge.ends_on = today() - timedelta(days=1)
    pass_publicity(case)
    record_filing(case.officer, case.again(), "K2026110001", today())
    assert case.open_licence.state is DeclarationState.FILED
    assert consents_for(case.open_licence, ConsentPurpose.DECLARATION) == []
    session.refresh(case.open_licence, ["consents"])
    assert [one.state for one in case.open_licence.consents] == [ConsentState.VOID]
