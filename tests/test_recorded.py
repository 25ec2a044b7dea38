"""Whatever operations record has a name in the reader's language (registry: app/core/audit_words.py)."""

import ast
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.admin.audit.words import ACTION_NAMES, THING_NAMES
from app.core import audit_words
from app.core.audit import AuditEntry
from app.core.audit_words import field_words
from app.core.db import session
from app.core.web import App
from tests.access.world import make_world
from tests.accounts.factories import make_operator, sign_in
from tests.test_house_rules import APP, name, tree


def recorded_keys() -> Iterator[tuple[str, str]]:
    """Every field that is written out in a call of `record`, with the file in which it stands."""
    for path in APP:
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in {"record", "audit_row"} and len(node.args) > 3 and isinstance(node.args[3], ast.Dict):
                for key in node.args[3].keys:
                    if isinstance(key, ast.Constant):
                        yield name(path), str(key.value)
            if node.func.id == "_finish_change":
                yield from ((name(path), keyword.arg) for keyword in node.keywords if keyword.arg)


def test_every_field_that_an_operation_writes_out_has_a_name(app: App) -> None:
    named = {field for _kind, field in audit_words._labels}
    found = set(recorded_keys())
    assert len(found) > 40
    assert {(path, field) for path, field in found if field not in named} == set()


def recorded_actions() -> Iterator[tuple[str, str]]:
    """Every action that is written out in a call of `record` or `audit_row`, with the file in which it stands."""
    for path in APP:
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1):
                continue
            if node.func.id in {"record", "audit_row"}:
                action = node.args[1]
                choices = [action.body, action.orelse] if isinstance(action, ast.IfExp) else [action]
                yield from ((name(path), str(one.value)) for one in choices if isinstance(one, ast.Constant))


@pytest.mark.nodb
def test_every_action_that_an_operation_writes_out_has_a_name() -> None:
    found = set(recorded_actions())
    assert len(found) > 120
    assert {(path, action) for path, action in found if action not in ACTION_NAMES} == set()


@pytest.mark.slow
def test_what_a_busy_day_records_is_shown_by_name_and_in_words(client: FlaskClient) -> None:
    make_world()
    nameless = set()
    for entry in session.scalars(select(AuditEntry)):
        if entry.action not in ACTION_NAMES or entry.subject_kind not in {"", *THING_NAMES}:
            nameless.add((entry.action, entry.subject_kind, ""))
        for field in entry.changes:
            if field_words(entry.subject_kind, field) is None and (entry.subject_kind or "." not in field):
                nameless.add((entry.action, entry.subject_kind, field))
    assert nameless == set()
    sign_in(client, make_operator())
    page = client.get("/admin/audit?action=charge.finalise", headers={"Accept-Language": "en"}).text
    assert "State: To confirm → To be stated<br>Amount: – → ¥100.00" in page
    page = client.get("/admin/audit?action=charge.finalise", headers={"Accept-Language": "zh"}).text
    assert "状态：待确认 → " in page
