"""Consents by link, publicity and objections: what locks, who answers, what holds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import ANONYMOUS, OrganisationKind, Role
from app.accounts.one_time import Outcome
from app.accounts.proofs import digest_of
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing, TooMany
from app.market.open_licences.consenting import answer_consent, ask_again, ask_consents, change_text, is_live, send_code
from app.market.open_licences.models import (
    Consent,
    ConsentPurpose,
    ConsentRole,
    ConsentState,
    DeclarationState,
    PriceForm,
)
from app.market.open_licences.operations import (
    Price,
    set_price,
    set_terms,
    start_declaration,
)
from app.market.open_licences.publicity import (
    advance_by_time,
    answer_objection,
    close_objection,
    close_publicity,
    raise_objection,
)
from app.market.open_licences.queries import consent_behind, consents_for
from app.notifications.models import Mail
from tests.accounts.factories import make_actor, make_user
from tests.market.open_licences.declaring import (
    PRICE,
    TERMS,
    Case,
    answer,
    code_of,
    make_case,
    own_patent,
    pass_publicity,
    share_with,
    token_of,
)

S = DeclarationState


def consent_of(case: Case, purpose: ConsentPurpose = ConsentPurpose.DECLARATION) -> Consent:
    return consents_for(case.open_licence, purpose)[0]


def test_the_text_locks_with_the_first_consent_asked_for() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    locked = case.again()
    assert locked.state is S.CONSENTING
    assert locked.terms_hash == digest_of(locked.terms_text)
    for text in (case.patent.shown_number, "长白新材料研究院（30%）", "¥30,000.00", TERMS.use_text, "50%"):
        assert text in locked.terms_text
    with pytest.raises(Conflict, match="locked"):
        set_price(case.officer, locked, PRICE)
    with pytest.raises(Conflict, match="locked"):
        set_terms(case.officer, locked, TERMS)


def test_changing_the_text_voids_every_consent_and_begins_anew() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    first = consent_of(case)
    assert answer(first) is Outcome.DONE
    case.again()
    assert change_text(case.officer, case.open_licence) == 1
    assert case.again().state is S.DRAFT
    assert session.get_one(Consent, first.id).state is ConsentState.VOID
    set_price(case.officer, case.open_licence, replace(PRICE, lump_minor=1))
    ask_consents(case.officer, case.open_licence)
    again = consent_of(case)
    assert (again.state, again.terms_hash == first.terms_hash) == (ConsentState.ASKED, False)
    assert case.open_licence.publicity_from == today()


def test_nobody_asks_before_price_and_terms_are_there() -> None:
    patent = own_patent(use_text="")
    officer = make_actor(patent.owner, Role.TRANSFER)
    open_licence = start_declaration(officer, patent)
    with pytest.raises(Conflict, match="price"):
        ask_consents(officer, open_licence)
    set_price(officer, open_licence, Price(PriceForm.FREE))
    with pytest.raises(Conflict, match="how the price was found"):
        ask_consents(officer, open_licence)
    set_price(officer, open_licence, Price(PriceForm.FREE, basis_note="先行免费推广"))
    with pytest.raises(Conflict, match="terms"):
        ask_consents(officer, open_licence)


def test_the_link_goes_to_the_party_only() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consent_of(case)
    token = token_of(consent)
    assert (consent.role, consent.email) == (ConsentRole.CO_OWNER, "ip@changbai.example")
    assert token not in (consent.token_hash, str(consent.id))
    receivers = session.scalars(select(Mail.recipient).where(Mail.body.contains(token))).all()
    assert list(receivers) == ["ip@changbai.example"]
    assert consent.expires_at - now() < timedelta(days=14)


def test_a_member_of_the_sender_answers_for_nobody_else() -> None:
    case = make_case()
    share_with(case.patent, email="own@test.example")
    make_actor(case.patent.owner, Role.INVENTOR, user=make_user(email="own@test.example"))
    with pytest.raises(Invalid, match="answers for itself"):
        ask_consents(case.officer, case.open_licence)


def test_a_party_without_an_address_is_named() -> None:
    case = make_case()
    share_with(case.patent, email="")
    with pytest.raises(Invalid, match="长白新材料研究院"):
        ask_consents(case.officer, case.open_licence)
    ask_consents(case.officer, case.open_licence, {"长白新材料研究院": "new@changbai.example"})
    assert consent_of(case).email == "new@changbai.example"


def test_an_answer_needs_the_code_of_the_mail_and_few_tries_are_left() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consent_behind(token_of(consent_of(case)))
    assert consent is not None
    answers = {"name": "周正", "agree": True}
    assert answer_consent(ANONYMOUS, consent, code="123456", **answers) is Outcome.SPENT  # type: ignore[arg-type]
    send_code(consent, address="203.0.113.9")
    right = code_of(consent)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _count in range(4):
        assert answer_consent(ANONYMOUS, consent, code=wrong, **answers) is Outcome.WRONG  # type: ignore[arg-type]
    assert answer_consent(ANONYMOUS, consent, code=wrong, **answers) is Outcome.SPENT  # type: ignore[arg-type]
    assert answer_consent(ANONYMOUS, consent, code=right, **answers) is Outcome.SPENT  # type: ignore[arg-type]
    assert consent.state is ConsentState.ASKED


def test_codes_are_sent_five_times_an_hour() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consent_behind(token_of(consent_of(case)))
    assert consent is not None
    for _count in range(5):
        send_code(consent, address="203.0.113.9")
    with pytest.raises(TooMany):
        send_code(consent, address="203.0.113.9")


def test_an_old_code_and_an_old_link_are_dead() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consent_behind(token_of(consent_of(case)))
    assert consent is not None
    send_code(consent, address="203.0.113.9")
    consent.code_sent_at = now() - timedelta(minutes=15)
    spent = answer_consent(ANONYMOUS, consent, code=code_of(consent), name="周正", agree=True)
    assert spent is Outcome.SPENT
    consent.expires_at = now()
    with pytest.raises(Conflict, match="too old"):
        send_code(consent, address="203.0.113.9")


def test_a_refusal_says_why_and_holds_the_declaration() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    with pytest.raises(Invalid, match="why"):
        answer(consent_of(case), agree=False, reason=" ")
    assert answer(consent_of(case), agree=False) is Outcome.DONE
    pass_publicity(case)
    assert case.open_licence.state is S.CONSENTING
    assert consent_of(case).reason == "价格太低"
    ask_again(case.officer, case.open_licence.consents[0])
    assert answer(consent_of(case)) is Outcome.DONE
    assert case.again().state is S.READY


def test_a_new_link_kills_the_old_one() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    old = token_of(consent_of(case))
    case.again()
    ask_again(case.officer, case.open_licence.consents[0])
    behind = consent_behind(old)
    assert behind is not None
    assert not is_live(behind)
    with pytest.raises(Conflict):
        send_code(behind, address="203.0.113.9")


def test_an_answer_comes_once() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consent_of(case)
    assert answer(consent) is Outcome.DONE
    with pytest.raises(Conflict, match="answered"):
        answer(consent)
    case.again()
    with pytest.raises(Conflict):
        ask_again(case.officer, case.open_licence.consents[0])


def test_publicity_lasts_fifteen_whole_days_the_first_not_counted() -> None:
    """促进科技成果转化法 art. 18; 15 days by 国发〔2016〕16号 as a setting."""
    case = make_case()
    ask_consents(case.officer, case.open_licence)
    assert case.open_licence.publicity_until == today() + timedelta(days=16)
    with pytest.raises(Conflict, match="lasts until"):
        close_publicity(case.officer, case.open_licence)
    case.open_licence.publicity_until = today()
    session.flush()
    close_publicity(case.officer, case.open_licence)
    assert case.open_licence.state is S.READY
    assert case.open_licence.publicity_closed_by_id == case.officer.user_id


def test_a_firm_has_no_publicity() -> None:
    """促进科技成果转化法 art. 18 speaks of state institutions only."""
    case = make_case(OrganisationKind.ENTERPRISE)
    ask_consents(case.officer, case.open_licence)
    assert case.open_licence.state is S.READY


def test_the_timer_makes_ready_what_has_waited() -> None:
    case = make_case()
    ask_consents(case.officer, case.open_licence)
    assert advance_by_time() == 0
    pass_publicity(case)
    assert case.open_licence.state is S.READY
    assert case.open_licence.publicity_closed_by_id is None


def test_an_open_objection_holds_and_two_persons_close_it() -> None:
    case = make_case()
    ask_consents(case.officer, case.open_licence)
    inventor = make_actor(case.patent.owner, Role.INVENTOR)
    with pytest.raises(Invalid):
        raise_objection(inventor, case.open_licence, " ")
    objection = raise_objection(inventor, case.open_licence, "发明人份额没有写全")
    assert objection.name == inventor.user.name  # type: ignore[union-attr]
    pass_publicity(case)
    assert case.open_licence.state is S.CONSENTING
    with pytest.raises(Conflict, match="open"):
        close_publicity(case.officer, case.open_licence)
    objection = session.get_one(type(objection), objection.id)
    objection.open_licence = case.open_licence
    with pytest.raises(Conflict, match="first"):
        close_objection(case.second, objection)
    answer_objection(case.officer, objection, "份额在专利页上，合计100%。")
    with pytest.raises(Conflict, match="second person"):
        close_objection(case.officer, objection)
    with pytest.raises(Forbidden):
        close_objection(inventor, objection)
    close_objection(case.second, objection)
    assert case.open_licence.state is S.READY


def test_objections_come_from_inside_and_in_time() -> None:
    case = make_case()
    with pytest.raises(Conflict, match="over"):
        raise_objection(case.second, case.open_licence, "x")
    ask_consents(case.officer, case.open_licence)
    with pytest.raises(Missing):
        raise_objection(make_actor(), case.open_licence, "x")
    case.open_licence.publicity_until = today()
    with pytest.raises(Conflict, match="over"):
        raise_objection(case.second, case.open_licence, "x")
