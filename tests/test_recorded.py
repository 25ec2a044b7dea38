"""Whatever operations record has a name in the reader's language (registry: app/core/audit_words.py)."""

import ast
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

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


@pytest.mark.slow
def test_what_a_busy_day_records_is_shown_by_name_and_in_words(client: FlaskClient) -> None:
    make_world()
    nameless = set()
    for entry in session.scalars(select(AuditEntry)):
        for field in entry.changes:
            if field_words(entry.subject_kind, field) is None and (entry.subject_kind or "." not in field):
                nameless.add((entry.action, entry.subject_kind, field))
    assert nameless == set()
    sign_in(client, make_operator())
    page = client.get("/admin/audit?action=charge.finalise", headers={"Accept-Language": "en"}).text
    assert "State: To confirm → To be stated<br>Amount: – → ¥100.00" in page
    page = client.get("/admin/audit?action=charge.finalise", headers={"Accept-Language": "zh"}).text
    assert "状态：待确认 → " in page
