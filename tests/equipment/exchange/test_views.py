"""Importing on a page: upload, preview of every row, mend in place, import once; and the exports."""

import html
import io
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.db import session
from app.equipment.instruments.models import Instrument
from app.imports.models import ImportDraft
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.core.test_tabular import bomb

REAL_FILE = Path(__file__).parents[3] / "app/equipment/demo/emsl-instruments.uniquip.csv"
EN = {"Accept-Language": "en"}
BAD = "Name,ID,Service Level\nGood,1,10 h/day\nBad,2,10 h per day\n,3,\nGood,1,\n"


@pytest.fixture
def manager(client: FlaskClient) -> Actor:
    actor = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)
    sign_in(client, actor)
    return actor


def upload(client: FlaskClient, data: bytes | str, name: str = "list.csv") -> TestResponse:
    content = data.encode() if isinstance(data, str) else data
    return client.post("/instruments/import", data={"file": (io.BytesIO(content), name)}, headers=EN)


def uploaded(client: FlaskClient, data: bytes | str, name: str = "list.csv") -> str:
    answer = upload(client, data, name)
    assert answer.status_code == 302
    return str(answer.location)


def page(client: FlaskClient, url: str) -> str:
    return client.get(url, headers=EN).get_data(as_text=True)


def count() -> int:
    return session.scalar(select(func.count()).select_from(Instrument)) or 0


def test_the_real_file_is_previewed_row_by_row_and_saved_only_when_confirmed(
    client: FlaskClient, manager: Actor
) -> None:
    url = uploaded(client, REAL_FILE.read_bytes(), REAL_FILE.name)
    preview = page(client, url)
    assert "149 rows · UTF-8 · UNIQUIP 1.0 · 21 of 21 columns known" in preview
    assert preview.count('<tr id="line-') == 149
    assert "the name says DUPLICATE; the original is line 23" in preview
    assert "Line breaks and blanks in the name were tidied" in preview
    assert "Create 143, change 0" in preview
    assert count() == 0
    client.post(url, headers=EN)
    assert count() == 143
    assert "Give them prices, many at once" in page(client, url)
    again = uploaded(client, REAL_FILE.read_bytes(), REAL_FILE.name)
    assert "Nothing to import" in page(client, again)


def test_a_draft_is_imported_once(client: FlaskClient, manager: Actor) -> None:
    url = uploaded(client, "Name,ID\na,1\n")
    client.post(url)
    client.post(url)
    assert count() == 1
    assert "This list has been imported already." in page(client, url)


def test_wrong_rows_come_first_with_column_and_remedy(client: FlaskClient, manager: Actor) -> None:
    preview = page(client, uploaded(client, BAD))
    assert "Column 3 Service Level: “10 h per day” cannot be understood; write it like 10 h/day" in preview
    assert "Column 1 Name: the name is empty" in preview
    assert "Column 2 ID: 1 stands in line 2 already" in preview
    lines = [part.split('"')[0] for part in preview.split('<tr id="line-')[1:]]
    assert lines == ["3", "4", "5", "2"]


def test_counts_filter_the_rows(client: FlaskClient, manager: Actor) -> None:
    url = uploaded(client, BAD)
    assert page(client, f"{url}?show=failed").count('<tr id="line-') == 3
    assert page(client, f"{url}?show=created").count('<tr id="line-') == 1
    assert "No row here" in page(client, f"{url}?show=skipped")


def test_a_cell_is_mended_in_place(client: FlaskClient, manager: Actor) -> None:
    url = uploaded(client, BAD)
    answer = client.post(f"{url}/cell", data={"line": "3", "index": "2", "text": "24 h/day"}, headers=EN)
    assert answer.status_code == 302
    assert "Create 2, change 0" in page(client, url)
    client.post(url)
    kept = session.scalars(select(Instrument.extra).where(Instrument.asset_no == "2")).one()
    assert kept == {"Service Level": "24 h/day"}


def test_wrong_rows_download_with_their_reasons(client: FlaskClient, manager: Actor) -> None:
    lines = page(client, f"{uploaded(client, BAD)}/wrong").lstrip("\ufeff").splitlines()
    assert lines[0] == "Name,ID,Service Level,Line,Reason"
    assert lines[1].startswith("Bad,2,10 h per day,3,")
    assert len(lines) == 4


def test_unknown_columns_are_matched_by_hand_and_remembered(client: FlaskClient, manager: Actor) -> None:
    text = "Bezeichnung;Nr\nOfen;7\n"
    url = uploaded(client, text)
    assert "No column is “Name”" in page(client, url)
    chosen = {"format": "uniquip", "encoding": "utf-8", "delimiter": ";", "column-0": "Name", "column-1": "ID"}
    client.post(f"{url}/reading", data=chosen)
    assert "Create 1, change 0" in page(client, url)
    client.post(url)
    assert count() == 1
    assert "Nothing to import" in page(client, uploaded(client, text))


