"""OAI-PMH 2.0, verb by verb and fault by fault; an independent client harvests in tests/live/test_harvest.py."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import update

from app.core.db import session
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.portal import harvesting
from app.market.portal.models import Publication
from app.market.portal.oai import Harvest, ProtocolError, element, read_harvest, stamp
from app.market.portal.operations import publish_state, refresh_all
from tests.market.factories import make_open_licence, make_patent, make_pilot

OAI = "{http://www.openarchives.org/OAI/2.0/}"
OWN = "{urn:jishi:open-licence:1}"
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


def ask(client: FlaskClient, query: str) -> ET.Element:
    answer = client.get(f"/oai?{query}")
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    return ET.fromstring(answer.data)


def fault(client: FlaskClient, query: str) -> str:
    found = ask(client, query).find(f"{OAI}error")
    return "" if found is None else found.attrib["code"]


def identifiers(root: ET.Element) -> list[str]:
    return [str(one.text).rpartition("/")[2] for one in root.iter(f"{OAI}identifier")]


@pytest.fixture
def listed() -> tuple[OpenLicence, OpenLicence, OpenLicence]:
    """An announced licence, a pilot, and one that has been withdrawn."""
    announced, pilot, gone = make_open_licence(), make_pilot(), make_open_licence()
    refresh_all()
    gone.state, gone.ended_on = DeclarationState.WITHDRAWN, date(2026, 11, 1)
    session.flush()
    assert publish_state(gone.id)
    return announced, pilot, gone


def test_the_repository_says_what_it_keeps(client: FlaskClient, listed: object) -> None:
    root = ask(client, "verb=Identify")
    texts = {one.tag.removeprefix(OAI): one.text for one in root.iter()}
    assert (texts["protocolVersion"], texts["deletedRecord"]) == ("2.0", "persistent")
    assert texts["granularity"] == "YYYY-MM-DDThh:mm:ssZ"
    assert texts["baseURL"] == "http://localhost/oai"
    formats = [one.text for one in ask(client, "verb=ListMetadataFormats").iter(f"{OAI}metadataPrefix")]
    assert formats == ["oai_dc", "jishi"]


def test_pilots_are_told_apart_and_the_withdrawn_are_deleted(
    client: FlaskClient, listed: tuple[OpenLicence, OpenLicence, OpenLicence]
) -> None:
    announced, pilot, gone = listed
    root = ask(client, "verb=ListRecords&metadataPrefix=jishi")
    said = {one.findtext(f"{OWN}number"): one.attrib for one in root.iter(f"{OWN}openLicence")}
    assert said[announced.number]["status"] == "announced"
    assert said[announced.number]["canBeTaken"] == "true"
    assert (said[pilot.number]["status"], said[pilot.number]["canBeTaken"]) == ("pilot", "false")
    deleted = [one for one in root.iter(f"{OAI}header") if one.get("status") == "deleted"]
    assert [str(one.findtext(f"{OAI}identifier")).rpartition("/")[2] for one in deleted] == [str(gone.id)]
    sets = {name: identifiers(ask(client, f"verb=ListIdentifiers&metadataPrefix=oai_dc&set={name}"))
            for name in ("status-announced", "status-pilot")}  # fmt: skip
    assert sets == {"status-announced": [str(announced.id), str(gone.id)], "status-pilot": [str(pilot.id)]}
    owner = announced.patent.owner.code
    assert identifiers(ask(client, f"verb=ListIdentifiers&metadataPrefix=oai_dc&set=owner-{owner}")) == [
        str(announced.id)
    ]
    assert f"owner-{owner}" in [one.text for one in ask(client, "verb=ListSets").iter(f"{OAI}setSpec")]


def test_a_patent_taken_out_of_the_portfolio_leaves_a_deleted_record(
    client: FlaskClient, listed: tuple[OpenLicence, OpenLicence, OpenLicence]
) -> None:
    _announced, pilot, _gone = listed
    pilot.patent.published_at = None
    session.flush()
    assert refresh_all() == 1
    root = ask(client, f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:open-licence/{pilot.id}")
    head = root.find(f".//{OAI}header")
    assert head is not None
    assert head.get("status") == "deleted"
    assert root.find(f".//{OAI}metadata") is None


def test_records_in_our_own_format_obey_its_schema(client: FlaskClient, listed: object) -> None:
    schema = etree.XMLSchema(etree.fromstring(client.get("/oai/jishi.xsd").data))
    root = etree.fromstring(client.get("/oai?verb=ListRecords&metadataPrefix=jishi").data)
    found = list(root.iter(f"{OWN}openLicence"))
    assert len(found) == 2
    for one in found:
        schema.assertValid(etree.fromstring(etree.tostring(one)))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"), ("verb=Nonsense", "badVerb"), ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=x", "badArgument"), ("verb=ListRecords", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a&set=b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-02&until=2026-11-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-02&until=2026-11-03T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nothing", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=2001-01-01", "noRecordsMatch"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:elsewhere:1", "idDoesNotExist"),
        (f"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:open-licence/{uuid4()}", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=x", "idDoesNotExist"),
    ],
)  # fmt: skip
def test_every_fault_has_the_code_of_the_protocol(client: FlaskClient, listed: object, query: str, code: str) -> None:
    assert fault(client, query) == code
    request = ask(client, query).find(f"{OAI}request")
    assert request is not None
    assert (request.attrib == {}) == (code in {"badVerb", "badArgument"})


def test_a_list_in_pages_gives_each_record_once_though_one_changes_meanwhile(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (harvesting, __import__("app.market.portal.oai_views", fromlist=["x"])):
        monkeypatch.setattr(module, "PAGE_SIZE", 2)
    made = [make_open_licence() for _number in range(5)]
    refresh_all()
    session.execute(update(Publication).values(changed_at=datetime(2026, 11, 1, tzinfo=UTC)))
    seen, query, pages = [], "verb=ListIdentifiers&metadataPrefix=oai_dc", 0
    while query:
        root = ask(client, query)
        pages += 1
        seen += identifiers(root)
        token = root.find(f".//{OAI}resumptionToken")
        assert token is not None
        assert token.get("cursor") == str(2 * (pages - 1))
        query = f"verb=ListIdentifiers&resumptionToken={token.text}" if token.text else ""
        if pages == 1:
            made[-1].patent.use_text = "别的用途"
            session.flush()
            refresh_all()
            session.execute(
                update(Publication).where(Publication.open_licence_id == made[-1].id)
                .values(changed_at=datetime.now(UTC) + timedelta(minutes=1))
            )  # fmt: skip
    assert pages == 2
    assert sorted(seen) == sorted(str(one.id) for one in made[:-1])


def test_nothing_moves_the_datestamp_but_a_difference() -> None:
    one = make_open_licence()
    refresh_all()
    session.execute(update(Publication).values(changed_at=datetime(2026, 11, 1, tzinfo=UTC)))
    session.expire_all()
    assert refresh_all() == 0
    kept = session.get_one(Publication, one.id)
    assert kept.changed_at == datetime(2026, 11, 1, tzinfo=UTC)
    one.patent.title = "另一种胶"
    session.flush()
    assert refresh_all() == 1
    session.refresh(kept)
    assert kept.changed_at > datetime(2026, 11, 1, tzinfo=UTC)


def test_what_xml_cannot_carry_is_left_out(client: FlaskClient) -> None:
    make_open_licence(make_patent(use_text="<胶> & \x0b“引号”\ufffe]]>"))
    refresh_all()
    root = ask(client, "verb=ListRecords&metadataPrefix=jishi")
    assert [one.text for one in root.iter(f"{OWN}use")] == ["<胶> & “引号”]]>"]


def test_post_is_answered_like_get_without_a_token(client: FlaskClient, listed: object) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = True
    sent = client.post("/oai", data={"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"})
    assert len(identifiers(ET.fromstring(sent.data))) == 3


@pytest.mark.nodb
@given(st.text(max_size=60))
def test_no_token_that_was_made_up_is_followed(token: str) -> None:
    with pytest.raises(ProtocolError, match="not one of ours"):
        read_harvest({"resumptionToken": token}, NOW)


@pytest.mark.nodb
@given(st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2090, 1, 1)), st.uuids(), st.integers(0, 10**6))  # noqa: DTZ001 made aware below
def test_a_token_holds_the_whole_request(moment: datetime, identity: object, cursor: int) -> None:
    last = moment.replace(microsecond=0, tzinfo=UTC)
    harvest = Harvest("jishi", None, NOW, "pilot", "", None, cursor)
    again = read_harvest({"resumptionToken": harvest.token((last, identity), 100)}, NOW)  # type: ignore[arg-type]
    assert again == Harvest("jishi", None, NOW, "pilot", "", (last, identity), cursor + 100)  # type: ignore[arg-type]
    assert stamp(last).endswith("Z")


@pytest.mark.nodb
@given(st.text())
def test_every_text_makes_well_formed_xml(text: str) -> None:
    written = element("x", text, lang=text)
    if text:
        ET.fromstring(written)
