"""Taking a licence in the browser, the pages of both sides, papers and disputes."""

import io
import zipfile

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import today
from app.core.db import session
from app.market.licences.models import Dispute, DisputeState, Licence, LicenceState
from app.market.open_licences.models import OpenLicence, PriceForm
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_user, sign_in
from tests.market.factories import make_open_licence, make_patent, make_pilot
from tests.market.licences.world import make_taker, note_of, noticed, pay

ENGLISH = {"Accept-Language": "en"}


def entered(**overrides: str) -> dict[str, str]:
    values = {"product": "光学胶<b>", "place": "长春市", "starts_on": today().isoformat(), "contact_name": "周扬"}
    return {**values, **overrides}


def url(declaration: OpenLicence) -> str:
    return f"/open-licences/{declaration.id}/notice"


def test_fill_in_check_give(client: FlaskClient) -> None:
    declaration, taker = make_open_licence(), make_taker()
    sign_in(client, taker)
    page = client.get(url(declaration), headers=ENGLISH)
    assert page.status_code == 200
    assert "The patentee gets this page" in page.text
    check = client.post(url(declaration), data=entered(), headers=ENGLISH)
    assert check.status_code == 200
    assert "Give notice and pay ¥50,000.00" in check.text
    assert "<mark>光学胶&lt;b&gt;</mark>" in check.text
    assert session.scalars(select(Licence)).all() == []
    given = client.post(url(declaration), data=entered(step="give"))
    licence = session.scalars(select(Licence)).one()
    assert given.location == f"/licences/{licence.id}"
    shown = client.get(given.location, headers=ENGLISH).text
    assert note_of(licence).memo_code in shown
    assert "No licence until paid" in shown
    assert client.get(url(declaration)).location == f"/licences/{licence.id}"


def test_what_is_wrong_is_said_at_its_field(client: FlaskClient) -> None:
    declaration = make_open_licence()
    sign_in(client, make_taker())
    page = client.post(url(declaration), data=entered(product="", starts_on="2020-01-01"), headers=ENGLISH)
    assert page.status_code == 422
    page = client.post(url(declaration), data=entered(starts_on="2020-01-01"), headers=ENGLISH)
    assert page.status_code == 422
    assert "A day from today until the patent expires." in page.text


def test_a_visitor_fills_in_first_and_finds_it_again_after_signing_in(client: FlaskClient) -> None:
    declaration = make_open_licence()
    answer = client.post(url(declaration), data=entered())
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")
    person = make_user()
    sign_in(client, Actor(user=person))
    page = client.get(url(declaration), query_string=entered(), headers=ENGLISH).text
    assert "光学胶&lt;b&gt;" in page
    assert "For myself, as a private person" in page


def test_a_private_person_takes_a_free_licence(client: FlaskClient) -> None:
    """专利法 art. 51: any unit or individual."""
    declaration, person = make_open_licence(price_form=PriceForm.FREE), make_user(name="何一")
    sign_in(client, Actor(user=person))
    answer = client.post(url(declaration), data=entered(step="give", for_myself="y"))
    licence = session.scalars(select(Licence)).one()
    assert answer.location == f"/licences/{licence.id}"
    assert licence.state is LicenceState.EFFECTIVE
    assert licence.licensee_party | {"address": ""} == {
        "name": "何一", "name_en": "", "code": "", "address": "", "is_person": True, "is_verified": False,
    }  # fmt: skip
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize("is_pilot", [True, False])
def test_what_cannot_be_taken_says_why(client: FlaskClient, is_pilot: bool) -> None:
    sign_in(client, make_taker())
    declaration = make_pilot() if is_pilot else make_open_licence(announced_on=today().replace(year=today().year + 1))
    page = client.get(url(declaration), headers=ENGLISH)
    assert page.status_code == 409
    assert ("Pilot, not announced" in page.text) == is_pilot


