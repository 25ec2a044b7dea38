"""The page that refuses says which role it takes and whom to ask (flows.md W23)."""

from flask.testing import FlaskClient

from app.accounts.models import OrganisationKind, Role
from app.core.db import session
from tests.accounts.factories import make_actor, make_organisation, sign_in

EN = {"Accept-Language": "en"}


def test_a_refused_colleague_learns_whom_to_ask(client: FlaskClient) -> None:
    institution = make_organisation(OrganisationKind.INSTITUTION)
    owner, finance = make_actor(institution, Role.OWNER), make_actor(institution, Role.FINANCE)
    technician = make_actor(institution, Role.TECHNICIAN)
    elsewhere = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.FINANCE)
    assert owner.user is not None
    assert finance.user is not None
    assert elsewhere.user is not None
    sign_in(client, technician)
    refused = client.get("/statements", headers=EN)
    assert refused.status_code == 403
    assert f"Needs the role “Owner or Finance”: ask {owner.user.name}, {finance.user.name}." in refused.text
    assert elsewhere.user.name not in refused.text


def test_where_nobody_has_the_role_the_role_alone_is_named(client: FlaskClient) -> None:
    technician = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.TECHNICIAN)
    sign_in(client, technician)
    assert "Needs the role “Owner or Finance”." in client.get("/charges", headers=EN).text


def test_a_booker_of_an_enterprise_is_sent_to_its_owner_for_the_bills(client: FlaskClient) -> None:
    enterprise = make_organisation()
    owner, booker = make_actor(enterprise, Role.OWNER), make_actor(enterprise, Role.BOOKER)
    session.commit()
    assert owner.user is not None
    sign_in(client, booker)
    refused = client.get("/bills", headers=EN)
    assert refused.status_code == 403
    assert f"ask {owner.user.name}." in refused.text
    assert "/bills" not in client.get("/desk", headers=EN).text


def test_the_account_number_is_for_owners(client: FlaskClient) -> None:
    organisation = make_organisation(bank_account="6222000011112222", bank_name="Bank", bank_account_name="X")
    page = f"/organisations/{organisation.id}"
    sign_in(client, make_actor(organisation, Role.OWNER))
    assert "2222" in client.get(page).text
    sign_in(client, make_actor(organisation, Role.BOOKER))
    shown = client.get(page)
    assert shown.status_code == 200
    assert "2222" not in shown.text
