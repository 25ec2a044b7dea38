"""The pages of declaring, of consents and of the operator, clicked through over HTTP."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Role
from app.core.clock import today
from app.core.db import session
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.figures import load_figures
from app.market.open_licences.filing import record_filing
from app.market.open_licences.models import ConsentPurpose, DeclarationState, Objection, OpenLicence, PriceForm
from app.market.open_licences.operations import Price, list_pilot, set_price
from app.market.open_licences.papers import paper_pdf
from app.market.open_licences.queries import consents_for
from app.market.open_licences.withdrawing import ask_withdrawal, file_withdrawal
from app.market.portal.operations import publish_state
from tests.accounts.factories import make_actor, sign_in
from tests.market.open_licences.declaring import (
    Case,
    code_of,
    make_announced,
    make_case,
    make_filed,
    make_ready,
    own_patent,
    pass_publicity,
    share_with,
    token_of,
)

EN = {"Accept-Language": "en"}


def path(case: Case, tail: str = "declare") -> str:
    return f"/open-licences/{case.open_licence.id}/{tail}"


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_an_officer_declares_within_fourteen_clicks_and_nine_fields(client: FlaskClient) -> None:
    """flows-market.md §1 b: ≤ 14 c, ≤ 9 f, 3 visits. Each post is a click, each value that is not prefilled a field."""
    patent = own_patent(contact_name="孙莉", contact_email="transfer@test.example")
    share_with(patent)
    officer = make_actor(patent.owner, Role.TRANSFER)
    sign_in(client, officer)
    clicks, fields = 0, 0

    def press(address: str, **typed: str) -> None:
        nonlocal clicks
        answer = client.post(address, data=typed)
        assert answer.status_code == 302, answer.text
        clicks += 1

    assert f'action="/patents/{patent.id}/declare"' in client.get(f"/our/patents/{patent.id}").text
    press(f"/patents/{patent.id}/declare")
    assert "Go on with the declaration" in client.get(f"/our/patents/{patent.id}", headers=EN).text
    found = session.scalars(select(OpenLicence).where(OpenLicence.patent_id == patent.id)).one()
    base = f"/open-licences/{found.id}"
    page = client.get(f"{base}/declare", headers=EN).text
    assert "Nothing has been sent to CNIPA." in page
    assert "3 of 7 done" in page
    price = {"price-form": "lump_sum", "price-lump": "30000", "price-basis_note": "参照本专利此前的两件许可。"}
    press(f"{base}/price", **price, **{"price-base": "net_sales", "price-period": "12"})
    fields += len(price)
    press(f"{base}/terms", **{"terms-use_text": patent.use_text, "terms-notice_email": "transfer@test.example",
                              "terms-inventors_share": "70"})  # fmt: skip
    fields += 1
    press(f"{base}/consents", party="长白新材料研究院", email="ip@changbai.example")
    agree_by_link(client, found)
    case = Case(officer, officer, officer, patent, found)
    pass_publicity(case)
    number = {"filing-accept_no": "K2026110001", "filing-filed_on": today().isoformat()}
    press(f"{base}/filing", **number)
    fields += len(number)
    session.expire_all()
    assert session.get_one(OpenLicence, found.id).state is DeclarationState.FILED
    assert (clicks <= 14, fields <= 9) == (True, True)


def agree_by_link(client: FlaskClient, found: OpenLicence) -> None:
    """What the co-owner does with the mailed link: its clicks are its own."""
    session.expire_all()
    consent = consents_for(found, ConsentPurpose.DECLARATION)[0]
    token = token_of(consent)
    assert client.post(f"/consents/{token}/code").status_code == 302
    reply = {"name": "周正", "code": code_of(consent), "answer": "agree"}
    assert client.post(f"/consents/{token}", data=reply).status_code == 302


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(client: FlaskClient) -> None:
    case = make_case()
    sign_in(client, case.officer)
    typed = {"price-form": "royalty", "price-rate": "25", "price-base": "net_sales", "price-period": "12"}
    answer = client.post(path(case, "price"), data=typed, headers=EN)
    assert answer.status_code == 422
    assert "This is above what is usual." in answer.text
    assert 'value="25"' in answer.text
    answer = client.post(path(case, "terms"), data={"terms-notice_email": "no address"}, headers=EN)
    assert answer.status_code == 422
    assert "Enter an address." in answer.text


def test_a_blocker_is_shown_with_its_rule_and_stops_the_filing(client: FlaskClient) -> None:
    case = make_ready()
    case.patent.registered_holders = "另一所大学"
    session.flush()
    sign_in(client, case.officer)
    page = client.get(path(case), headers=EN).text
    assert "The register names other patentees: 另一所大学." in page
    assert "Rule 85 (2)" in page
    assert "filing-accept_no" not in page
    number = {"filing-accept_no": "K1", "filing-filed_on": today().isoformat()}
    assert client.post(path(case, "filing"), data=number).status_code == 422


def test_the_calculator_takes_the_middle_with_its_basis(client: FlaskClient) -> None:
    load_figures()
    case = make_case()
    sign_in(client, case.officer)
    assert "no statistics of CNIPA" in client.get(path(case), headers=EN).text
    typed = {"price-form": "lump_sum", "price-base": "net_sales", "price-period": "12", "price-legal": "5", "use": "1"}
    assert client.post(path(case, "price"), data=typed, headers=EN).status_code == 302
    declared = case.again()
    assert declared.lump_minor > 0
    assert declared.basis_note.startswith("Range ¥")
    assert declared.calculation["factors"]["legal"] == 5


def test_opening_a_consent_link_changes_nothing(client: FlaskClient) -> None:
    """Programs follow links in mails (flows-market.md §1 b): a GET does nothing, whoever sends it."""
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0]
    token = token_of(consent)
    before = (consent.state, consent.code_hash, consent.code_attempts)
    page = client.get(f"/consents/{token}", headers=EN)
    assert (page.status_code, client.head(f"/consents/{token}").status_code) == (200, 200)
    assert case.open_licence.terms_hash in page.text
    assert "¥30,000.00" in page.text
    session.refresh(consent)
    assert (consent.state, consent.code_hash, consent.code_attempts) == before
    sign_in(client, case.officer)
    shown = client.get(path(case)).text
    assert token not in shown
    assert consent.token_hash not in shown


def test_a_party_refuses_by_link_with_a_reason(client: FlaskClient) -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.open_licence)
    consent = consents_for(case.open_licence, ConsentPurpose.DECLARATION)[0]
    token = token_of(consent)
    client.post(f"/consents/{token}/code")
    reply = {"name": "周正", "code": code_of(consent), "answer": "refuse"}
    answer = client.post(f"/consents/{token}", data=reply, headers=EN)
    assert (answer.status_code, "Say why you refuse." in answer.text) == (422, True)
    wrong = client.post(f"/consents/{token}", data={**reply, "reason": "价格", "code": "12"}, headers=EN)
    assert "This is not the code." in wrong.text
    session.refresh(consent)
    assert consent.code_attempts == 1
    assert client.post(f"/consents/{token}", data={**reply, "reason": "价格太低"}).status_code == 302
    assert "周正 refused on" in client.get(f"/consents/{token}", headers=EN).text


def test_members_read_the_publicity_and_object_by_name(client: FlaskClient) -> None:
    case = make_case()
    ask_consents(case.officer, case.open_licence)
    inventor = make_actor(case.patent.owner, Role.INVENTOR)
    sign_in(client, inventor)
    page = client.get(path(case, "publicity"), headers=EN).text
    assert "¥30,000.00 once" in page
    assert "50%" in page
    last = today() + timedelta(days=15)
    assert f"until {last.isoformat()}, both included" in page
    sent = client.post(path(case, "publicity"), data={"objection-reason": "份额没有写全"})
    assert sent.status_code == 302
    objection = session.scalars(select(Objection)).one()
    assert (
        client.post(f"/open-licences/objections/{objection.id}/answer", data={"answer-reason": "x"}).status_code == 403
    )
    sign_in(client, case.officer)
    client.post(f"/open-licences/objections/{objection.id}/answer", data={"answer-reason": "已补全"})
    assert client.post(f"/open-licences/objections/{objection.id}/close", headers=EN).status_code == 409
    sign_in(client, case.second)
    assert client.post(f"/open-licences/objections/{objection.id}/close").status_code == 302
    session.expire_all()
    assert session.get_one(Objection, objection.id).closed_by_id == case.second.user_id


def test_another_organisation_sees_no_draft(client: FlaskClient) -> None:
    case = make_case()
    sign_in(client, make_actor())
    for tail in ("declare", "publicity", "papers/declaration.pdf"):
        assert client.get(path(case, tail)).status_code == 404


def test_the_forms_are_pdf_in_chinese_with_amounts_in_words() -> None:
    """Rule 85; CNIPA FAQ 3: declaration, commitment, consents, withdrawal."""
    case = make_announced()
    declared = case.again()
    texts = {kind: text_of(paper_pdf(declared, kind)) for kind in ("declaration", "commitment", "consent")}
    for wanted in (
        "专利开放许可声明",
        case.patent.shown_number,
        "一次付¥30,000.00",
        "叁万元整",
        declared.terms_hash[:20],
    ):
        assert wanted in texts["declaration"]
    for wanted in ("承诺函", "第八十六条", "第八十五条", "第五十一条", "第八十八条"):
        assert wanted in texts["commitment"]
    assert "全体专利权人同意书" in texts["consent"]
    ask_withdrawal(case.officer, declared, "专利将整体转让")
    paper = text_of(paper_pdf(declared, "withdrawal"))
    for wanted in ("撤回声明", "专利将整体转让", "G42-31", "此前已给予的许可不受影响"):
        assert wanted in paper
    assert "同意撤回" in text_of(paper_pdf(declared, "withdrawal-consent"))


def test_every_instalment_is_written_in_words() -> None:
    case = make_case()
    set_price(
        case.officer, case.open_licence,
        Price(PriceForm.INSTALMENTS, instalments=[(0, 1_000_000), (12, 2_050)], basis_note="x"),
    )  # fmt: skip
    words = text_of(paper_pdf(case.again(), "declaration"))
    assert "壹万元整；贰拾元伍角整" in words


def test_the_list_shows_states_filters_and_files(client: FlaskClient) -> None:
    case = make_ready()
    list_pilot(case.officer, case.open_licence)
    sign_in(client, case.officer)
    page = client.get("/our/open-licences", headers=EN).text
    assert case.open_licence.number in page
    assert "Pilot, not announced" in page
    assert "badge-pilot" in page
    assert case.open_licence.number not in client.get("/our/open-licences?state=announced").text
    assert case.open_licence.number in client.get("/our/open-licences?format=csv").text


def test_a_pilot_and_an_announced_listing_never_look_alike(client: FlaskClient) -> None:
    pilot, announced = make_ready(), make_announced()
    list_pilot(pilot.officer, pilot.again())
    sign_in(client, pilot.officer)
    dashed = client.get(path(pilot), headers=EN).text
    sign_in(client, announced.officer)
    solid = client.get(path(announced), headers=EN).text
    assert ("badge-pilot" in dashed, "badge-accent" in dashed) == (True, False)
    assert ("badge-pilot" in solid, "badge-accent" in solid) == (False, True)


def test_listing_says_before_the_click_that_it_publishes(client: FlaskClient) -> None:
    """And then page, search, feeds, API and harvesters have it; before the click none of them."""
    case = make_ready(published_at=None)
    identity = case.patent.id
    public = ("/patents", "/patents/feed.json", "/patents/feed.xml", "/api/v1/open-licences",
              "/oai?verb=ListRecords&metadataPrefix=oai_dc")  # fmt: skip
    here, declared = path(case), case.open_licence.id
    sign_in(client, case.officer)
    visitor = client.application.test_client()
    assert visitor.get(f"/patents/{identity}").status_code == 404
    assert not any(str(identity) in visitor.get(address).text for address in public)
    page = client.get(here, headers=EN).text
    assert "List it as a pilot and publish the patent" in page
    assert "listing makes its page public" in page
    assert "becomes public when CNIPA announces" in page
    assert client.post(here.replace("declare", "pilot")).status_code == 302
    publish_state(declared)
    assert "makes its page public" not in client.get(here, headers=EN).text
    assert visitor.get(f"/patents/{identity}").status_code == 200
    assert [address for address in public if str(identity) not in visitor.get(address).text] == []


@pytest.mark.parametrize("separator", [",", "\t", "，", "  "])
def test_the_gazette_is_matched_by_number_and_recorded_in_three_clicks(client: FlaskClient, separator: str) -> None:
    """flows-market.md §1 c: paste, match, record; unknown and doubled rows are held and named."""
    first, second = make_filed(), make_filed()
    numbers = [first.patent.shown_number, second.patent.shown_number, "ZL201710601862.3", "ZL201710601862.4"]
    rows = [separator.join((number, f"G{place}", today().isoformat())) for place, number in enumerate(numbers)]
    rows.append(separator.join((second.patent.number, "G9", today().isoformat())))
    sign_in(client, first.verifier)
    form = {"rows": "\n".join(rows), "source": "专利公报42卷48期", "kind": "announced"}
    page = client.post("/operator/gazette", data=form, headers=EN).text
    assert "Record 1" in page
    for held in ("no declaration of this patent waits for it", "Check digit should be 3", "stands in several rows"):
        assert held in page
    done = client.post("/operator/gazette", data={**form, "record": "1"}, headers=EN).text
    assert "1 recorded, 4 held." in done
    declared = first.again()
    assert (declared.state, declared.announcement_no, declared.announced_on, declared.announcement_source) == (
        DeclarationState.ANNOUNCED, "G0", today(), "专利公报42卷48期",
    )  # fmt: skip
    assert second.again().state is DeclarationState.FILED


def test_an_announcement_needs_its_source_and_no_day_is_put_in(client: FlaskClient) -> None:
    case = make_filed()
    sign_in(client, case.verifier)
    row = f"{case.patent.number},G1,{today().isoformat()}"
    assert client.post("/operator/gazette", data={"rows": row, "kind": "announced"}).status_code == 422
    page = client.post(
        "/operator/gazette", data={"rows": f"{case.patent.number},G1", "kind": "announced", "source": "x"}, headers=EN
    ).text
    assert "three columns are needed" in page


def test_withdrawals_come_from_the_gazette_too(client: FlaskClient) -> None:
    case = make_announced()
    sign_in(client, case.verifier)
    row = f"{case.patent.number} G7 {today().isoformat()}"
    form = {"rows": row, "kind": "withdrawn", "source": "专利公报", "record": "1"}
    client.post("/operator/gazette", data=form)
    assert case.again().state is DeclarationState.WITHDRAWN


def test_the_operator_sees_differences_passes_and_returns(client: FlaskClient) -> None:
    case = make_ready()
    case.patent.registered_holders = "另一所大学"
    session.flush()
    sign_in(client, case.verifier)
    queue = client.get("/operator/open-licences", headers=EN).text
    assert case.open_licence.number in queue
    address = f"/operator/open-licences/{case.open_licence.id}"
    assert client.get(address, headers=EN).text.count("badge-danger") == 1
    assert client.post(f"{address}/return", data={}, headers=EN).status_code == 422
    assert client.post(f"{address}/return", data={"reasons": ["register", "price"]}).status_code == 302
    assert case.again().return_reasons == ["register", "price"]
    sign_in(client, case.officer)
    page = client.get(path(case), headers=EN).text
    assert "differs from the register; price not clear" in page
    assert client.post(path(case, "mended")).status_code == 302
    sign_in(client, case.verifier)
    assert client.post(f"{address}/pass").status_code == 302
    assert case.again().checked_at is not None


def test_the_operator_notes_a_correction(client: FlaskClient) -> None:
    case = make_filed()
    sign_in(client, case.verifier)
    due = today() + timedelta(days=20)
    form = {"cnipa-answer": "correction", "cnipa-note": "名称不一致", "cnipa-day": due.isoformat()}
    address = f"/operator/open-licences/{case.open_licence.id}/answer"
    assert client.post(address, data=form).status_code == 302
    assert case.again().correction_due_on == due
    assert case.open_licence.number in client.get("/operator/open-licences?queue=clocks").text
    record_filing(case.officer, case.open_licence, "K2", today())
    assert case.open_licence.number not in client.get("/operator/open-licences?queue=clocks").text


def test_a_withdrawal_that_cnipa_does_not_accept_leaves_the_declaration_announced(client: FlaskClient) -> None:
    case = make_announced()
    file_withdrawal(case.officer, case.open_licence, "专利将整体转让", "W1", today())
    sign_in(client, case.verifier)
    address = f"/operator/open-licences/{case.open_licence.id}"
    assert "The withdrawal is not accepted" in client.get(address, headers=EN).text
    refused = client.post(f"{address}/withdrawal-refused", data={"withdrawal-note": ""}, headers=EN)
    assert refused.status_code == 422
    assert case.again().state is DeclarationState.WITHDRAWING
    client.post(f"{address}/withdrawal-refused", data={"withdrawal-note": "理由不成立"})
    assert case.again().state is DeclarationState.ANNOUNCED
    assert "The withdrawal is not accepted" not in client.get(address, headers=EN).text
