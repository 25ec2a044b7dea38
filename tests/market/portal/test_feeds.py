"""The feeds and the API: the same facts, filtered as in the list, a pilot told apart in every one of them."""

import feedparser
import pytest
from flask.testing import FlaskClient

from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, RoyaltyBase
from tests.market.factories import make_open_licence, make_patent, make_pilot

EN = {"Accept-Language": "en"}


@pytest.fixture
def pair() -> tuple[OpenLicence, OpenLicence]:
    announced = make_open_licence(
        make_patent(title_en="Shrink-free <glue>"), price_form=PriceForm.ROYALTY, rate=250,
        royalty_base=RoyaltyBase.NET_SALES, floor_minor=10_000,
    )  # fmt: skip
    pilot = make_pilot(make_patent(title_en="Tape", ipc=["B32B7/12"]))
    make_patent()
    make_open_licence(make_patent(published_at=None))
    return announced, pilot


def test_rss_is_read_by_an_independent_parser(client: FlaskClient, pair: tuple[OpenLicence, OpenLicence]) -> None:
    feed = feedparser.parse(client.get("/patents/feed.xml", headers=EN).data)
    assert (feed.bozo, feed.version) == (False, "rss20")
    assert [(one.title, one.tags[0].term) for one in feed.entries] == [
        ("Shrink-free <glue>", "announced"), ("[Pilot] Tape", "pilot"),
    ]  # fmt: skip
    assert feed.entries[0].link.endswith(f"/patents/{pair[0].patent_id}")
    assert "it cannot be taken by notice and payment" in feed.entries[1].summary
    assert (
        feedparser.parse(client.get("/patents/feed.xml?class=B32B", headers=EN).data).entries[0].title.endswith("Tape")
    )


def test_the_json_feed_says_what_can_be_taken(client: FlaskClient, pair: tuple[OpenLicence, OpenLicence]) -> None:
    feed = client.get("/patents/feed.json", headers=EN).get_json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    facts = [one["_jishi"] for one in feed["items"]]
    assert [(one["status"], one["can_be_taken"], one["price"]["is_binding"]) for one in facts] == [
        ("announced", True, True), ("pilot", False, False),
    ]  # fmt: skip
    assert len(client.get("/patents/feed.json?status=pilot").get_json()["items"]) == 1


def test_programs_list_and_read_open_licences(client: FlaskClient, pair: tuple[OpenLicence, OpenLicence]) -> None:
    announced, pilot = pair
    listed = client.get("/api/v1/open-licences").get_json()["items"]
    assert [(one["id"], one["status"], one["can_be_taken"]) for one in listed] == [
        (str(pilot.id), "pilot", False), (str(announced.id), "announced", True),
    ]  # fmt: skip
    one = client.get(f"/api/v1/open-licences/{announced.id}").get_json()
    assert one["price"]["rate_percent"] == "2.5"
    assert one["price"]["floor"] == {"amount": 10_000, "currency": "CNY"}
    assert one["patent"]["number"] == announced.patent.shown_number


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=announced", 1), ("status=pilot", 1), ("ipc=C", 1), ("ipc=C09J", 1), ("ipc=A61K", 0),
        ("form=royalty", 1),
        ("q=光学胶", 2), ("q=飞船", 0), ("owner=none", 0), ("limit=1", 1),
    ],
)  # fmt: skip
def test_programs_narrow_the_list(
    client: FlaskClient, pair: tuple[OpenLicence, OpenLicence], query: str, count: int
) -> None:
    assert len(client.get(f"/api/v1/open-licences?{query}").get_json()["items"]) == count


def test_cursors_go_through_the_whole_list(client: FlaskClient, pair: tuple[OpenLicence, OpenLicence]) -> None:
    first = client.get("/api/v1/open-licences?limit=1").get_json()
    second = client.get(f"/api/v1/open-licences?limit=1&cursor={first['next_cursor']}").get_json()
    assert [one["id"] for one in first["items"] + second["items"]] == [str(pair[1].id), str(pair[0].id)]
    assert second["next_cursor"] is None
    assert client.get("/api/v1/open-licences?cursor=x").status_code == 422
    assert client.get("/api/v1/open-licences?ipc=nonsense").status_code == 422


def test_what_is_not_public_is_absent(client: FlaskClient) -> None:
    hidden = make_open_licence(make_patent(published_at=None))
    draft = make_open_licence(state=DeclarationState.DRAFT, announced_on=None)
    for one in (hidden, draft):
        assert client.get(f"/api/v1/open-licences/{one.id}").status_code == 404
