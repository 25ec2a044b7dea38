"""Members over HTTP: inviting, asking to join, roles, leaving."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.members.queries import membership_of
from app.accounts.models import Actor, ApiToken, Invitation, Membership, Role
from app.accounts.tokens.operations import create_token
from app.core.clock import now
from app.core.db import session
from app.core.events import relay
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_person, sign_in


def mine(actor: Actor) -> Membership:
    assert actor.user_id is not None
    assert actor.organisation_id is not None
    found = membership_of(actor.user_id, actor.organisation_id)
    assert found is not None
    return found


def invitation_link(email: str) -> str:
    mail = session.scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.id.desc())).first()
    assert mail is not None
    found = re.search(r"/invitations/\S+", mail.body)
    assert found is not None
    return found[0]


def test_an_invited_person_joins_with_the_roles_and_acts_for_the_organisation(client: FlaskClient, app: Flask) -> None:
    owner, guest = make_actor(), make_person()
    sign_in(client, owner)
    members = f"/organisations/{owner.organisation_id}/members"
    assert client.post(members, data={"email": guest.email, "roles": ["booker", "finance"]}).status_code == 302
    assert guest.email in client.get(members).text
    link, theirs = invitation_link(guest.email), app.test_client()
    assert theirs.get(link).headers["Location"].startswith("/sign-in")
    sign_in(theirs, Actor(user=guest))
    assert theirs.get(link).status_code == 200
    assert theirs.post(link).headers["Location"] == f"/organisations/{owner.organisation_id}"
    assert theirs.get(f"/organisations/{owner.organisation_id}").status_code == 200
    assert sorted(mine(Actor(user=guest, organisation=owner.organisation)).roles) == ["booker", "finance"]
    assert theirs.get(link).status_code == 410


def test_an_invitation_is_of_no_use_to_another_address(client: FlaskClient, app: Flask) -> None:
    owner, guest, thief = make_actor(), make_person(), make_person()
    sign_in(client, owner)
    client.post(f"/organisations/{owner.organisation_id}/members", data={"email": guest.email, "roles": "booker"})
    theirs = app.test_client()
    sign_in(theirs, Actor(user=thief))
    assert theirs.post(invitation_link(guest.email)).status_code == 200
    assert owner.organisation_id is not None
    assert membership_of(thief.id, owner.organisation_id) is None


def test_a_withdrawn_invitation_no_longer_works(client: FlaskClient, app: Flask) -> None:
    owner, guest = make_actor(), make_person()
    sign_in(client, owner)
    client.post(f"/organisations/{owner.organisation_id}/members", data={"email": guest.email, "roles": "booker"})
    invitation = session.scalars(select(Invitation)).one()
    stranger = app.test_client()
    sign_in(stranger, make_actor())
    assert stranger.post(f"/invitations/{invitation.id}/withdraw").status_code == 404
    assert client.post(f"/invitations/{invitation.id}/withdraw").status_code == 302
    sign_in(stranger, Actor(user=guest))
    assert stranger.get(invitation_link(guest.email)).status_code == 410


@pytest.mark.parametrize("roles", [[], ["verifier"], ["manager"], ["nonsense"]])
def test_an_enterprise_gives_only_the_roles_of_its_kind(client: FlaskClient, roles: list[str]) -> None:
    owner = make_actor()
    sign_in(client, owner)
    data = {"email": "new@corp.example", "roles": roles}
    assert client.post(f"/organisations/{owner.organisation_id}/members", data=data).status_code == 422
    assert session.scalars(select(Invitation)).all() == []


def test_a_member_is_not_invited_again(client: FlaskClient) -> None:
    owner = make_actor()
    booker = make_actor(owner.organisation, Role.BOOKER)
    sign_in(client, owner)
    assert booker.user is not None
    data = {"email": booker.user.email, "roles": "booker"}
    assert client.post(f"/organisations/{owner.organisation_id}/members", data=data).status_code == 422


def test_only_owners_invite_and_give_roles(client: FlaskClient) -> None:
    owner = make_actor()
    sign_in(client, make_actor(owner.organisation, Role.BOOKER))
    members = f"/organisations/{owner.organisation_id}/members"
    assert client.get(members).status_code == 200
    assert client.post(members, data={"email": "x@corp.example", "roles": "booker"}).status_code == 403
    for path in ("", "/decline", "/remove"):
        assert client.post(f"/memberships/{mine(owner).id}{path}", data={"roles": "booker"}).status_code == 403


def test_members_read_who_belongs_and_only_owners_and_the_operator_read_addresses(client: FlaskClient) -> None:
    owner, asker = make_actor(), make_person()
    assert owner.user is not None
    booker = make_actor(owner.organisation, Role.BOOKER)
    session.add(Membership(user_id=asker.id, organisation_id=owner.organisation_id, roles=[], requested_at=now()))
    session.flush()
    pages = [f"/organisations/{owner.organisation_id}/members{query}" for query in ("", "?format=csv")]
    for actor, addresses in ((booker, False), (owner, True), (make_operator(), True)):
        sign_in(client, actor)
        for text in (client.get(page).text for page in pages):
            assert owner.user.name in text
            assert (owner.user.email in text, asker.email in text) == (addresses, addresses)
        assert (owner.user.name in client.get(f"{pages[0]}?q={owner.user.email}").text) is addresses


def test_who_asks_to_join_is_let_in_by_an_owner(client: FlaskClient, app: Flask) -> None:
    owner, asker = make_actor(), make_person()
    assert owner.organisation is not None
    theirs = app.test_client()
    sign_in(theirs, Actor(user=asker))
    assert theirs.post("/organisations/join", data={"code": owner.organisation.code}).status_code == 302
    assert theirs.post("/organisations/join", data={"code": owner.organisation.code}).status_code == 422
    assert theirs.get(f"/organisations/{owner.organisation_id}").status_code == 403
    relay()
    assert session.scalars(select(Notification.kind).where(Notification.user_id == owner.user_id)).all() == [
        "join_requested"
    ]
    asked = membership_of(asker.id, owner.organisation.id)
    assert asked is not None
    sign_in(client, owner)
    assert client.get(f"/memberships/{asked.id}").status_code == 200
    assert client.post(f"/memberships/{asked.id}", data={"roles": "booker"}).status_code == 302
    relay()
    assert session.scalars(select(Notification.kind).where(Notification.user_id == asker.id)).all() == ["member_joined"]
    data = {"organisation": owner.organisation.code}
    assert theirs.post("/organisations/switch", data=data).status_code == 302
    assert theirs.get(f"/organisations/{owner.organisation_id}").status_code == 200


def test_a_declined_request_is_gone(client: FlaskClient) -> None:
    owner, asker = make_actor(), make_person()
    asked = Membership(user_id=asker.id, organisation_id=owner.organisation_id, roles=[], requested_at=asker.created_at)
    session.add(asked)
    session.commit()
    sign_in(client, owner)
    assert client.post(f"/memberships/{asked.id}/decline").status_code == 302
    assert owner.organisation_id is not None
    assert membership_of(asker.id, owner.organisation_id) is None


def test_an_unregistered_code_and_the_operator_cannot_be_joined(client: FlaskClient) -> None:
    sign_in(client, Actor(user=make_person()))
    operator = make_operator().organisation
    assert operator is not None
    for code in ("91110108551385082Q", "91110108551385082R", operator.code):
        assert client.post("/organisations/join", data={"code": code}).status_code == 422


def test_roles_are_changed_and_the_last_owner_stays(client: FlaskClient) -> None:
    owner = make_actor()
    booker = make_actor(owner.organisation, Role.BOOKER)
    sign_in(client, owner)
    me, other = mine(owner), mine(booker)
    assert client.post(f"/memberships/{me.id}", data={"roles": "booker"}).status_code == 422
    client.post(f"/memberships/{me.id}/remove")
    assert mine(owner).roles == ["owner"]
    assert client.post(f"/memberships/{other.id}", data={"roles": ["owner", "booker"]}).status_code == 302
    assert mine(booker).roles == ["owner", "booker"]
    assert client.post(f"/memberships/{me.id}/remove").headers["Location"] == "/organisations"
    assert owner.user_id is not None
    assert owner.organisation_id is not None
    assert membership_of(owner.user_id, owner.organisation_id) is None


def test_a_member_leaves_and_its_tokens_for_the_organisation_end(client: FlaskClient) -> None:
    owner = make_actor()
    booker = make_actor(owner.organisation, Role.BOOKER)
    create_token(booker, booker.organisation, name="robot")
    sign_in(client, booker)
    assert client.post(f"/memberships/{mine(booker).id}/remove").status_code == 302
    assert session.scalars(select(ApiToken.revoked_at).where(ApiToken.user_id == booker.user_id)).one() is not None
    assert client.get(f"/organisations/{owner.organisation_id}").status_code == 403


def test_a_removed_member_is_out_at_once(client: FlaskClient, app: Flask) -> None:
    owner = make_actor()
    booker = make_actor(owner.organisation, Role.BOOKER)
    theirs = app.test_client()
    sign_in(theirs, booker)
    sign_in(client, owner)
    client.post(f"/memberships/{mine(booker).id}/remove")
    assert theirs.get(f"/organisations/{owner.organisation_id}").status_code == 403


def test_strangers_find_no_membership(client: FlaskClient) -> None:
    foreign = mine(make_actor())
    sign_in(client, make_actor(make_organisation()))
    assert client.get(f"/memberships/{foreign.id}").status_code == 404
    for path in ("", "/decline", "/remove"):
        assert client.post(f"/memberships/{foreign.id}{path}", data={"roles": "owner"}).status_code == 404


def test_members_are_found_by_name_or_address_and_have_pages_and_a_file(client: FlaskClient) -> None:
    owner = make_actor()
    for _member in range(30):
        make_actor(owner.organisation, Role.BOOKER)
    wanted = make_actor(owner.organisation, Role.FINANCE)
    assert wanted.user is not None
    wanted.user.name = "=欧阳%晴"
    session.flush()
    sign_in(client, owner)
    members = f"/organisations/{owner.organisation_id}/members"
    assert "of 32</p>" in client.get(members, headers={"Accept-Language": "en"}).text
    assert wanted.user.email in client.get(f"{members}?q=阳%25").text
    file = client.get(f"{members}?q=阳%25&format=csv", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert file.splitlines()[1].startswith(f"'=欧阳%晴,{wanted.user.email},Finance,Member,")
    assert len(file.splitlines()) == 2
