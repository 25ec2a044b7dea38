"""The settings page."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Role
from app.accounts.settings import settings
from app.core.audit import AuditEntry
from app.core.db import session
from app.core.settings import Settings, forget_settings
from tests.accounts.factories import make_actor, make_operator, sign_in

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_of_every_module_is_listed_with_its_meaning(client: FlaskClient) -> None:
    sign_in(client, make_operator())
    page = client.get("/admin/settings").text
    for group in Settings.registry.values():
        for name in group.declared:
            assert f"{group.module}.{name}" in page


def test_a_setting_is_changed_from_now_on_and_logged(client: FlaskClient) -> None:
    sign_in(client, make_operator())
    assert client.post("/admin/settings/accounts/idle_minutes", data={"value": "20"}).status_code == 302
    forget_settings()
    assert settings.number("idle_minutes") == 20
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "setting.change")).one()
    assert entry.changes == {"accounts.idle_minutes": [30, 20]}


@pytest.mark.parametrize("value", ["", "x", "4", "100000", "1e3", "9" * 30, "9" * 400, "9" * 5000])
def test_a_value_out_of_bounds_is_refused(client: FlaskClient, value: str) -> None:
    sign_in(client, make_operator())
    assert client.post("/admin/settings/accounts/idle_minutes", data={"value": value}).status_code == 422
    assert settings.number("idle_minutes") == 30


def test_unknown_settings_are_absent(client: FlaskClient) -> None:
    sign_in(client, make_operator())
    assert client.get("/admin/settings/accounts/nonsense").status_code == 404
    assert client.get("/admin/settings/nonsense/idle_minutes").status_code == 404


def test_all_that_can_be_changed_have_a_page(client: FlaskClient) -> None:
    sign_in(client, make_operator())
    for group in Settings.registry.values():
        for name, setting in group.declared.items():
            if isinstance(setting.default, (bool, int, str)):
                assert client.get(f"/admin/settings/{group.module}/{name}").status_code == 200


def test_owners_of_the_operator_change_colleagues_read_others_see_nothing(client: FlaskClient) -> None:
    path = "/admin/settings/accounts/idle_minutes"
    assert client.get("/admin/settings").status_code == 302
    sign_in(client, make_operator(Role.AUDITOR))
    assert client.get("/admin/settings").status_code == 200
    assert client.post(path, data={"value": "20"}).status_code == 403
    sign_in(client, make_actor())
    assert client.get("/admin/settings").status_code == 404
    assert client.post(path, data={"value": "20"}).status_code == 404


def test_every_setting_is_asked_for_somewhere() -> None:
    """A setting that nothing reads promises the operator a change that never comes."""
    sources = [path for pattern in ("*.py", "*.html") for path in (ROOT / "app").rglob(pattern)]
    read = "\n".join(
        path.read_text(encoding="utf-8") for path in sources if path.name != "settings.py" and "demo" not in path.parts
    )
    unread = [
        f"{group.module}.{name}"
        for group in Settings.registry.values()
        for name in group.declared
        if not re.search(rf"""["']{name}["']""", read)
        and not any(f'f"{name[:end]}{{' in read for end in (one.end() for one in re.finditer("_", name)))
    ]
    assert not unread