def test_another_encoding_and_format_may_be_chosen(client: FlaskClient, manager: Actor) -> None:
    url = uploaded(client, "名稱,ID\n儀器,7\n".encode("big5"))
    client.post(f"{url}/reading", data={"format": "nrii", "encoding": "big5", "delimiter": ","})
    client.post(
        f"{url}/reading",
        data={"format": "nrii", "encoding": "big5", "delimiter": ",", "column-0": "cname", "column-1": "innerId"},
    )
    assert "儀器" in page(client, url)
    for wrong in ({"format": "x"}, {"format": "nrii", "encoding": "rot13"}, {"format": "nrii", "delimiter": "x"}):
        assert client.post(f"{url}/reading", data=wrong, headers=EN).status_code == 302


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"%PDF-1.7", "list.csv", "is a PDF, not a table"),
        (b"", "list.csv", "is empty"),
        (b"Name\na", "list.xlsx", "is not what its name says"),
        (b"\x00\x01", "../../etc/passwd", "is a binary file"),
        (b"[" * 50_000, "list.json", "must be a list of objects"),
    ],
)
def test_a_file_that_is_no_list_is_answered_with_a_sentence(
    client: FlaskClient, manager: Actor, data: bytes, name: str, sentence: str
) -> None:
    answer = upload(client, data, name)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(ImportDraft)) == 0


def test_no_file_at_all_is_answered_with_a_sentence(client: FlaskClient, manager: Actor) -> None:
    answer = client.post("/instruments/import", data={}, headers=EN)
    assert answer.status_code == 422
    assert "Choose a file." in answer.get_data(as_text=True)


def test_markup_in_a_list_is_shown_as_text(client: FlaskClient, manager: Actor) -> None:
    """In every cell: heading, name, number, what is kept beside them, what is wrong and why, what it was before."""
    hours = "Name,ID,Service Level\nMicroscope,1,{}\n"
    marks = [f"<i>{number}</i>" for number in range(7)]
    client.post(uploaded(client, hours.format(marks[0])))
    marked = "Name,ID,Service Level,{1}\n{2},{3},10 h/day,x\nMicroscope,1,{4},x\nNew,,{5},x\n{6},{3},,\n"
    preview = page(client, uploaded(client, marked.format(*marks)))
    for mark in marks:
        assert mark not in preview
        assert html.escape(mark) in preview


@pytest.mark.parametrize("code", ["uniquip", "nrii"])
def test_an_export_imports_unchanged(client: FlaskClient, manager: Actor, code: str) -> None:
    client.post(uploaded(client, REAL_FILE.read_bytes(), REAL_FILE.name))
    answer = client.get(f"/instruments/export/{code}")
    assert "attachment" in answer.headers["Content-Disposition"]
    written = answer.get_data()
    if code == "nrii":
        assert len(json.loads(written)) == 143
    url = uploaded(client, written, "list.json" if code == "nrii" else "list.csv")
    assert "Nothing to import" in page(client, url)


def test_other_organisations_and_smaller_roles_are_kept_out(client: FlaskClient, manager: Actor) -> None:
    url = uploaded(client, "Name,ID\na,1\n")
    sign_in(client, make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER))
    assert [client.get(url).status_code, client.post(url).status_code, client.get(f"{url}/wrong").status_code] == [
        404
    ] * 3
    sign_in(client, make_actor())
    assert client.get("/instruments/import").status_code == 404
    assert client.get("/instruments/export/uniquip").status_code == 404
    sign_in(client, make_actor(manager.organisation, Role.TECHNICIAN))
    assert client.get(url).status_code == 403
    assert upload(client, "Name\na\n").status_code == 403
    assert client.get("/instruments/import").status_code == 200
    assert count() == 0


def test_a_draft_is_thrown_away(client: FlaskClient, manager: Actor) -> None:
    url = uploaded(client, "Name,ID\na,1\n")
    client.post(f"{url}/discard")
    assert client.get(url).status_code == 404


def test_what_is_too_long_for_the_page_comes_with_the_command_for_the_server(
    client: FlaskClient, manager: Actor
) -> None:
    assert manager.organisation
    command = f"flask --app wsgi equipment import --owner {manager.organisation.code}"
    before = page(client, "/instruments/import")
    assert "at most 20,000 rows and 10 MB" in before
    assert f"{command} list.csv" in before
    rows = "".join(f"Balance,{number}\n" for number in range(20_001))
    preview = client.get(uploaded(client, "Name,ID\n" + rows, "our list.csv"), headers=EN)
    assert preview.status_code == 422
    told = html.unescape(preview.get_data(as_text=True))
    assert "More than 20,000 rows. Split the file." in told
    assert f"{command} 'our list.csv'" in told
    large = upload(client, bomb(70), "large.xlsx")
    assert large.status_code == 422
    assert f"{command} large.xlsx" in large.get_data(as_text=True)