def test_lists_pages_and_papers_of_both_sides(client: FlaskClient) -> None:
    owner, taker = make_organisation(OrganisationKind.INSTITUTION), make_taker()
    licence = noticed(make_open_licence(make_patent(owner)), taker)
    pay(note_of(licence))
    session.refresh(licence)
    for actor, path in ((taker, "/licences"), (make_actor(owner, Role.TRANSFER), "/our/licences")):
        sign_in(client, actor)
        assert str(licence.number) in client.get(path).text
        assert str(licence.number) not in client.get(f"{path}?state=void").text
        assert str(licence.number) in client.get(f"{path}?q={licence.number}&format=csv").text
        page = client.get(f"/licences/{licence.id}", headers=ENGLISH)
        assert page.status_code == 200
        assert "Why in effect from" in page.text
        for kind in ("notice", "certificate", "filing", "payment"):
            paper = client.get(f"/licences/{licence.id}/papers/{kind}.pdf")
            assert paper.status_code == 200, kind
            assert len(PdfReader(io.BytesIO(paper.data)).pages) >= 1
        assert client.get(f"/licences/{licence.id}/papers/other.pdf").status_code == 404
        packed = client.get(f"/licences/{licence.id}/pack.zip").data
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = archive.namelist()
            assert names[:5] == [
                "00-index.txt",
                "01-notice.pdf",
                "02-certificate.pdf",
                "03-filing.pdf",
                "04-payment.pdf",
            ]
            assert all(name in archive.read("00-index.txt").decode() for name in names[1:])
        assert packed == client.get(f"/licences/{licence.id}/pack.zip").data
    sign_in(client, make_taker())
    for path in ("", "/pack.zip", "/papers/notice.pdf"):
        assert client.get(f"/licences/{licence.id}{path}").status_code == 404


def test_filing_by_form(client: FlaskClient) -> None:
    """实施细则 rule 87."""
    taker = make_taker()
    licence = noticed(make_open_licence(price_form=PriceForm.FREE), taker)
    sign_in(client, taker)
    wrong = client.post(f"/licences/{licence.id}/file", data={"filing_no": "X1", "filed_on": "2020-01-01"})
    assert wrong.status_code == 422
    pdf = (io.BytesIO(client.get(f"/licences/{licence.id}/papers/notice.pdf").data), "备案.pdf")
    form = {"filing_no": "X2026980001", "filed_on": today().isoformat(), "file": pdf}
    assert client.post(f"/licences/{licence.id}/file", data=form).status_code == 302
    session.refresh(licence)
    assert (licence.state, licence.filing_no) == (LicenceState.FILED, "X2026980001")
    with zipfile.ZipFile(io.BytesIO(client.get(f"/licences/{licence.id}/pack.zip").data)) as archive:
        assert archive.namelist()[-1].startswith("05-") or archive.namelist()[-1].startswith("06-")


def ways_offered(client: FlaskClient, path: str) -> set[str]:
    """The deeds that the page of a licence in dispute offers to whoever is signed in."""
    session.expire(session.scalars(select(Dispute)).one())
    shown = client.get(path).text
    return {act for act in ("mediate", "accept", "court", "settle", "propose") if f'value="{act}"' in shown}


def test_article_52_a_dispute_from_claim_to_settlement(client: FlaskClient) -> None:
    """专利法 art. 52: negotiate, mediate, court; both accept the proposal; duties go on."""
    owner, taker, operator = make_organisation(OrganisationKind.INSTITUTION), make_taker(), make_operator(Role.VERIFIER)
    office = make_actor(owner, Role.TRANSFER)
    licence = noticed(make_open_licence(make_patent(owner), price_form=PriceForm.FREE), taker)
    path = f"/licences/{licence.id}/dispute"

    def press(actor: Actor, act: str = "", text: str = "") -> int:
        sign_in(client, actor)
        return client.post(path, data={"act": act, "text": text}).status_code

    def offered(actor: Actor) -> set[str]:
        sign_in(client, actor)
        return ways_offered(client, path.removesuffix("/dispute"))

    assert press(make_taker(), text="mine") == 404
    assert press(taker) == 422
    assert press(taker, text="交付的资料不全") == 302
    assert press(office, text="资料已交付") == 302
    assert press(operator, "propose", "x") == 422
    assert (offered(taker), offered(office)) == ({"mediate", "court", "settle"}, {"mediate", "court"})
    assert press(taker, "mediate") == 302
    assert (offered(taker), offered(office)) == ({"court", "settle"}, {"court"}), "nothing is proposed yet"
    assert offered(operator) == {"propose", "settle"}
    assert press(operator, "propose", "补交图纸") == 302
    assert offered(office) == {"accept", "court"}
    assert press(taker, "accept") == 302
    assert (offered(taker), offered(office)) == ({"court", "settle"}, {"accept", "court"}), "one answer each"
    assert press(taker, "accept") == 422
    session.refresh(licence)
    assert licence.is_disputed
    assert licence.state is LicenceState.EFFECTIVE
    assert press(office, "accept") == 302
    dispute = session.scalars(select(Dispute)).one()
    session.refresh(dispute)
    session.refresh(licence)
    assert (dispute.state, dispute.outcome, licence.is_disputed) == (DisputeState.SETTLED, "补交图纸", False)
    with zipfile.ZipFile(io.BytesIO(client.get(f"/licences/{licence.id}/pack.zip").data)) as archive:
        told = archive.read("05-disputes.txt").decode()
        assert "交付的资料不全" in told
        assert "补交图纸" in told
