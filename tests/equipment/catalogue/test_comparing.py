"""The tray of the catalogue and the page on which up to four instruments stand side by side."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from app.accounts.models import OrganisationKind
from app.core.db import session
from app.equipment.catalogue.comparing import specifications_of
from app.equipment.catalogue.operations import refresh_offers
from app.equipment.instruments.models import Instrument, InstrumentState
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument

EN = {"Accept-Language": "en"}


@pytest.fixture
def five() -> list[Instrument]:
    made = [
        make_bookable_instrument(
            name=f"Microscope {number}", name_zh=f"显微镜{number}", model=f"M{number}",
            specifications=f"Resolution: {number} nm; Voltage: 30 kV", rules={"shortest": 30 * number},
        )
        for number in range(1, 6)
    ]  # fmt: skip
    session.flush()
    refresh_offers([each.id for each in made])
    session.commit()
    return made


def picks(*ids: UUID) -> str:
    return "&".join(f"pick={each}" for each in ids)


def page_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=EN)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_tray_names_what_is_picked_and_keeps_it_through_filters(
    client: FlaskClient, five: list[Instrument]
) -> None:
    first, second = five[0].id, five[1].id
    page = page_of(client, f"/instruments?q=nothing-like-it&{picks(first, second)}")
    assert "Compare 2" in page
    assert f"/instruments/compare?pick={first}&amp;pick={second}" in page
    assert f'type="hidden" name="pick" value="{first}"' in page, "not on this page of the list, but kept"
    assert f"pick={first}" in page_of(client, f"/instruments?at_once=1&{picks(first)}").partition("Clear")[0]


def test_nothing_picked_no_tray(client: FlaskClient, five: list[Instrument]) -> None:
    assert 'class="tray' not in page_of(client, "/instruments")


def test_the_fifth_is_refused_with_a_sentence(client: FlaskClient, five: list[Instrument]) -> None:
    *four, fifth = (each.id for each in reversed(five))
    full = ",".join(str(each) for each in four)
    page = page_of(client, f"/instruments?{picks(fifth, *four)}&full={full}")
    assert "Compare 4" in page
    assert "At most 4 at a time: take one off first." in page
    assert f'value="{fifth}" checked' not in page.replace("  ", " ")
    assert all(f'value="{each}" checked' in page for each in four)


def test_side_by_side_the_rows_are_united_and_differences_named(client: FlaskClient, five: list[Instrument]) -> None:
    five[1].specifications = "Voltage: 30 kV; Detector: EDS"
    session.commit()
    page = page_of(client, f"/instruments/compare?{picks(five[1].id, five[0].id)}")
    assert page.index("Microscope 2") < page.index("Microscope 1"), "in the order of picking"
    row = {name: page.partition(f'<th scope="row">{name}')[2].partition("</tr>")[0] for name in (
        "Resolution", "Voltage", "Detector", "My price", "Shortest booking", "Approval", "Model",
    )}  # fmt: skip
    assert "differs" in row["Detector"]
    assert "EDS" in row["Detector"]
    assert "–" in row["Detector"]
    assert "differs" not in row["Voltage"]
    assert "differs" in row["Shortest booking"]
    assert "¥700.00 for 1" in row["My price"]
    assert "M1" in row["Model"]


def test_my_price_is_that_of_my_organisation(client: FlaskClient, five: list[Instrument]) -> None:
    sign_in(client, make_actor(make_organisation(OrganisationKind.INSTITUTION)))
    assert "¥500.00 for 1" in page_of(client, f"/instruments/compare?{picks(five[0].id)}")


def test_drafts_and_nonsense_are_left_out(client: FlaskClient, five: list[Instrument]) -> None:
    five[0].state = InstrumentState.DRAFT
    session.commit()
    page = page_of(client, f"/instruments/compare?{picks(five[0].id, uuid4(), five[1].id)}&pick=x")
    assert "Microscope 1" not in page
    assert "Microscope 2" in page
    assert "Nothing to compare yet" in page_of(client, "/instruments/compare")
    assert "Compare 1" in page_of(client, f"/instruments?{picks(five[0].id, five[1].id)}&full=x,y")


def test_the_pages_keep_within_their_statements(
    client: FlaskClient, five: list[Instrument], max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    four = picks(*(each.id for each in five[:4]))
    for address, most in ((f"/instruments?{four}", 4), (f"/instruments/compare?{four}", 5)):
        page_of(client, address)
        with max_queries(most):
            page_of(client, address)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        ("Resolution: 1 nm; Voltage：0.2–30 kV", {"Resolution": "1 nm", "Voltage": "0.2–30 kV"}),
        ("very fine", {"": "very fine"}),
        ("a: 1\na: 2; loose", {"a": "1; 2", "": "loose"}),
        ("http://x", {"http": "//x"}),
    ],
)
def test_specifications_are_read_as_pairs(text: str, pairs: dict[str, str]) -> None:
    assert specifications_of(text) == pairs
