"""The licence of an organisation: attached by its owners, seen by them and the operator alone, judged by content."""

import io

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Actor, Role, Verification
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.i18n import force_locale
from app.files.licences import MOST_FILES, attach_licence, licence_counts, licences_of, remove_licence
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in

EN = {"Accept-Language": "en"}
SCAN = b"%PDF-1.7\nlicence\n%%EOF\n"


@pytest.fixture
def owner() -> Actor:
    return make_actor(make_organisation(verification=Verification.WAITING, verified_at=None), Role.OWNER)


def test_an_answer_with_a_licence_goes_back_to_the_queue(owner: Actor) -> None:
    organisation = owner.organisation
    assert organisation is not None
    organisation.verification = Verification.ASKED
    stored = attach_licence(owner, organisation, "执照.pdf", SCAN)
    assert organisation.verification is Verification.WAITING
    assert licence_counts([organisation.id]) == {organisation.id: 1}
    remove_licence(owner, organisation, stored)
    assert not licences_of(organisation.id)


def test_owners_alone_attach_and_only_until_it_is_verified(owner: Actor) -> None:
    organisation = owner.organisation
    assert organisation is not None
    with pytest.raises(Forbidden):
        attach_licence(make_actor(organisation, Role.BOOKER), organisation, "a.pdf", SCAN)
    with pytest.raises(Missing):
        attach_licence(make_actor(), organisation, "a.pdf", SCAN)
    stored = [attach_licence(owner, organisation, "a.pdf", SCAN) for _ in range(MOST_FILES)]
    with pytest.raises(Invalid) as caught:
        attach_licence(owner, organisation, "a.pdf", SCAN)
    assert caught.value.code == "too_many"
    organisation.verification = Verification.VERIFIED
    with pytest.raises(Conflict):
        remove_licence(owner, organisation, stored[0])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pdf", b"<html><script>1</script></html>", "This kind of file is not taken here."),
        ("a.svg", b"<svg/>", "This kind of file is not taken here."),
        ("a.pdf", b"PK\x03\x04", "This file is damaged."),
        ("a.jpg", SCAN, "The file is not what its name says: the content is PDF."),
        ("a.pdf", b"%PDF-1.7" + b"x" * (10 * 1024 * 1024), "This file is larger than 10 MB."),
    ],
)
def test_what_is_no_scan_is_refused(owner: Actor, name: str, content: bytes, sentence: str) -> None:
    organisation = owner.organisation
    assert organisation is not None
    with force_locale("en"), pytest.raises(Invalid) as caught:
        attach_licence(owner, organisation, name, content)
    with force_locale("en"):
        assert str(caught.value).startswith(sentence)
    assert not licences_of(organisation.id)


def test_the_operator_opens_it_from_the_queue_and_strangers_never(client: FlaskClient, owner: Actor) -> None:
    organisation = owner.organisation
    assert organisation is not None
    sign_in(client, owner)
    address = f"/organisations/{organisation.id}/licence"
    assert address in client.get(f"/organisations/{organisation.id}", headers=EN).text
    refused = client.post(address, data={"file": (io.BytesIO(b"<svg/>"), "a.pdf")}, headers=EN)
    assert refused.status_code == 422
    assert "This kind of file is not taken here. Allowed: JPEG, PDF, PNG." in refused.text
    client.post(address, data={"file": (io.BytesIO(SCAN), "licence.pdf")}, headers=EN)
    stored = licences_of(organisation.id)[0]
    assert "licence.pdf" in client.get(address, headers=EN).text
    sign_in(client, make_operator())
    assert "Licence attached" in client.get("/admin/organisations", headers=EN).text
    shown = client.get(f"/admin/organisations/{organisation.id}", headers=EN).text
    assert f'href="/files/{stored.id}"' in shown
    opened = client.get(f"/files/{stored.id}")
    assert opened.data == SCAN
    assert opened.headers["Content-Disposition"].startswith("attachment")
    opened.close()
    sign_in(client, make_actor())
    assert client.get(f"/files/{stored.id}").status_code == 404
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/{stored.id}/remove").status_code == 404
    sign_in(client, owner)
    assert client.post(f"{address}/{stored.id}/remove").status_code == 302
    assert not licences_of(organisation.id)
