"""The audit log: who did what; changing or removing an entry breaks its seal (scorecard T15)."""

import pytest
import structlog
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from app.core.audit import AuditEntry, broken_seals, record, seal_audit_log
from app.core.db import savepoint, session
from tests.accounts.factories import make_actor


def sealed(count: int = 3) -> list[AuditEntry]:
    """Entries of two minutes ago under one seal."""
    actor = make_actor()
    for _number in range(count):
        record(actor, "test.do", actor.organisation, {"name": ["a", "b"]})
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
    session.execute(update(AuditEntry).values(at=text("now() - interval '2 minutes'")))
    assert seal_audit_log() >= count
    session.expire_all()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "test.do")))


def test_an_entry_says_who_did_what_for_whom_and_from_where() -> None:
    actor = make_actor()
    structlog.contextvars.bind_contextvars(request_id="r-1", address="192.0.2.1")
    try:
        record(actor, "test.do", actor.organisation, {"name": ["a", "b"]})
    finally:
        structlog.contextvars.clear_contextvars()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "test.do")).one()
    assert (entry.user_id, entry.organisation_id) == (actor.user_id, actor.organisation_id)
    assert (entry.subject_kind, entry.subject_id) == ("organisations", actor.organisation_id)
    assert (entry.changes, entry.request_id, entry.address) == ({"name": ["a", "b"]}, "r-1", "192.0.2.1")
    assert entry.at is not None


def test_an_untouched_log_is_whole() -> None:
    sealed()
    assert broken_seals() == []
    assert seal_audit_log() == 0


@pytest.mark.parametrize("deed", ["change", "remove"])
def test_a_changed_or_removed_entry_is_found(deed: str) -> None:
    entry = sealed()[1]
    if deed == "change":
        session.execute(update(AuditEntry).where(AuditEntry.id == entry.id).values(action="test.other"))
    else:
        session.execute(delete(AuditEntry).where(AuditEntry.id == entry.id))
    session.expire_all()
    assert broken_seals() == [1]


def test_the_database_refuses_to_change_the_log() -> None:
    record(make_actor(), "test.do")
    with pytest.raises(DBAPIError), savepoint():
        session.execute(update(AuditEntry).values(action="x"))


def test_a_busy_minute_is_sealed_as_a_whole() -> None:
    actor = make_actor()
    for _number in range(3):
        record(actor, "test.do")
    session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER USER"))
    session.execute(update(AuditEntry).values(at=text("now() - interval '2 minutes'")))
    assert seal_audit_log(batch=1) >= 3
    assert seal_audit_log() == 0
    assert broken_seals() == []
