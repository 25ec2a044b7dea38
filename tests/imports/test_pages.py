"""The pages that a kind gets by adding them to its blueprint; and two kinds beside each other."""

import io
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Missing
from app.equipment.exchange.kind import INSTRUMENTS
from app.imports.drafts import KEPT, apply_draft, create_draft, forget_drafts
from app.imports.models import ImportDraft
from app.imports.queries import earlier_reading, recent_drafts
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.imports.samples import SAMPLES

EN = {"Accept-Language": "en"}
LIST = "Number,Title,Grams\nS1,Basalt,20\nS2,Olivine,much\nS3,Ash,0\n"


@pytest.fixture
def keeper(client: FlaskClient) -> Actor:
    actor = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)
    sign_in(client, actor)
    return actor


def upload(client: FlaskClient, content: str = LIST, name: str = "list.csv") -> str:
    answer = client.post("/samples/import", data={"file": (io.BytesIO(content.encode()), name)}, headers=EN)
    assert answer.status_code == 302
    return str(answer.location)


def page(client: FlaskClient, url: str) -> str:
    return client.get(url, headers=EN).get_data(as_text=True)


def titles() -> list[str]:
    return list(session.scalars(text("SELECT title FROM samples ORDER BY number")))


def test_the_first_page_speaks_of_the_kind(client: FlaskClient, keeper: Actor) -> None:
    assert keeper.organisation
    first = page(client, "/samples/import")
    assert "Samples in and out" in first
    assert "List of samples" in first
    assert "Up to 50 rows and 1 MB." in first
    assert f"flask --app wsgi samples import --owner {keeper.organisation.code} samples.csv" in first
    assert "Not imported yet" not in first
    upload(client)
    assert "Not imported yet" in page(client, "/samples/import")


def test_a_list_is_previewed_mended_and_imported(client: FlaskClient, keeper: Actor) -> None:
    url = upload(client)
    preview = page(client, url)
    assert url.startswith("/samples/import/")
    assert "3 rows · UTF-8 · Plain list · 3 of 3 columns known" in preview
    for told in ("Sample and reason", "Sample no.", "much is no weight in grams", "nothing is left of it", "20 g"):
        assert told in preview
    wrong = page(client, f"{url}/wrong").lstrip("\ufeff").splitlines()
    assert wrong == ["Number,Title,Grams,Line,Reason", wrong[1]]
    assert wrong[1].startswith("S2,Olivine,much,3,")
    client.post(f"{url}/cell", data={"line": "3", "index": "2", "text": "7"}, headers=EN)
    assert "Create 2, change 0" in page(client, url)
    assert titles() == []
    client.post(url, headers=EN)
    assert titles() == ["Basalt", "Olivine"]
    assert "Imported" in page(client, url)
    assert "2 new, 0 changed, 0 wrong" in page(client, "/samples/import")


def test_columns_chosen_by_hand_are_remembered_for_this_kind(client: FlaskClient, keeper: Actor) -> None:
    assert keeper.organisation
    content = "Nr,Bezeichnung\nS1,Basalt\n"
    url = upload(client, content)
    assert "No column is “Number”" in page(client, url)
    chosen = {"format": "plain", "encoding": "utf-8", "delimiter": ",", "column-0": "Number", "column-1": "Title"}
    client.post(f"{url}/reading", data=chosen)
    client.post(url)
    assert titles() == ["Basalt"]
    assert "Nothing to import" in page(client, upload(client, content))
    assert earlier_reading(SAMPLES, keeper.organisation, ("Nr", "Bezeichnung")) is not None
    assert earlier_reading(INSTRUMENTS, keeper.organisation, ("Nr", "Bezeichnung")) is None


def test_the_formats_of_another_kind_are_not_taken(client: FlaskClient, keeper: Actor) -> None:
    url = upload(client)
    client.post(f"{url}/reading", data={"format": "uniquip", "encoding": "utf-8", "delimiter": ","}, headers=EN)
    assert "Choose one of the options." in page(client, url)
    assert session.scalars(select(ImportDraft.format)).one() == "plain"


def test_the_limits_are_those_of_the_kind(client: FlaskClient, keeper: Actor) -> None:
    answer = client.get(upload(client, "Number,Title\n" + "".join(f"S{n},Basalt\n" for n in range(51))), headers=EN)
    assert answer.status_code == 422
    assert "More than 50 rows. Split the file." in answer.get_data(as_text=True)


def test_an_upload_of_one_kind_is_nothing_to_another(client: FlaskClient, keeper: Actor) -> None:
    assert keeper.organisation
    url = upload(client)
    draft = session.scalars(select(ImportDraft)).one()
    assert draft.kind == "samples"
    assert client.get(f"/instruments/import/{draft.id}").status_code == 404
    assert client.post(f"/instruments/import/{draft.id}").status_code == 404
    with pytest.raises(Missing):
        apply_draft(INSTRUMENTS, keeper, draft)
    assert recent_drafts(INSTRUMENTS, keeper.organisation) == []
    other = create_draft(INSTRUMENTS, keeper, keeper.organisation, "list.csv", b"Name,ID\na,1\n")
    assert client.get(f"/samples/import/{other.id}").status_code == 404
    assert client.get(url).status_code == 200


def test_smaller_roles_look_and_strangers_find_nothing(client: FlaskClient, keeper: Actor) -> None:
    url = upload(client)
    sign_in(client, make_actor(keeper.organisation, Role.TECHNICIAN))
    assert client.get("/samples/import").status_code == 200
    assert [client.get(url).status_code, client.post(url).status_code] == [403, 403]
    sign_in(client, make_actor())
    assert [client.get(url).status_code, client.post(url).status_code, client.post(f"{url}/cell").status_code] == [
        404,
        404,
        404,
    ]
    assert titles() == []


def test_an_upload_is_imported_once_or_thrown_away(client: FlaskClient, keeper: Actor) -> None:
    draft_url = upload(client)
    client.post(draft_url)
    with pytest.raises(Conflict):
        apply_draft(SAMPLES, keeper, session.scalars(select(ImportDraft)).one())
    gone = upload(client)
    assert client.post(f"{gone}/discard").location == "/samples/import"
    assert client.get(gone).status_code == 404


def test_uploads_of_every_kind_are_forgotten_after_a_week(keeper: Actor) -> None:
    assert keeper.organisation
    for kind, content in ((SAMPLES, b"Number,Title\n1,a\n"), (INSTRUMENTS, b"Name,ID\na,1\n")):
        old = create_draft(kind, keeper, keeper.organisation, "old.csv", content)
        old.created_at = now() - KEPT - timedelta(hours=1)
        create_draft(kind, keeper, keeper.organisation, "new.csv", content)
    session.flush()
    assert forget_drafts() == 2
    assert session.scalar(select(func.count()).select_from(ImportDraft).where(ImportDraft.name == "new.csv")) == 2
