"""An independent client (PyPI oaipmh-scythe) harvests the running site: all pages, sets, deleted records."""

from datetime import date
from typing import Any

import pytest
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch

from app.accounts.models import OrganisationKind
from app.core.db import session
from app.core.web import App
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.portal.operations import refresh_all
from tests.accounts.factories import make_organisation
from tests.live.servers import Server
from tests.live.world import committed
from tests.market.factories import make_open_licence, make_patent, make_pilot

pytestmark = [pytest.mark.live, pytest.mark.slow]

ANNOUNCED, PILOTS = 130, 90


@pytest.fixture(scope="module")
def owner_set(live_app: App) -> str:
    """The set of an institution with many announced licences and pilots, one of which was withdrawn."""
    with committed(live_app):
        owner = make_organisation(OrganisationKind.INSTITUTION)
        announced = [make_open_licence(make_patent(owner)) for _number in range(ANNOUNCED)]
        for _number in range(PILOTS):
            make_pilot(make_patent(owner))
        refresh_all()
        code, gone = owner.code, announced[0].id
    with committed(live_app):
        withdrawn = session.get_one(OpenLicence, gone)
        withdrawn.state, withdrawn.ended_on = DeclarationState.WITHDRAWN, date(2026, 11, 1)
        session.flush()
        refresh_all()
    return f"owner-{code}"


def harvester(server: Server) -> Any:
    """The client; what its models hold is known only when an answer is there."""
    return Scythe(f"http://{server.host}:{server.port}/oai")


def test_an_independent_client_harvests_everything_once(server: Server, owner_set: str) -> None:
    with harvester(server) as client:
        found = list(client.list_records(metadata_prefix="oai_dc", set_=owner_set))
        live = list(client.list_records(metadata_prefix="jishi", set_=owner_set, ignore_deleted=True))
        heads = list(client.list_identifiers(metadata_prefix="oai_dc", set_=owner_set))
    identifiers = [one.header.identifier for one in found]
    assert len(identifiers) == len(set(identifiers)) == ANNOUNCED + PILOTS
    assert [one.header.deleted for one in found].count(True) == 1
    assert len(live) == ANNOUNCED + PILOTS - 1
    assert [one.identifier for one in heads] == identifiers


def test_an_independent_client_reads_what_the_repository_is(server: Server, owner_set: str) -> None:
    with harvester(server) as client:
        assert client.identify().deletedRecord == "persistent"
        assert {one.metadataPrefix for one in client.list_metadata_formats()} == {"oai_dc", "jishi"}
        assert owner_set in {one.setSpec for one in client.list_sets()}
        first = next(client.list_identifiers(metadata_prefix="oai_dc", set_=owner_set))
        record = client.get_record(identifier=first.identifier, metadata_prefix="oai_dc")
        assert record.header.identifier == first.identifier
        with pytest.raises(NoRecordsMatch):
            list(client.list_records(metadata_prefix="oai_dc", until="2001-01-01"))
