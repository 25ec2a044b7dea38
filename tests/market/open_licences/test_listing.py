"""How patents are listed in their owner's portfolio, and what is not noted beside an open licence."""

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts.models import OrganisationKind, Role
from app.core.db import db, session
from app.core.errors import Conflict
from app.market.open_licences.listing import listed
from app.market.open_licences.models import DeclarationState
from app.market.patents.models import Encumbrance, EncumbranceKind, Patent
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.market.factories import make_open_licence, make_patent, make_pilot
from tests.market.open_licences.declaring import make_announced, make_filed, make_ready

ENGLISH = {"Accept-Language": "en"}
SINCE = date(2024, 1, 1)


def test_the_portfolio_is_filtered_by_how_patents_are_listed(client: FlaskClient) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    sign_in(client, make_actor(owner, Role.TRANSFER))
    bare, ended, draft, pilot, opened, leaving = (make_patent(owner) for _patent in range(6))
    make_open_licence(
        ended, state=DeclarationState.WITHDRAWN, ended_on=opened.granted_on, withdrawal_announcement_no="W"
    )
    make_pilot(draft, pilot_at=None)
    make_pilot(pilot)
    make_open_licence(opened)
    make_open_licence(leaving, state=DeclarationState.WITHDRAWING)

    def numbers(listing: str) -> set[str]:
        return set(re.findall(r"ZL[0-9.X]+", client.get(f"/our/patents?listing={listing}", headers=ENGLISH).text))

    def shown(*patents: Patent) -> set[str]:
        return {patent.shown_number for patent in patents}

    assert numbers("announced") == shown(opened, leaving)
    assert numbers("pilot") == shown(pilot)
    assert numbers("declaring") == shown(draft)
    assert numbers("none") == shown(bare, ended)
    words = {identity: (look, str(word)) for identity, (look, word) in listed([draft.id, pilot.id, leaving.id]).items()}
    assert words[pilot.id] == ("pilot", "Pilot, not announced")
    assert words[leaving.id] == ("announced", "Withdrawal filed")
    assert words[draft.id][0] not in {"announced", "pilot"}
    assert set(listed([ended.id, bare.id])) == set()


def test_the_words_of_a_whole_page_are_one_statement() -> None:
    patents = [make_pilot(make_patent()).patent_id for _patent in range(5)]
    session.flush()
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert len(listed(patents)) == 5
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(sent) == 1


@pytest.mark.parametrize("kind", [EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE])
def test_article_51_no_exclusive_licence_is_noted_beside_what_is_open_or_filed(kind: EncumbranceKind) -> None:
    """专利法 art. 51: a sentence (M12) instead of the database's refusal; a pledge may be noted."""
    for case in (make_announced(), make_filed()):
        values = EncumbranceValues(kind, "某公司", SINCE)
        with pytest.raises(Conflict, match="No exclusive or sole licence while open"):
            add_encumbrance(case.officer, case.patent, values)
        pledge = EncumbranceValues(EncumbranceKind.PLEDGE, "松江银行", SINCE)
        assert add_encumbrance(case.officer, case.patent, pledge).holder == "松江银行"
    ready = make_ready()
    assert add_encumbrance(ready.officer, ready.patent, EncumbranceValues(kind, "某公司", SINCE)).kind is kind


def test_the_page_says_so_and_keeps_what_was_typed(client: FlaskClient) -> None:
    case = make_announced()
    sign_in(client, case.officer)
    sent = {"kind": "exclusive_licence", "holder": "某公司", "starts_on": "2026-01-01", "ends_on": ""}
    answer = client.post(f"/our/patents/{case.patent.id}/encumbrances", data=sent, headers=ENGLISH)
    assert answer.status_code in {409, 422}
    assert "No exclusive or sole licence while open." in answer.text
    assert "某公司" in answer.text
    assert session.scalars(select(Encumbrance).where(Encumbrance.patent_id == case.patent.id)).all() == []
