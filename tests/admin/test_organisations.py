"""The operator's queue of organisations."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, Organisation, Role, Verification
from app.core.audit import AuditEntry
from app.core.clock import now
from app.core.db import session
from app.core.events import relay
from app.core.i18n import force_locale
from app.notifications.kinds import sentence_of
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in


@pytest.fixture
def operator(client: FlaskClient) -> Actor:
    actor = make_operator()
    sign_in(client, actor)
    return actor


def waiting(**overrides: Any) -> Organisation:
    return make_organisation(verification=Verification.WAITING, verified_at=None, **overrides)


def state_of(organisation: Organisation) -> Verification:
    return organisation.verification


def test_who_waits_longest_comes_first(client: FlaskClient, operator: Actor) -> None:
    late, early = waiting(created_at=now()), waiting(created_at=now() - timedelta(days=2))
    page = client.get("/admin/organisations").text
    assert page.index(early.name) < page.index(late.name)


def test_one_click_in_the_queue_verifies_tells_the_owners_and_is_logged(client: FlaskClient, operator: Actor) -> None:
    owner = make_actor(waiting())
    organisation = owner.organisation
    assert organisation is not None
    assert client.post(f"/admin/organisations/{organisation.id}/verify").status_code == 302
    assert organisation.is_verified
    assert organisation.verified_at is not None
    relay()
    told = session.scalars(select(Notification.kind).where(Notification.user_id == owner.user_id)).all()
    assert told == ["organisation_verified"]
    assert owner.user is not None
    assert len(session.scalars(select(Mail).where(Mail.recipient == owner.user.email)).all()) == 1
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "organisation.verified")).one()
    assert (entry.user_id, entry.subject_id) == (operator.user_id, organisation.id)
    assert entry.changes["verification"] == ["waiting", "verified"]


def test_a_chip_asks_for_more_and_the_owner_reads_it(client: FlaskClient, operator: Actor) -> None:
    owner = make_actor(waiting())
    organisation = owner.organisation
    assert organisation is not None
    assert owner.user is not None
    owner.user.locale = "zh_CN"
    answer = client.post(
        f"/admin/organisations/{organisation.id}/ask",
        data={"chip": "asked:licence", "note": ""},
        headers={"Accept-Language": "en"},
    )
    assert answer.status_code == 302
    assert organisation.verification is Verification.ASKED
    relay()
    notice = session.scalars(select(Notification).where(Notification.user_id == owner.user_id)).one()
    for locale, words in (("zh_CN", "营业执照副本"), ("en", "a copy of the licence")):
        with force_locale(locale):
            assert words in sentence_of(notice)
        page = client.get(f"/admin/organisations/{organisation.id}", headers={"Accept-Language": locale[:2]}).text
        assert words in page
    assert "营业执照副本" in session.scalars(select(Mail.subject).where(Mail.recipient == owner.user.email)).one()


def test_own_words_are_told_as_they_are_and_a_made_up_chip_is_none(client: FlaskClient, operator: Actor) -> None:
    organisation = waiting()
    made_up = {"chip": "asked:anything", "note": "Call us, please."}
    assert client.post(f"/admin/organisations/{organisation.id}/ask", data=made_up).status_code == 302
    assert organisation.verification_note == "Call us, please."


def test_a_refusal_needs_a_reason(client: FlaskClient, operator: Actor) -> None:
    organisation = waiting()
    assert client.post(f"/admin/organisations/{organisation.id}/refuse", data={"note": " "}).status_code == 422
    assert state_of(organisation) is Verification.WAITING
    answer = client.post(f"/admin/organisations/{organisation.id}/refuse", data={"note": "重复注册"})
    assert answer.status_code == 302
    assert state_of(organisation) is Verification.REFUSED


def test_two_verifiers_do_not_decide_twice(client: FlaskClient, operator: Actor) -> None:
    organisation = waiting()
    client.post(f"/admin/organisations/{organisation.id}/verify")
    assert client.post(f"/admin/organisations/{organisation.id}/verify").status_code == 409
    assert client.post(f"/admin/organisations/{organisation.id}/refuse", data={"note": "x"}).status_code == 422


def test_similar_names_are_pointed_out(client: FlaskClient, operator: Actor) -> None:
    first, second = waiting(name="吉林松江精密检测中心"), make_organisation(name="吉林松江精密检测中心有限公司")
    same = make_organisation(name=first.name)
    page = client.get(f"/admin/organisations/{first.id}").text
    assert second.code in page
    assert same.code in page
    assert "badge-warn" in client.get("/admin/organisations").text


def test_states_words_pages_and_the_file(client: FlaskClient, operator: Actor) -> None:
    verified, queued = make_organisation(name="百分%之_百"), waiting(name="=cmd()")
    listing = client.get("/admin/organisations?state=verified&q=%25之_").text
    assert verified.name in listing
    assert queued.code not in listing
    assert client.get("/admin/organisations?state=nonsense&q=%00&page=99999").status_code == 200
    file = client.get("/admin/organisations?format=csv")
    assert file.mimetype == "text/csv"
    assert "'=cmd()" in file.get_data(as_text=True)


def test_the_bank_account_is_masked(client: FlaskClient, operator: Actor) -> None:
    organisation = waiting(bank_account="6222021234567890")
    page = client.get(f"/admin/organisations/{organisation.id}").text
    assert "6222021234567890" not in page
    assert "7890" in page


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/verify", "/{id}/ask", "/{id}/refuse"])
def test_other_organisations_find_nothing_here_and_visitors_sign_in(client: FlaskClient, path: str) -> None:
    organisation = waiting()
    address = "/admin/organisations" + path.format(id=organisation.id)
    send = client.post if path.count("/") == 2 else client.get
    assert send(address).status_code == 302
    sign_in(client, make_actor(organisation))
    assert send(address).status_code == 404
    assert organisation.verification is Verification.WAITING


def test_an_auditor_reads_the_queue_but_does_not_decide(client: FlaskClient) -> None:
    organisation = waiting()
    sign_in(client, make_operator(Role.AUDITOR))
    assert client.get(f"/admin/organisations/{organisation.id}").status_code == 200
    assert client.post(f"/admin/organisations/{organisation.id}/verify").status_code == 403
    assert "/verify" not in client.get("/admin/organisations").text


def test_verifiers_are_told_of_a_newcomer(client: FlaskClient) -> None:
    verifier = make_operator(Role.VERIFIER)
    owner = make_actor()
    sign_in(client, owner)
    entries = {"code": "91110108551385082Q", "name": "小米科技", "phone": "010-60606666", "kind": "enterprise"}
    client.post("/organisations/new", data=entries)
    relay()
    told = session.scalars(select(Notification).where(Notification.user_id == verifier.user_id)).one()
    assert told.kind == "organisation_waiting"
    assert told.url.startswith("/admin/organisations/")
