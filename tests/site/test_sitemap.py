"""The sitemap: what is public and nothing else, in the form of the protocol, with flat memory."""

import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import DateTime, Uuid, column, select, table, text, update

from app.accounts.models import OrganisationKind
from app.core.clock import today
from app.core.db import session
from app.core.sitemaps import Section, sections
from app.core.web import App
from app.equipment.instruments.models import Instrument
from app.market.open_licences.models import DeclarationState
from app.market.patents.models import LegalStatus, Patent
from tests.accounts.factories import make_organisation
from tests.equipment.factories import make_instrument
from tests.market.factories import make_open_licence, make_patent, make_pilot

SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# What sitemaps.org 0.9 asks of both kinds of file, in our own words.
SCHEMA = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{SPACE}" targetNamespace="{SPACE}"
  elementFormDefault="qualified">
  <xs:simpleType name="address"><xs:restriction base="xs:anyURI">
    <xs:pattern value="https?://.+"/><xs:maxLength value="2048"/></xs:restriction></xs:simpleType>
  <xs:complexType name="place"><xs:sequence>
    <xs:element name="loc" type="address"/><xs:element name="lastmod" type="xs:dateTime" minOccurs="0"/>
  </xs:sequence></xs:complexType>
  <xs:element name="urlset"><xs:complexType><xs:sequence>
    <xs:element name="url" type="place" minOccurs="0" maxOccurs="50000"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="sitemapindex"><xs:complexType><xs:sequence>
    <xs:element name="sitemap" type="place" maxOccurs="50000"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""


def document(client: FlaskClient, path: str) -> dict[str, str]:
    """Address → last change of a file that is as the protocol wants it."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml"), path
    assert answer.cache_control.public
    root = etree.fromstring(answer.data)
    etree.XMLSchema(etree.fromstring(SCHEMA)).assertValid(root)
    entries = [{etree.QName(part).localname: str(part.text) for part in one} for one in root]
    assert len({entry["loc"] for entry in entries}) == len(entries)
    return {entry["loc"].removeprefix("http://localhost"): entry.get("lastmod", "") for entry in entries}


def everything(client: FlaskClient) -> dict[str, str]:
    """What all files of the index name."""
    found: dict[str, str] = {}
    for path in document(client, "/sitemap.xml"):
        found |= document(client, path)
    return found


def test_robots_names_the_sitemap_and_keeps_off_what_is_private(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert "Sitemap: http://localhost/sitemap.xml" in lines
    assert {"Disallow: /consents/", "Disallow: /watch-links/"} <= set(lines)


def test_all_that_is_public_is_there_once_and_every_address_answers(client: FlaskClient) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    announced, pilot = make_open_licence(make_patent(owner)), make_pilot(make_patent(owner))
    bare = make_patent(owner)
    instrument = make_instrument()
    session.execute(update(Patent).values(changed_at=datetime(2026, 11, 1, 2, 3, 4, tzinfo=UTC)))
    wanted = {f"/patents/{one}" for one in (announced.patent_id, pilot.patent_id, bare.id)}
    wanted |= {f"/instruments/{instrument.id}", f"/organisations/{owner.code}/patents", "/", "/patents", "/instruments"}
    found = everything(client)
    assert wanted <= set(found)
    assert all(found[path] for path in wanted if path.count("/") > 1)
    for path in found:
        assert client.get(path).status_code == 200, path


def test_what_is_not_public_is_never_in_it(client: FlaskClient) -> None:
    secret = make_organisation(OrganisationKind.INSTITUTION)
    hidden: list[Patent] = [
        make_patent(secret, published_at=None),
        make_open_licence(make_patent(secret, published_at=None), state=DeclarationState.FILED).patent,
        make_patent(secret, legal_status=LegalStatus.LAPSED),
        make_open_licence(
            make_patent(secret, legal_status=LegalStatus.LAPSED), state=DeclarationState.LAPSED, ended_on=today()
        ).patent,
    ]
    draft = make_instrument(state="draft", published_at=None)
    names = [*(str(one.id) for one in hidden), str(draft.id), secret.code]
    said = " ".join(everything(client))
    assert [name for name in names if name in said] == []
    assert session.get_one(Instrument, draft.id).published_at is None
    assert client.get(f"/sitemap/none-{draft.id}.xml").status_code == 404


def test_a_file_is_told_by_its_first_thing_so_that_a_new_one_moves_none(app: App) -> None:
    section = sections()["patents"]
    for _number in range(5):
        make_patent()
    before = section.pages(size=2)
    assert [sum(1 for _entry in section.entries(one.first, size=2)) for one in before] == [2, 2, 1]
    make_patent()
    after = section.pages(size=2)
    assert [one.first for one in after] == [one.first for one in before]
    assert after[-1].changed_at != before[-1].changed_at
    paths = [entry.path for one in after for entry in section.entries(one.first, size=2)]
    assert len(set(paths)) == 6


@pytest.fixture
def crowd(app: App) -> Section:
    """A section of 120,000 things."""
    session.execute(
        text("CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS SELECT md5(n::text)::uuid AS id, clock_timestamp() AS "
             "changed_at FROM generate_series(1, 120000) AS n")
    )  # fmt: skip
    session.execute(text("CREATE UNIQUE INDEX crowd_id ON crowd (id)"))
    things = table("crowd", column("id", Uuid()), column("changed_at", DateTime(timezone=True)))
    return Section("crowd", lambda: select(things.c.id, things.c.changed_at), lambda row: f"/things/{row.id}")


def test_files_hold_fifty_thousand_at_most_and_all_of_them_everything(crowd: Section) -> None:
    pages = crowd.pages()
    counts = [sum(1 for _entry in crowd.entries(one.first)) for one in pages]
    assert counts == [50_000, 50_000, 20_000]


def test_memory_is_flat_however_long_a_file_is(crowd: Section) -> None:
    first = crowd.pages()[0].first

    def peak(size: int) -> int:
        tracemalloc.start()
        try:
            assert sum(1 for _entry in crowd.entries(first, size)) == size
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2_000)
    short, long = peak(4_000), peak(50_000)
    assert long < 1.5 * short + 200_000, (short, long)


def test_the_index_says_when_a_file_last_changed(client: FlaskClient) -> None:
    patent = make_patent()
    at = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    session.execute(update(Patent).where(Patent.id == patent.id).values(changed_at=at - timedelta(days=1)))
    make_open_licence(patent).changed_at = at
    session.flush()
    index = document(client, "/sitemap.xml")
    assert [at for path, at in index.items() if path.startswith("/sitemap/patents-")] == ["2027-01-02T03:04:05Z"]
