"""Giving a declaration up before it is filed."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.accounts.models import OrganisationKind, Role
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Missing
from app.market.licences.models import LicenceKind
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.giving_up import give_up, give_up_with_transfer
from app.market.open_licences.models import ConsentPurpose, ConsentState, DeclarationState, OpenLicence
from app.market.open_licences.operations import list_pilot, start_declaration
from app.market.open_licences.queries import changes_of, consent_behind, consents_for, live_declaration
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.market.factories import make_pilot
from tests.market.negotiations import factories as negotiations
from tests.market.open_licences.declaring import make_announced, make_case, make_filed, make_ready, share_with, token_of
from tests.market.told import heard, told

S = DeclarationState
ENGLISH = {"Accept-Language": "en"}


def test_what_is_given_up_leaves_room_for_another_declaration() -> None:
    case = make_case()
    share_with(case.patent)
    ask_consents(case.officer, case.again())
    (consent,) = consents_for(case.open_licence, ConsentPurpose.DECLARATION)
    token = token_of(consent)
    for _twice in range(2):
        assert give_up(case.officer, case.again(), "条件要重新商量").state is S.GIVEN_UP
    behind = consent_behind(token)
    assert behind is None or behind.state is ConsentState.VOID
    assert [step.state for step in changes_of(case.open_licence)] == [S.DRAFT, S.CONSENTING, S.GIVEN_UP]
    assert changes_of(case.open_licence)[-1].note == "条件要重新商量"
    assert live_declaration(case.patent.id) is None
    assert start_declaration(case.officer, case.again().patent).state is S.DRAFT


def test_a_pilot_leaves_the_list_with_it() -> None:
    case = make_ready()
    list_pilot(case.officer, case.open_licence)
    assert give_up(case.officer, case.open_licence).pilot_at is None


def test_what_is_filed_or_announced_is_not_given_up() -> None:
    for case in (make_filed(), make_announced()):
        before = case.again().state
        with pytest.raises(Conflict, match="filed with CNIPA"):
            give_up(case.officer, case.open_licence)
        assert case.again().state is before
        assert give_up_with_transfer(case.patent.id, "某公司") is None


def test_only_the_office_gives_up() -> None:
    case = make_case()
    with pytest.raises(Forbidden):
        give_up(make_actor(case.patent.owner, Role.INVENTOR), case.open_licence)
    with pytest.raises(Missing):
        give_up(make_actor(make_organisation(OrganisationKind.INSTITUTION)), case.open_licence)


def test_a_second_live_declaration_is_still_refused_by_the_database() -> None:
    case = make_case()
    with pytest.raises(IntegrityError, match="open_licences_one_live"):
        make_pilot(case.patent)
    session.rollback()


def test_with_the_transfer_of_the_patent_the_sellers_draft_ends_and_the_buyer_declares() -> None:
    case = negotiations.make_case()
    draft = start_declaration(case.owner, case.patent)
    contract = case.signed(LicenceKind.TRANSFER)
    negotiations.pay(contract)
    heard()
    assert session.get_one(OpenLicence, draft.id).state is S.GIVEN_UP
    patent = session.get_one(type(case.patent), case.patent.id)
    assert patent.owner_id == case.asker.organisation_id
    assert patent.owner is not None
    assert start_declaration(case.asker, patent).owner_id == case.asker.organisation_id
    assert told(case.owner, "declaration_ended")


def test_the_page_gives_up_with_one_press_and_says_what_follows(client: FlaskClient) -> None:
    case = make_case()
    sign_in(client, case.officer)
    path = f"/open-licences/{case.open_licence.id}"
    assert "Give this declaration up" in client.get(f"{path}/declare", headers=ENGLISH).text
    assert client.post(f"{path}/give-up", headers=ENGLISH).status_code == 302
    page = client.get(f"{path}/declare", headers=ENGLISH).text
    assert "given up before it was filed" in page
    assert "Seven tasks" not in page
    assert case.again().state is S.GIVEN_UP
