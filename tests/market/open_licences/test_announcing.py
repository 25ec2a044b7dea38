"""Filing, checks, announcement, pilots, withdrawal and the ends of a declaration."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.one_time import Outcome
from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.workdays import add_months
from app.market.open_licences.announcing import end_by_time, end_with_patent, record_announcement
from app.market.open_licences.consenting import change_text
from app.market.open_licences.filing import (
    answer_return,
    ask_correction,
    pass_check,
    record_filing,
    refuse,
    return_declaration,
)
from app.market.open_licences.models import (
    Consent,
    ConsentPurpose,
    DeclarationState,
)
from app.market.open_licences.operations import (
    list_pilot,
    start_declaration,
    unlist_pilot,
)
from app.market.open_licences.queries import changes_of, consents_for
from app.market.open_licences.withdrawing import (
    ask_withdrawal,
    file_withdrawal,
    record_withdrawal,
    refuse_withdrawal,
)
from app.market.patents.models import EncumbranceKind, LegalStatus
from app.market.portal.models import Publication, PublicStatus
from app.market.portal.operations import refresh
from tests.market.open_licences.declaring import (
    Case,
    answer,
    encumber,
    make_announced,
    make_case,
    make_filed,
    make_ready,
    share_with,
)

S = DeclarationState


def consent_of(case: Case, purpose: ConsentPurpose = ConsentPurpose.DECLARATION) -> Consent:
    return consents_for(case.open_licence, purpose)[0]


def test_nothing_is_filed_before_it_is_ready() -> None:
    case = make_case()
    with pytest.raises(Conflict):
        record_filing(case.officer, case.open_licence, "K1", today())
    case = make_ready()
    for day, number in ((today() + timedelta(days=1), "K1"), (today() - timedelta(days=2), "K1"), (today(), " ")):
        with pytest.raises(Invalid):
            record_filing(case.officer, case.open_licence, number, day)
    record_filing(case.officer, case.open_licence, "K1", today())
    assert (case.open_licence.state, case.open_licence.accept_no) == (S.FILED, "K1")


def test_what_changed_meanwhile_stops_the_filing() -> None:
    case = make_ready()
    encumber(case.patent, EncumbranceKind.SUSPENSION)
    with pytest.raises(Conflict, match="suspended"):
        record_filing(case.officer, case.open_licence, "K1", today())
    case = make_ready()
    share_with(case.patent)
    with pytest.raises(Conflict, match="has not agreed"):
        record_filing(case.officer, case.open_licence, "K1", today())


def test_a_correction_is_answered_or_the_text_changed() -> None:
    case = make_filed()
    with pytest.raises(Invalid):
        ask_correction(case.verifier, case.open_licence, " ", today())
    ask_correction(case.verifier, case.open_licence, "权利人名称与登记簿不一致", today() + timedelta(days=60))
    assert case.open_licence.state is S.CORRECTION
    record_filing(case.officer, case.open_licence, "K2", today())
    assert (case.open_licence.state, case.open_licence.correction_due_on) == (S.FILED, None)
    ask_correction(case.verifier, case.open_licence, "价格写法不清楚", today())
    change_text(case.officer, case.open_licence)
    assert case.open_licence.state is S.DRAFT


def test_a_refusal_of_cnipa_ends_it_and_a_new_one_may_follow() -> None:
    case = make_filed()
    list_pilot(case.officer, case.open_licence)
    with pytest.raises(Invalid):
        refuse(case.verifier, case.open_licence, "")
    refuse(case.verifier, case.open_licence, "逾期未补正，视为未提出")
    assert (case.open_licence.state, case.open_licence.pilot_at) == (S.REFUSED, None)
    assert start_declaration(case.officer, case.again().patent).state is S.DRAFT


def test_announced_needs_number_day_and_source_and_the_operator() -> None:
    case = make_filed()
    with pytest.raises(Forbidden):
        record_announcement(case.officer, case.open_licence, "G1", today(), "专利公报")
    for number, day, source in (
        ("", today(), "专利公报"),
        ("G1", today(), ""),
        ("G1", today() + timedelta(days=1), "专利公报"),
        ("G1", today() - timedelta(days=1), "专利公报"),
    ):
        with pytest.raises(Invalid):
            record_announcement(case.verifier, case.open_licence, number, day, source)
    case.patent.published_at = None
    record_announcement(case.verifier, case.open_licence, "G1", today(), "专利公报")
    assert case.open_licence.is_open
    assert case.patent.is_published
    with pytest.raises(Conflict):
        record_announcement(case.verifier, case.open_licence, "G2", today(), "专利公报")


def test_a_pilot_is_never_announced_and_can_leave() -> None:
    case = make_case()
    with pytest.raises(Conflict, match="once all have agreed"):
        list_pilot(case.officer, case.open_licence)
    case = make_ready()
    list_pilot(case.officer, case.open_licence)
    assert (case.open_licence.is_pilot, case.open_licence.is_open) == (True, False)
    record_filing(case.officer, case.open_licence, "K1", today())
    record_announcement(case.verifier, case.open_licence, "G1", today(), "专利公报")
    assert (case.open_licence.is_pilot, case.open_licence.is_open) == (False, True)
    case = make_ready()
    list_pilot(case.officer, case.open_licence)
    unlist_pilot(case.officer, case.open_licence)
    assert not case.open_licence.is_public


def test_an_announced_patent_is_public_whoever_kept_it_private() -> None:
    """专利法 art. 50: CNIPA announces the declaration, so everybody may read whose patent it is."""
    case = make_filed(published_at=None)
    record_announcement(case.verifier, case.open_licence, "G1", today(), "专利公报")
    assert case.patent.is_published
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == case.patent.id)).all()
    assert acts == ["patent.publish"]
    refresh([case.open_licence.id])
    publication = session.get_one(Publication, case.open_licence.id)
    assert (publication.status, publication.announced_since is not None) == (PublicStatus.ANNOUNCED, True)


def test_listing_a_pilot_publishes_its_patent_in_the_same_step() -> None:
    case = make_ready(published_at=None)
    assert not case.patent.is_published
    list_pilot(case.officer, case.open_licence)
    assert case.patent.is_published
    refresh([case.open_licence.id])
    assert session.get_one(Publication, case.open_licence.id).status is PublicStatus.PILOT
    unlist_pilot(case.officer, case.open_licence)
    assert case.patent.is_published  # it stays in the portfolio, without terms


def test_a_pilot_without_a_title_is_not_listed() -> None:
    case = make_ready(published_at=None)
    case.patent.title = ""
    session.flush()
    with pytest.raises(Conflict, match="Title, day of filing"):
        list_pilot(case.officer, case.open_licence)
    assert (case.patent.is_published, case.open_licence.is_public) == (False, False)


def test_the_operator_passes_or_returns() -> None:
    case = make_ready()
    list_pilot(case.officer, case.open_licence)
    with pytest.raises(Forbidden):
        pass_check(case.officer, case.open_licence)
    with pytest.raises(Invalid):
        return_declaration(case.verifier, case.open_licence, [])
    return_declaration(case.verifier, case.open_licence, ["register"], "登记簿上有质押")
    assert case.open_licence.pilot_at is None
    with pytest.raises(Conflict, match="sent it back"):
        record_filing(case.officer, case.open_licence, "K1", today())
    answer_return(case.officer, case.open_licence)
    pass_check(case.verifier, case.open_licence)
    assert case.open_licence.checked_at is not None
    record_filing(case.officer, case.open_licence, "K1", today())


def test_a_withdrawal_counts_from_its_announcement() -> None:
    """专利法 art. 50; CNIPA FAQ 3: all patentees, a reason, effective from the announcement."""
    case = make_announced()
    with pytest.raises(Invalid):
        file_withdrawal(case.officer, case.open_licence, "", "W1", today())
    file_withdrawal(case.officer, case.open_licence, "专利将整体转让", "W1", today())
    assert case.open_licence.state is S.WITHDRAWING
    assert case.open_licence.is_open
    with pytest.raises(Invalid):
        record_withdrawal(case.verifier, case.open_licence, "G9", today() + timedelta(days=1))
    record_withdrawal(case.verifier, case.open_licence, "G9", today())
    assert (case.open_licence.state, case.open_licence.ended_on) == (S.WITHDRAWN, today())
    with pytest.raises(Conflict):
        record_withdrawal(case.verifier, case.open_licence, "G9", today())


def test_a_withdrawal_needs_the_consent_of_all_patentees() -> None:
    """CNIPA FAQ 3; domain.md B.1 8."""
    case = make_announced()
    case.again()
    share_with(case.patent)
    with pytest.raises(Conflict, match="长白新材料研究院"):
        file_withdrawal(case.officer, case.open_licence, "专利将整体转让", "W1", today())
    ask_withdrawal(case.officer, case.open_licence, "专利将整体转让")
    assert answer(consent_of(case, ConsentPurpose.WITHDRAWAL)) is Outcome.DONE
    case.again()
    with pytest.raises(Conflict, match="another reason"):
        file_withdrawal(case.officer, case.open_licence, "价格太低", "W1", today())
    file_withdrawal(case.officer, case.open_licence, "专利将整体转让", "W1", today())
    refuse_withdrawal(case.verifier, case.open_licence, "理由不成立")
    assert case.open_licence.state is S.ANNOUNCED


def test_only_a_filed_withdrawal_is_refused() -> None:
    for case in (make_filed(), make_announced()):
        before = case.again().state
        with pytest.raises(Conflict, match="No withdrawal is filed"):
            refuse_withdrawal(case.verifier, case.open_licence, "理由不成立")
        assert case.again().state is before


def test_an_end_recorded_late_is_announced_with_its_real_day() -> None:
    """flows-market.md §5: licences dated after it are reviewed, none is deleted."""
    case = make_announced()
    case.open_licence.announced_on = today() - timedelta(days=40)
    case.open_licence.filed_on = today() - timedelta(days=50)
    day = today() - timedelta(days=9)
    record_withdrawal(case.verifier, case.open_licence, "G9", day)
    assert case.open_licence.ended_on == day
    assert [step.effective_on for step in changes_of(case.open_licence)][-1] == day


def test_an_open_licence_ends_with_its_term() -> None:
    """专利法 art. 42."""
    case = make_announced()
    assert end_by_time() == 0
    case.patent.filed_on, case.patent.granted_on = add_months(today(), -240), add_months(today(), -200)
    case.patent.expires_on = today()
    session.flush()
    assert end_by_time() == 1
    assert (case.open_licence.state, case.open_licence.ended_on) == (S.EXPIRED, today())
    assert end_by_time() == 0


def test_an_open_licence_ends_with_a_lapse_and_a_pilot_leaves_the_list() -> None:
    case = make_announced()
    case.patent.legal_status = LegalStatus.LAPSED
    end_with_patent(case.open_licence)
    end_with_patent(case.open_licence)
    assert (case.open_licence.state, case.open_licence.ended_on) == (S.LAPSED, today())
    pilot = make_ready()
    list_pilot(pilot.officer, pilot.open_licence)
    pilot.patent.legal_status = LegalStatus.LAPSED
    end_with_patent(pilot.open_licence)
    assert (pilot.open_licence.state, pilot.open_licence.is_public) == (S.READY, False)
