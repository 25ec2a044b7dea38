"""Pictures of an instrument: uploaded, described, ordered, removed, and shown where the instrument is."""

import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.db import session
from app.core.errors import Forbidden, Invalid
from app.equipment.instruments.models import Instrument, InstrumentPicture, InstrumentState
from app.equipment.instruments.pictures import MOST_PICTURES, add_pictures, move_picture, pictures_of, remove_picture
from app.files.models import StoredFile
from app.files.store import file_store
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import make_bookable_instrument, make_instrument, tiny_picture

EN = {"Accept-Language": "en"}


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def instrument(manager: Actor) -> Instrument:
    return make_bookable_instrument(manager.organisation, name="Confocal")


def numbers(instrument: Instrument, *wanted: InstrumentPicture) -> list[int]:
    """Where the wanted pictures stand now."""
    order = [each.id for each in pictures_of(instrument.id)]
    return [order.index(each.id) for each in wanted]


def stored() -> int:
    return len(session.scalars(select(StoredFile).where(StoredFile.subject_kind == "instrument_picture")).all())


def test_pictures_are_added_moved_and_removed_with_their_files(manager: Actor, instrument: Instrument) -> None:
    first, second, third = add_pictures(manager, instrument, [tiny_picture(), tiny_picture(), tiny_picture(20, 10)])
    assert numbers(instrument, first, second, third) == [0, 1, 2]
    move_picture(manager, instrument, third, -1)
    move_picture(manager, instrument, first, -1)
    assert numbers(instrument, first, third, second) == [0, 1, 2]
    assert stored() == 6
    remove_picture(manager, instrument, first)
    assert stored() == 4
    assert numbers(instrument, third, second) == [0, 1]


def test_all_or_none_and_not_more_than_the_most(manager: Actor, instrument: Instrument) -> None:
    with pytest.raises(Invalid) as caught:
        add_pictures(manager, instrument, [tiny_picture()] * (MOST_PICTURES + 1))
    assert caught.value.code == "too_many"
    with pytest.raises(Invalid) as caught:
        add_pictures(manager, instrument, [])
    assert caught.value.code == "empty_file"
    technician = make_actor(manager.organisation, Role.TECHNICIAN)
    with pytest.raises(Forbidden):
        add_pictures(technician, instrument, [tiny_picture()])
    assert not pictures_of(instrument.id)


def test_uploading_on_the_page_shows_them_there_on_the_page_and_in_the_catalogue(
    client: FlaskClient, manager: Actor, instrument: Instrument
) -> None:
    sign_in(client, manager)
    files = [(io.BytesIO(tiny_picture()), "a.png"), (io.BytesIO(tiny_picture(30, 20)), "b.png")]
    answer = client.post(f"/instruments/{instrument.id}/pictures", data={"file": files}, headers=EN)
    assert answer.location.endswith(f"/instruments/{instrument.id}/describe#pictures")
    front, back = pictures_of(instrument.id)
    client.post(f"/instruments/{instrument.id}/pictures/{back.id}", data={"act": "earlier"})
    client.post(f"/instruments/{instrument.id}/pictures/{back.id}", data={"act": "describe", "text": " The <stage> "})
    page = client.get(f"/instruments/{instrument.id}/describe", headers=EN).get_data(as_text=True)
    assert page.index(str(back.id)) < page.index(str(front.id))
    shown = client.get(f"/instruments/{instrument.id}", headers=EN).get_data(as_text=True)
    assert f'src="/instruments/{instrument.id}/pictures/{back.id}/large.webp" width="30" height="20"' in shown
    assert 'alt="The &lt;stage&gt;"' in shown
    assert f'pictures/{front.id}/small.webp" width="8" height="6" loading="lazy"' in shown
    listed = client.get("/instruments", headers=EN).get_data(as_text=True)
    assert f'src="/instruments/{instrument.id}/pictures/{back.id}/small.webp" width="64" height="48"' in listed
    client.post(f"/instruments/{instrument.id}/pictures/{back.id}", data={"act": "remove"})
    assert [each.id for each in pictures_of(instrument.id)] == [front.id]


def test_a_picture_is_served_as_what_it_is_to_those_who_see_the_instrument(
    client: FlaskClient, manager: Actor, instrument: Instrument
) -> None:
    draft = make_instrument(manager.organisation, state=InstrumentState.DRAFT)
    public, hidden = (add_pictures(manager, each, [tiny_picture()])[0] for each in (instrument, draft))
    answer = client.get(f"/instruments/{instrument.id}/pictures/{public.id}/small.webp")
    assert (answer.status_code, answer.mimetype, answer.data[:4]) == (200, "image/webp", b"RIFF")
    assert answer.headers["Cache-Control"].startswith("public")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()
    assert client.get(f"/instruments/{draft.id}/pictures/{hidden.id}/small.webp").status_code == 404
    assert client.get(f"/instruments/{instrument.id}/pictures/{hidden.id}/small.webp").status_code == 404
    assert client.get(f"/files/{hidden.small_id}").status_code == 404
    sign_in(client, manager)
    own = client.get(f"/instruments/{draft.id}/pictures/{hidden.id}/large.webp")
    assert own.headers["Cache-Control"].startswith("private")
    own.close()


def test_what_is_no_picture_is_refused_with_a_sentence(
    client: FlaskClient, manager: Actor, instrument: Instrument
) -> None:
    sign_in(client, manager)
    before = set(file_store().keys())
    for name, data in (("a.svg", b"<svg onload='alert(1)'/>"), ("b.png", b"<html><script>1</script>")):
        files = [(io.BytesIO(tiny_picture()), "good.png"), (io.BytesIO(data), name)]
        client.post(f"/instruments/{instrument.id}/pictures", data={"file": files}, headers=EN)
        page = client.get(f"/instruments/{instrument.id}/describe", headers=EN).get_data(as_text=True)
        assert "This kind of file is not taken here. Allowed: JPEG, PNG, WEBP." in page
    assert not pictures_of(instrument.id)
    assert stored() == 0
    assert set(file_store().keys()) == before
