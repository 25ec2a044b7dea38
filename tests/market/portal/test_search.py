"""The list of patents: found by use, told apart by status, counted, compared, and one total for my sales."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.accounts.models import OrganisationKind
from app.core.db import session
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, RoyaltyBase
from app.market.portal.filters import Filters, address, read_filters
from app.market.portal.queries import count_patents, list_patents
from app.market.portal.understanding import plain_words
from tests.accounts.factories import make_organisation
from tests.market.factories import make_open_licence, make_patent, make_pilot

EN = {"Accept-Language": "en"}


@pytest.fixture
def glue() -> OpenLicence:
    """An announced royalty on a glue, besides a pilot and things for other uses."""
    owner = make_organisation(OrganisationKind.INSTITUTION, name="北松大学", name_en="Beisong University")
    glue = make_open_licence(
        make_patent(owner, use_text="粘接手机屏幕和盖板，几乎不收缩", products="光学胶"),
        price_form=PriceForm.UPFRONT_ROYALTY, upfront_minor=5_000_000, rate=200, royalty_base=RoyaltyBase.NET_SALES,
    )  # fmt: skip
    make_pilot(make_patent(owner, use_text="车载屏幕低温贴合", title="一种胶带", ipc=["C09J7/38"]))
    knife = make_patent(
        use_text="切土豆", title="切割机", title_en="Cutter", products="刀", ipc=["B26D1/00"], region="330100"
    )
    make_open_licence(knife, price_form=PriceForm.FREE)
    make_patent(owner, use_text="屏幕检测", title="检测装置", ipc=["G01N21/88"])
    return glue


def found(**arguments: str | list[str]) -> list[str]:
    rows = list_patents(read_filters(MultiDict(arguments)), limit=100)
    return [f"{row.status} {row.Patent.use_text}" for row in rows]


def test_patents_are_found_by_use_and_what_can_be_taken_comes_first(glue: OpenLicence) -> None:
    assert found(q="屏幕") == ["announced 粘接手机屏幕和盖板，几乎不收缩", "pilot 车载屏幕低温贴合"]
    assert found(q="屏幕", status=["private"]) == ["private 屏幕检测"]
    assert len(found()) == 3


def test_a_plain_question_is_understood_by_its_telling_words(client: FlaskClient, glue: OpenLicence) -> None:
    assert plain_words("What glue will you make for a screen?") == ["glue", "screen"]
    page = client.get("/patents?q=给手机屏幕做飞船", headers=EN).text
    assert "No patent has all of these words; these have some of them." in page
    assert f"/patents/{glue.patent_id}" in page
    assert "Exact words only" in page
    assert "No patent meets all these conditions" in client.get("/patents?q=给手机屏幕做飞船&exact=1", headers=EN).text


@pytest.mark.parametrize(
    ("filters", "uses"),
    [
        ({"section": ["B"]}, 1), ({"class": ["C09J"]}, 2), ({"form": ["free"]}, 1), ({"region": ["33"]}, 1),
        ({"kind": ["design"]}, 0), ({"status": ["pilot"]}, 1), ({"form": ["free", "upfront_royalty"]}, 2),
        ({"section": ["nonsense"], "kind": ["x"]}, 3),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(glue: OpenLicence, filters: dict[str, list[str]], uses: int) -> None:
    wanted = read_filters(MultiDict([(name, value) for name, values in filters.items() for value in values]))
    assert len(list_patents(wanted, limit=100)) == uses
    assert count_patents(wanted).matching == uses


def test_the_numbers_beside_a_filter_are_those_without_it(glue: OpenLicence) -> None:
    counts = count_patents(read_filters(MultiDict({"section": "C"})))
    assert counts.matching == 2
    assert counts.of("section") == {"C": 2, "B": 1}
    assert counts.of("status") == {"announced": 1, "pilot": 1}
    assert counts.of("form") == {"upfront_royalty": 1, "lump_sum": 1}
    owner = glue.patent.owner
    assert (counts.of("owner"), counts.owners[owner.code]) == ({owner.code: 2}, (owner.name, owner.name_en))
    everything = count_patents(Filters(statuses=("announced", "pilot", "private")))
    assert everything.of("class") == {"C09J": 2, "B26D": 1, "G01N": 1}


def test_all_that_is_chosen_is_in_the_address_and_read_back() -> None:
    typed = MultiDict(
        [("q", "胶"), ("status", "pilot"), ("form", "free"), ("class", "C09J"), ("sales", "500000"), ("margin", "5"),
         ("years", "5"), ("sort", "total"), ("region", "2201"), ("exact", "1")]
    )  # fmt: skip
    filters = read_filters(typed)
    assert read_filters(MultiDict(address(filters))) == filters
    assert (filters.sales.minor, filters.sales.profit_minor, filters.sales.years) == (50_000_000, 2_500_000, 5)
    assert address(Filters()) == {}


def test_one_total_makes_price_forms_comparable(client: FlaskClient, glue: OpenLicence) -> None:
    """¥50,000 and 2 % of ¥2,000,000 over three years are ¥170,000, as in the picture of the list."""
    page = client.get("/patents", headers=EN).text
    assert "<b>170,000</b>" in page
    assert "<b>90,000</b>" in client.get("/patents?years=1", headers=EN).text
    assert found(sort="total")[0] == "announced 切土豆"
    assert "asked </span>50,000" in page


def test_a_pilot_never_looks_announced(client: FlaskClient, glue: OpenLicence) -> None:
    page = client.get("/patents?status=pilot", headers=EN).text
    assert "Not announced yet; prices are indicative, interest only" in page
    assert "badge-announced" not in page
    rows = list(csv.reader(io.StringIO(client.get("/patents?format=csv", headers=EN).get_data(as_text=True))))
    assert sorted(row[6] for row in rows[1:]) == ["Announced: can be taken"] * 2 + ["Pilot: not yet"]


@pytest.mark.parametrize("state", [DeclarationState.WITHDRAWN, DeclarationState.LAPSED, DeclarationState.EXPIRED])
def test_what_has_ended_or_is_not_published_is_not_listed(state: DeclarationState) -> None:
    make_open_licence(state=state, ended_on=date(2026, 11, 1))
    make_open_licence(make_patent(published_at=None))
    make_open_licence(state=DeclarationState.DRAFT, announced_on=None)
    assert found() == []


def test_up_to_four_stand_side_by_side(client: FlaskClient, glue: OpenLicence) -> None:
    picks = [glue.patent_id, *(make_open_licence().patent_id for _number in range(4))]
    page = client.get("/patents?" + "&".join(f"pick={each}" for each in picks), headers=EN).text
    assert "At most 4 patents at a time: take one off first." in page
    side = client.get("/patents/compare?" + "&".join(f"pick={each}" for each in picks[:2]), headers=EN).text
    assert "differs" in side
    assert "¥170,000.00" in side
    assert "No patents picked yet" in client.get("/patents/compare?pick=nonsense", headers=EN).text


def test_the_list_sends_at_most_eight_statements(
    client: FlaskClient, glue: OpenLicence, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    session.expunge_all()
    with max_queries(8):
        assert client.get(f"/patents?q=给屏幕做飞船&sort=total&pick={glue.patent_id}").status_code == 200
