"""Referrals: who may ask and answer, what the partner reads, what an agreed pledge leaves at the patent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text

from app.accounts.models import SYSTEM, Actor, OrganisationKind, Role
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, Missing
from app.core.tenancy import set_tenant
from app.core.workdays import end_of_working_day
from app.market.open_licences.blockers import blockers
from app.market.patents.models import Encumbrance, EncumbranceKind, LegalStatus
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from app.market.patents.queries import locked
from app.market.referrals.models import Referral, ReferralKind, ReferralState, ReferralStep
from app.market.referrals.operations import (
    Wish,
    agree,
    ask,
    confirm_pledge,
    decline,
    lapse,
    pass_on,
    take_up,
    withdraw,
)
from app.market.referrals.partners import PartnerValues, add_partner, change_partner
from app.market.referrals.queries import referral_with_all, visible_referrals, waiting_for, waiting_for_operator
from app.market.referrals.statistics import referral_figures
from app.market.referrals.tasks import tend
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_person
from tests.market.factories import make_licence, make_open_licence
from tests.market.referrals.factories import PLEDGE, SEARCH, Case, make_case, make_partner, settle

S = ReferralState


@pytest.fixture
def case() -> Case:
    return make_case()


def test_a_request_goes_to_the_chosen_partner_with_a_clock(case: Case) -> None:
    referral = case.ask()
    assert (referral.state, referral.partner_id) == (S.PASSED, case.partner.organisation_id)
    assert referral.due_at == end_of_working_day(10)
    assert referral.number.startswith(f"RF-{today().year}-")


def test_without_a_partner_the_operator_has_it_and_passes_it_on(case: Case) -> None:
    referral = case.ask(chosen=False)
    assert (referral.state, referral.partner_id, referral.due_at) == (S.ASKED, None, end_of_working_day(3))
    assert [one.id for one in waiting_for_operator()] == [referral.id]
    with pytest.raises(Missing):
        take_up(case.banker, referral)
    pass_on(case.operator, referral, case.partner)
    assert (referral.state, referral.due_at) == (S.PASSED, end_of_working_day(10))
    with pytest.raises(Conflict, match="faster"):
        pass_on(case.operator, referral, case.partner)
    assert waiting_for_operator() == []


def test_only_the_operator_passes_on_and_only_to_who_offers_it(case: Case) -> None:
    referral = case.ask(chosen=False)
    searcher = make_partner(make_actor(user=make_person()), SEARCH)
    with pytest.raises(Invalid, match="does not offer"):
        pass_on(case.operator, referral, searcher)
    for actor in (case.applicant, case.banker, make_operator(Role.AUDITOR)):
        with pytest.raises(Forbidden):
            pass_on(actor, referral, case.partner)
    change_partner(case.operator, case.partner, PartnerValues([PLEDGE], is_listed=False))
    with pytest.raises(Invalid, match="does not offer"):
        pass_on(case.operator, referral, case.partner)


@pytest.mark.parametrize(
    "parts", [("patent",), ("patent", "contact"), ("patent", "income"), ("contact", "patent", "income")]
)
def test_the_partner_reads_what_was_ticked_and_nothing_else(case: Case, parts: tuple[str, ...]) -> None:
    """个人信息保护法 art. 23: what is given to another is named, and agreed to."""
    referral = case.ask(parts=parts)
    assert referral.shared.keys() - {"on"} == set(parts)
    assert ("My name" in referral.consent) == ("contact" in parts)
    assert case.applicant.user is not None
    assert (case.applicant.user.email in str(referral.shared)) == ("contact" in parts)


def test_income_names_no_licensee(case: Case) -> None:
    licensee = make_organisation(name="被许可方科技")
    make_licence(make_open_licence(case.patent), licensee)
    referral = case.ask(parts=("patent", "income"))
    assert referral.shared["income"] == {"licences": 1, "years": []}
    assert licensee.name not in str(referral.shared)
    assert licensee.code not in str(referral.shared)


def test_what_is_shared_is_that_of_the_day_and_encumbrances_are_told(case: Case) -> None:
    add_encumbrance(SYSTEM, case.patent, EncumbranceValues(EncumbranceKind.OTHER, "某法院", today(), None))
    referral = case.ask()
    assert referral.shared["patent"]["encumbrances"] == [["other", ""]]
    assert "某法院" not in str(referral.shared)
    case.patent.title = "改过的名称"
    session.flush()
    assert referral_with_all(referral.id).shared["patent"]["title"] != "改过的名称"


def test_a_pledge_is_asked_for_by_who_manages_the_patent(case: Case) -> None:
    colleague = make_actor(case.applicant.organisation, Role.TECHNICIAN, user=make_person())
    with pytest.raises(Forbidden):
        ask(colleague, Wish(PLEDGE, "x", case.patent, parts=("patent",)))
    with pytest.raises(Forbidden):
        ask(make_actor(user=make_person()), Wish(PLEDGE, "x", case.patent, parts=("patent",)))
    case.patent.published_at = None
    session.flush()
    with pytest.raises(Missing):
        ask(make_actor(user=make_person()), Wish(PLEDGE, "x", case.patent, parts=("patent",)))
    assert case.ask().patent_id == case.patent.id  # an own one need not be published


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": " "}, "wish"),
        ({"text": "x" * 2001}, "wish"),
        ({"patent": None}, "patent"),
        ({"parts": ("contact",)}, "parts"),
        ({"asked_minor": 0}, "amount"),
    ],
)
def test_what_is_missing_is_told_at_its_field(case: Case, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        case.ask(**values)
    assert refused.value.field == field


def test_what_is_not_in_force_cannot_be_pledged(case: Case) -> None:
    case.patent.legal_status = LegalStatus.LAPSED
    session.flush()
    with pytest.raises(Conflict, match="not in force"):
        case.ask()
    assert case.ask(kind=SEARCH, asked_minor=None).kind is SEARCH


def test_any_member_asks_for_a_search_the_operator_does_not(case: Case) -> None:
    booker = make_actor(make_organisation(), Role.BOOKER, user=make_person())
    referral = ask(booker, Wish(SEARCH, "新的胶", partner=case.partner))
    assert referral.shared == {"on": today().isoformat()}
    with pytest.raises(Forbidden):
        ask(case.operator, Wish(SEARCH, "x"))
    with pytest.raises(Forbidden):
        ask(Actor(user=make_person()), Wish(SEARCH, "x"))


def test_a_partner_serves_its_regions_and_not_itself() -> None:
    case = make_case()
    elsewhere = make_partner(make_actor(user=make_person()), regions=("31",))
    with pytest.raises(Invalid, match="does not offer"):
        case.ask(partner=elsewhere)
    assert elsewhere.serves(PLEDGE, "310100")
    assert not elsewhere.serves(PLEDGE, "220100")
    with pytest.raises(Invalid, match="your own"):
        ask(case.banker, Wish(SEARCH, "x", partner=case.partner))


def test_one_request_for_a_loan_on_a_patent_at_a_time_and_partner(case: Case) -> None:
    case.ask()
    with pytest.raises(Conflict, match="This partner has"):
        case.ask()
    waiting = case.ask(chosen=False)
    with pytest.raises(Conflict, match="already"):
        case.ask(chosen=False)
    with pytest.raises(Conflict, match="This partner has"):
        pass_on(case.operator, waiting, case.partner)


def test_a_pledge_is_agreed_with_sum_and_term(case: Case) -> None:
    referral = case.talking()
    assert referral.due_at == end_of_working_day(60)
    for amount, months in ((None, 12), (0, 12), (-1, 12), (100, None), (100, 0), (100, 241)):
        with pytest.raises(Invalid):
            agree(case.banker, referral, amount, months)
    agree(case.banker, referral, 250_000_000, 24, "请来签约")
    assert (referral.state, referral.agreed_minor, referral.agreed_months) == (S.AGREED, 250_000_000, 24)
    assert referral.due_at is None
    assert [one.id for one in waiting_for(case.applicant)] == [referral.id]


def test_what_costs_nothing_can_be_agreed_for_a_search(case: Case) -> None:
    referral = take_up(case.banker, case.ask(kind=SEARCH, asked_minor=None))
    assert agree(case.banker, referral, 0, None).state is S.AGREED


def test_a_refusal_needs_a_reason_and_comes_from_who_has_it(case: Case) -> None:
    referral = case.ask(chosen=False)
    with pytest.raises(Missing):
        decline(case.banker, referral, "不受理")
    with pytest.raises(Invalid):
        decline(case.operator, referral, " ")
    pass_on(case.operator, referral, case.partner)
    with pytest.raises(Forbidden):
        decline(case.operator, referral, "晚了")
    assert decline(case.banker, referral, "期限太长").reason == "期限太长"
    with pytest.raises(Conflict, match="over"):
        take_up(case.banker, referral)


def test_the_applicant_takes_it_back_and_the_partner_reads_nothing_more(case: Case) -> None:
    referral = case.talking()
    with pytest.raises(Forbidden):
        withdraw(case.banker, referral)
    assert referral.is_shown
    withdraw(case.applicant, referral, "不需要了")
    assert withdraw(case.applicant, referral).reason == "不需要了"
    assert not referral.is_shown
    with pytest.raises(Conflict):
        withdraw(case.applicant, case.agreed())


def test_silence_lapses_and_a_late_answer_is_refused(case: Case) -> None:
    referral = case.ask()
    assert lapse(referral).state is S.PASSED
    with time_machine.travel(now() + timedelta(days=20), tick=False):
        with pytest.raises(Conflict, match="time"):
            take_up(case.banker, referral)
        tend()
        session.expire_all()
        assert referral_with_all(referral.id).state is S.LAPSED
        assert lapse(referral).state is S.LAPSED


def test_what_the_operator_has_does_not_lapse_but_is_reminded_of(case: Case) -> None:
    referral = case.ask(chosen=False)
    settle()
    with time_machine.travel(end_of_working_day(3) - timedelta(hours=2), tick=False):
        for _hour in range(3):
            tend()
            settle()
    told = select(func.count()).where(
        Notification.kind == "referral_due", Notification.user_id == case.operator.user_id
    )
    assert session.scalar(told) == 1
    with time_machine.travel(now() + timedelta(days=90), tick=False):
        tend()
        session.expire_all()
        assert referral_with_all(referral.id).state is S.ASKED


def test_an_agreed_pledge_stands_at_the_patent_once_its_owner_confirms(case: Case) -> None:
    """Rule 86 (4); 民法典 art. 444: the right arises with its registration."""
    with pytest.raises(Conflict):
        confirm_pledge(case.applicant, case.talking(), reference="Y1", starts_on=today(), ends_on=None)
    referral = session.scalars(select(Referral)).one()
    agree(case.banker, referral, 250_000_000, 24)
    assert blockers(locked(case.patent), today()) == []
    with pytest.raises(Forbidden):
        confirm_pledge(case.banker, referral, reference="Y1", starts_on=today(), ends_on=None)
    with pytest.raises(Invalid):
        confirm_pledge(case.applicant, referral, reference="Y1", starts_on=today() + timedelta(days=1), ends_on=None)
    ends = today() + timedelta(days=730)
    for _press in range(2):
        confirm_pledge(
            case.applicant,
            referral,
            reference="Y1",
            starts_on=today(),
            ends_on=ends,
            email="b@bank.example",
        )
    pledge = session.scalars(select(Encumbrance).where(Encumbrance.patent_id == case.patent.id)).one()
    assert (pledge.kind, pledge.starts_on, pledge.ends_on) == (EncumbranceKind.PLEDGE, today(), ends)
    assert (pledge.reference, pledge.holder_email, pledge.note) == ("Y1", "b@bank.example", referral.number)
    assert pledge.holder == case.partner.organisation.name
    assert [one.code for one in blockers(locked(case.patent), today())] == ["pledge"]
    assert waiting_for(case.applicant) == []


def test_both_sides_and_the_operator_see_it_nobody_else(case: Case) -> None:
    referral = case.ask()
    rival = make_actor(make_organisation(OrganisationKind.INSTITUTION), user=make_person())
    seen = {
        name: list(session.scalars(visible_referrals(actor)))
        for name, actor in {"a": case.applicant, "b": case.banker, "o": case.operator, "r": rival}.items()
    }
    assert seen == {"a": [referral], "b": [referral], "o": [referral], "r": []}


def test_the_database_hides_it_from_others(case: Case) -> None:
    referral = case.ask()
    session.flush()
    rival = make_organisation()
    count = text("SELECT (SELECT count(*) FROM referrals) + (SELECT count(*) FROM referral_steps)")
    for organisation_id, expected in (
        (referral.applicant_id, 2), (case.partner.organisation_id, 2), (rival.id, 0), ("*", 2),
    ):  # fmt: skip
        set_tenant(str(organisation_id))
        assert session.scalar(count) == expected
    set_tenant("*")


def test_steps_never_change(case: Case) -> None:
    case.ask()
    step = session.scalars(select(ReferralStep)).one()
    step.note = "anders"
    with pytest.raises(Exception, match="append only"):
        session.flush()


def test_everybody_whom_it_concerns_is_told_once_in_both_languages(case: Case) -> None:
    assert case.banker.user is not None
    case.banker.user.locale = "en"
    referral = case.ask(chosen=False)
    settle()
    pass_on(case.operator, referral, case.partner)
    settle()
    take_up(case.banker, referral, "周三见")
    settle()
    rows = session.execute(select(Notification.user_id, Notification.kind)).all()
    kinds = {user_id: {row[1] for row in rows if row[0] == user_id} for user_id, _kind in rows}
    assert kinds[case.operator.user_id] == {"referral_to_pass"}
    assert kinds[case.banker.user_id] == {"referral_to_answer"}
    assert kinds[case.applicant.user_id] == {"referral_moved"}
    mails = {mail.recipient: mail for mail in session.scalars(select(Mail))}
    assert "Patent pledge financing" in mails[case.banker.user.email].subject
    assert case.applicant.user is not None
    assert "专利质押融资" in mails[case.applicant.user.email].subject


def test_partners_are_verified_organisations_and_stand_on_the_list_once(case: Case) -> None:
    with pytest.raises(Conflict, match="already"):
        add_partner(case.operator, case.partner.organisation, PartnerValues([PLEDGE]))
    for organisation in (make_organisation(verification="waiting", verified_at=None), case.operator.organisation):
        assert organisation is not None
        with pytest.raises(Invalid, match="verified"):
            add_partner(case.operator, organisation, PartnerValues([PLEDGE]))
    with pytest.raises(Invalid, match="Tick"):
        add_partner(case.operator, make_organisation(), PartnerValues([]))
    with pytest.raises(Invalid, match="no region"):
        add_partner(case.operator, make_organisation(), PartnerValues([PLEDGE], ("99",)))
    with pytest.raises(Forbidden):
        add_partner(case.banker, make_organisation(), PartnerValues([PLEDGE]))
    assert not change_partner(case.operator, case.partner, PartnerValues(tuple(ReferralKind)))


def test_sums_of_few_agreements_are_told_to_the_operator_only(case: Case) -> None:
    case.agreed()
    (public,) = referral_figures(case.applicant)
    assert (public.asked, public.agreed, public.agreed_minor) == (1, 1, None)
    assert referral_figures(case.operator)[0].agreed_minor == 250_000_000
    for _number in range(2):
        make_case().agreed()
    assert referral_figures(Actor())[0].agreed_minor == 750_000_000


def test_no_way_leads_out_of_the_table_of_states(case: Case) -> None:
    """Every deed in every state: it follows `NEXT` or is refused."""
    deeds: dict[ReferralState, Callable[[Referral], object]] = {
        S.PASSED: lambda one: pass_on(case.operator, one, case.partner),
        S.TALKING: lambda one: take_up(case.banker, one),
        S.AGREED: lambda one: agree(case.banker, one, 100, 12),
        S.WITHDRAWN: lambda one: withdraw(case.applicant, one),
    }
    done = case.agreed()
    for state, deed in deeds.items():
        with pytest.raises(DomainError):
            deed(done)
        assert done.state is S.AGREED, state
