"""Reading the audit log."""

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Actor, Role
from app.core.audit import record
from app.core.db import session
from tests.accounts.factories import make_actor, make_operator, sign_in


@pytest.fixture
def auditor(client: FlaskClient) -> Actor:
    actor = make_operator(Role.AUDITOR)
    sign_in(client, actor)
    return actor


@pytest.fixture
def deed() -> Actor:
    """Somebody did something."""
    actor = make_actor()
    record(actor, "organisation.change", actor.organisation, {"phone": ["", "0431-=1"], "roles": [[], ["owner"]]})
    record(actor, "token.create", None, {"name": [None, "=HYPERLINK()"]})
    session.commit()
    return actor


def test_an_entry_says_who_what_for_whom_and_how_it_changed(client: FlaskClient, auditor: Actor, deed: Actor) -> None:
    page = client.get("/admin/audit", headers={"Accept-Language": "en"}).text
    assert deed.user is not None
    assert deed.organisation is not None
    for part in (
        deed.user.email,
        deed.organisation.name,
        "organisation.change",
        "Telephone: – → 0431-=1",
        "roles: – → owner",
    ):
        assert part in page


def test_filters_narrow_the_list(client: FlaskClient, auditor: Actor, deed: Actor) -> None:
    assert deed.user is not None
    assert deed.organisation is not None
    hits = {
        f"person={deed.user.email}": (True, True),
        "person=nobody@test.example": (False, False),
        "action=token.": (False, True),
        f"organisation={deed.organisation.code}": (True, True),
        f"subject={deed.organisation_id}": (True, False),
        "from=2020-01-01&to=2020-01-31": (False, False),
        "from=2020-01-01": (True, True),
        "request=nonsense": (False, False),
    }
    for query, (changed, created) in hits.items():
        table = client.get(f"/admin/audit?{query}").text.split("<table", 1)[-1]
        assert (">organisation.change<" in table, ">token.create<" in table) == (changed, created), query


def test_the_file_holds_what_the_filters_leave_and_no_formula(client: FlaskClient, auditor: Actor, deed: Actor) -> None:
    file = client.get("/admin/audit?format=csv&action=token.create")
    assert file.mimetype == "text/csv"
    lines = file.get_data(as_text=True).splitlines()
    assert len(lines) == 2
    assert deed.user is not None
    assert deed.user.email in lines[1]


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "to=2026-02-30", "subject=7", "action=%00", "person='%22", "page=x", "from=0001-01-01",
     "from=9999-12-31", "to=0001-01-01", "to=9999-12-31"],
)  # fmt: skip
def test_nonsense_is_named_or_left_out(client: FlaskClient, auditor: Actor, query: str) -> None:
    assert client.get(f"/admin/audit?{query}").status_code == 200


def test_only_auditors_and_owners_of_the_operator_read_it(client: FlaskClient) -> None:
    assert client.get("/admin/audit").status_code == 302
    for actor, status in (
        (make_actor(), 404),
        (make_operator(Role.VERIFIER), 403),
        (make_operator(Role.OWNER), 200),
        (make_operator(Role.AUDITOR), 200),
    ):
        sign_in(client, actor)
        assert client.get("/admin/audit").status_code == status
        assert client.get("/admin/audit?format=csv").status_code == status
