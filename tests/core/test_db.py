"""The unit of work: commit or nothing, callbacks only after a commit, no writing in a GET."""

from contextlib import suppress

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from app.core.db import WriteInRead, batch_of_work, guard, on_commit, savepoint, session, unit_of_work
from app.core.errors import Conflict
from app.core.settings import StoredSetting


def stored(key: str) -> bool:
    return session.get(StoredSetting, key) is not None


def test_returning_commits_and_raising_undoes() -> None:
    with unit_of_work():
        session.add(StoredSetting(key="kept", value={}))
    with pytest.raises(ZeroDivisionError), unit_of_work():
        session.add(StoredSetting(key="undone", value={"value": 1 // 0}))
    assert stored("kept")
    assert not stored("undone")


def test_callbacks_run_after_the_commit_and_never_without_one() -> None:
    heard: list[str] = []
    with unit_of_work():
        on_commit(lambda: heard.append("done"))
        assert heard == []
    with suppress(LookupError), unit_of_work():
        on_commit(lambda: heard.append("never"))
        raise LookupError
    assert heard == ["done"]


def test_a_savepoint_drops_its_changes_and_its_callbacks() -> None:
    heard: list[str] = []
    with unit_of_work():
        on_commit(lambda: heard.append("outside"))
        with suppress(LookupError), savepoint():
            session.add(StoredSetting(key="inside", value={}))
            on_commit(lambda: heard.append("inside"))
            raise LookupError
    assert heard == ["outside"]
    assert not stored("inside")


def test_reading_refuses_to_write() -> None:
    with pytest.raises(WriteInRead), unit_of_work(read_only=True):
        session.add(StoredSetting(key="x", value={}))
    with pytest.raises(WriteInRead), unit_of_work(read_only=True):
        session.execute(insert(StoredSetting).values(key="x", value={}))
    with pytest.raises(WriteInRead), unit_of_work(read_only=True):
        session.execute(insert(StoredSetting.__table__).values(key="x", value={}))  # type: ignore[arg-type]


def test_a_named_constraint_becomes_its_sentence_and_the_session_lives() -> None:
    session.add(StoredSetting(key="taken", value={}))
    session.flush()
    session.expunge_all()
    with pytest.raises(Conflict, match="Taken"), guard({"settings_pkey": Conflict("Taken.")}):
        session.add(StoredSetting(key="taken", value={}))
    assert stored("taken")


def test_other_violations_pass_the_guard() -> None:
    session.add(StoredSetting(key="taken", value={}))
    session.flush()
    session.expunge_all()
    with pytest.raises(IntegrityError), guard({"another_name": Conflict("Taken.")}):
        session.add(StoredSetting(key="taken", value={}))


def test_long_runs_commit_in_between() -> None:
    with suppress(LookupError), batch_of_work() as save:
        session.add(StoredSetting(key="first", value={}))
        save()
        session.add(StoredSetting(key="second", value={}))
        raise LookupError
    assert stored("first")
    assert not stored("second")


def test_the_database_keeps_time_limits() -> None:
    limits = {name: session.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")}
    assert limits == {"statement_timeout": "30s", "lock_timeout": "5s"}
