"""Codes for consents by text message: to whose telephone, by which way, what is kept of it and what nobody sees."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select, update

from app.accounts.models import ANONYMOUS
from app.accounts.one_time import Outcome
from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid, TooMany
from app.core.web import App
from app.market.open_licences.consenting import (
    answer_consent,
    ask_again,
    ask_consents,
    change_text,
    code_key,
    is_undelivered,
    send_code,
)
from app.market.open_licences.models import CodeWay, Consent, ConsentPurpose, ConsentRole, ConsentState
from app.market.open_licences.papers import paper_pdf
from app.market.open_licences.queries import consent_behind, consents_for
from app.market.open_licences.withdrawing import ask_withdrawal
from app.notifications.models import Mail, TextMessage
from app.notifications.queries import text_with
from app.notifications.texters import SmppTexter, parts_of
from app.notifications.texting import send_due_texts
from tests.accounts.factories import sign_in
from tests.market.open_licences.declaring import Case, answer, make_announced, make_case, share_with, token_of
from tests.notifications.gateways import INVALID_NUMBER, gateway

EN = {"Accept-Language": "en"}
PARTY, NUMBER, MASKED = "长白新材料研究院", "+8613800138000", "138****8000"
NETWORK = "203.0.113.9"


def asked(phone: str = "138 0013 8000") -> tuple[Case, Consent]:
    """A declaration whose co-owner was asked, with a telephone for its codes; the consent as its link finds it."""
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence, phones={PARTY: phone})
    consent = consent_behind(token_of(consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0]))
    assert consent is not None
    return case, consent


def texted(consent: Consent) -> TextMessage:
    """The text message with the newest code."""
    found = text_with(code_key(consent))
    assert found is not None
    return found


def digits_in(text: str) -> str:
    found = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    assert found is not None, text
    return found[0]


def path(case: Case, tail: str = "declare") -> str:
    return f"/open-licences/{case.open_licence.id}/{tail}"


def test_a_co_owner_agrees_with_a_code_from_a_text_message() -> None:
    case, consent = asked()
    assert consent.phone == NUMBER
    with gateway() as peer:
        send_code(consent, address=NETWORK, way=CodeWay.TEXT)
        assert send_due_texts(SmppTexter("127.0.0.1", peer.port, "j", "s", encrypted=False, sender="")) == 1
        ((recipient, text),) = peer.texts
    assert recipient == NUMBER[1:]
    assert case.patent.shown_number in text
    assert session.scalar(select(func.count()).where(Mail.key.startswith(f"consent_code:{consent.id}"))) == 0
    assert answer_consent(ANONYMOUS, consent, code=digits_in(text), name="周正", agree=True) is Outcome.DONE
    session.expire_all()
    kept = session.get_one(Consent, consent.id)
    assert (kept.state, kept.code_way, kept.phone) == (ConsentState.AGREED, CodeWay.TEXT, NUMBER)
    assert kept.answered_at is not None
    assert kept.terms_hash == case.again().terms_hash


def test_the_text_begins_with_the_signature_and_fits_into_one_message() -> None:
    """A longer one costs twice; gateways in China want the sender in 【】 at the beginning."""
    _case, consent = asked()
    send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    text = texted(consent)
    assert text.body.startswith("【技市】")
    assert len(parts_of(text.body, reference=1)) == 1
    assert consent.code_sent_at is not None
    assert text.expires_at == consent.code_sent_at + timedelta(minutes=15)


def test_wrong_codes_are_counted_and_lock_whatever_the_way() -> None:
    _case, consent = asked()
    send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    right = digits_in(texted(consent).body)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    outcomes = [answer_consent(ANONYMOUS, consent, code=wrong, name="周正", agree=True) for _try in range(5)]
    assert outcomes == [Outcome.WRONG] * 4 + [Outcome.SPENT]
    assert answer_consent(ANONYMOUS, consent, code=right, name="周正", agree=True) is Outcome.SPENT


def test_a_code_sent_anew_kills_the_one_before_and_may_go_the_other_way() -> None:
    _case, consent = asked()
    send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    first = digits_in(texted(consent).body)
    send_code(consent, address=NETWORK)
    assert consent.code_way is CodeWay.MAIL
    mailed = session.scalars(select(Mail.body).where(Mail.key == code_key(consent))).one()
    if digits_in(mailed) != first:
        assert answer_consent(ANONYMOUS, consent, code=first, name="周正", agree=True) is Outcome.WRONG
    assert answer_consent(ANONYMOUS, consent, code=digits_in(mailed), name="周正", agree=True) is Outcome.DONE


def test_without_a_telephone_or_a_gateway_the_code_goes_by_mail_alone(
    app: App, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, consent = asked(phone="")
    with pytest.raises(Conflict, match="by mail"):
        send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    _other, reachable = asked()
    monkeypatch.setitem(app.config, "JISHI", replace(app.config["JISHI"], environment="production"))
    with pytest.raises(Conflict, match="by mail"):
        send_code(reachable, address=NETWORK, way=CodeWay.TEXT)
    for one in (consent, reachable):
        page = client.get(f"/consents/{token_of(one)}", headers=EN).text
        assert "Send me the code by mail" in page
        assert "text message" not in page
    change_text(case.officer, case.again())
    sign_in(client, case.officer)
    draft = client.get(path(case), headers=EN).text
    assert "It answers with a code that goes by mail." in draft
    assert "Mobile number" not in draft


@pytest.mark.parametrize("typed", ["12345", "0431-85166000"])
def test_a_number_that_is_no_mobile_telephone_is_refused_and_kept_on_the_page(client: FlaskClient, typed: str) -> None:
    case = make_case()
    share_with(case.patent)
    sign_in(client, case.officer)
    sent = {"party": PARTY, "email": "new@changbai.example", "phone": typed}
    refused = client.post(path(case, "consents"), data=sent, headers=EN)
    assert (refused.status_code, "Enter a mobile number" in refused.text) == (422, True)
    assert f'value="{typed}"' in refused.text
    assert 'value="new@changbai.example"' in refused.text
    assert consents_for(case.again(), ConsentPurpose.DECLARATION) == []


def test_the_contact_of_the_sender_answers_for_nobody_else() -> None:
    case = make_case()
    share_with(case.patent)
    case.patent.contact_phone = "138-0013-8000"
    with pytest.raises(Invalid, match="your own contact") as refusal:
        ask_consents(case.officer, case.open_licence, phones={PARTY: "138 0013 8000"})
    assert refusal.value.field == "phone"


def test_another_link_takes_another_number_and_keeps_the_old_one_otherwise() -> None:
    case, consent = asked()
    case.again()
    again = ask_again(case.officer, case.open_licence.consents[0])
    assert again.phone == consent.phone
    case.again()
    current = next(one for one in case.open_licence.consents if one.state is ConsentState.ASKED)
    assert ask_again(case.officer, current, "139 0013 9000").phone == "+8613900139000"


def test_a_number_named_before_is_used_for_changed_text_and_for_the_withdrawal() -> None:
    case, _consent = asked()
    change_text(case.officer, case.again())
    ask_consents(case.officer, case.again())
    assert consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0].phone == NUMBER
    announced = make_announced()
    announced.again()
    share_with(announced.patent)
    before = Consent(
        open_licence_id=announced.open_licence.id, purpose=ConsentPurpose.DECLARATION, role=ConsentRole.CO_OWNER,
        email="x@y.example", party_name=PARTY, phone=NUMBER, token_hash="t", terms_hash="h", state=ConsentState.VOID,
        expires_at=now(),
    )  # fmt: skip
    session.add(before)
    session.flush()
    (wanted,) = ask_withdrawal(announced.officer, announced.open_licence, "专利将整体转让")
    assert wanted.phone == NUMBER


def test_a_number_gets_few_codes_an_hour_whoever_asks() -> None:
    _case, consent = asked()
    for _count in range(3):
        send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    _other, second = asked()
    for _count in range(2):
        send_code(second, address=NETWORK, way=CodeWay.TEXT)
    with pytest.raises(TooMany, match="number"):
        send_code(second, address=NETWORK, way=CodeWay.TEXT)
    send_code(second, address=NETWORK)


def test_what_did_not_get_through_is_told_to_the_party(client: FlaskClient) -> None:
    case, consent = asked()
    token = token_of(consent)
    assert client.post(f"/consents/{token}/code", data={"way": "text"}).status_code == 302
    session.refresh(consent)
    assert not is_undelivered(consent)
    with gateway(INVALID_NUMBER) as peer:
        send_due_texts(SmppTexter("127.0.0.1", peer.port, "j", "s", encrypted=False, sender=""))
    assert is_undelivered(consent)
    page = client.get(f"/consents/{token}", headers=EN).text
    assert f"The text message did not get through to {MASKED}." in page
    assert case.open_licence.owner.name in page
    sign_in(client, case.officer)
    assert "A text message did not get through to this number" in client.get(path(case), headers=EN).text


def test_a_party_answers_over_http_and_sees_with_what(client: FlaskClient) -> None:
    _case, consent = asked()
    token = token_of(consent)
    page = client.get(f"/consents/{token}", headers=EN).text
    assert f"It goes as a text message to {MASKED}." in page
    assert NUMBER not in page
    assert "13800138000" not in page
    told = client.post(f"/consents/{token}/code", data={"way": "text"}, headers=EN, follow_redirects=True).text
    assert f"The code is on its way as a text message to {MASKED}." in told
    session.refresh(consent)
    reply = {"name": "周正", "code": digits_in(texted(consent).body), "answer": "agree"}
    assert client.post(f"/consents/{token}", data=reply).status_code == 302
    assert f"Code by text message to {MASKED}" in client.get(f"/consents/{token}", headers=EN).text


def test_the_sender_sees_neither_link_nor_code_nor_the_whole_number(client: FlaskClient) -> None:
    case, consent = asked()
    send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    code, token = digits_in(texted(consent).body), token_of(consent)
    sign_in(client, case.officer)
    pages = client.get(path(case)).text + client.get("/our/open-licences?format=csv").text
    assert MASKED in pages
    for secret in (code, token, "13800138000"):
        assert secret not in pages


def test_the_audit_log_knows_the_way_and_no_number() -> None:
    _case, consent = asked()
    send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    code = digits_in(texted(consent).body)
    answer_consent(ANONYMOUS, consent, code=code, name="周正", agree=True)
    entries = session.scalars(select(AuditEntry)).all()
    agreed = next(one for one in entries if one.action == "consent.agreed")
    assert agreed.changes["code_way"] == [None, "text"]
    written = " ".join(str(one.changes) for one in entries)
    assert "13800138000" not in written
    assert code not in written


def test_the_paper_names_time_way_masked_address_and_hash() -> None:
    case, consent = asked()
    send_code(consent, address=NETWORK, way=CodeWay.TEXT)
    answer_consent(ANONYMOUS, consent, code=digits_in(texted(consent).body), name="周正", agree=True)
    session.execute(update(Consent).values(answered_at=now().replace(2026, 11, 29, 16, 5)))
    paper = paper_text(case)
    for wanted in ("周正", "2026-11-3000:05", f"短信验证码，发至{MASKED}", consent.terms_hash[:20]):
        assert wanted in paper
    assert "13800138000" not in paper


def test_the_paper_of_a_code_by_mail_says_so() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    answer(consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0])
    assert "邮件验证码，发至i•••@changbai.example" in paper_text(case)


def paper_text(case: Case) -> str:
    pages = PdfReader(io.BytesIO(paper_pdf(case.again(), "consent"))).pages
    return "".join("".join(page.extract_text() for page in pages).split())
