"""Search in the database: the same words, through an index, with the best first."""

from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.db import session
from app.core.web import App
from app.search import engine
from app.search.engine import Index, register_index
from app.search.operations import put
from app.search.postgres import words_index, words_vector
from app.search.queries import matches, rank


class Own(DeclarativeBase):
    """Tables of this test only."""


class Thing(Own):
    __tablename__ = "search_test_things"
    __table_args__ = (words_index("search_test_things_words"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    search_words: Mapped[str] = mapped_column(default="")
    search_vector: Mapped[Any] = mapped_column(TSVECTOR, words_vector(), nullable=True, deferred=True)


@pytest.fixture
def index(transaction: None, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setattr(engine, "_indexes", {})
    Own.metadata.create_all(session.connection())
    model: Any = Thing
    return register_index("things", model, words=Thing.search_words, text=lambda thing: (thing.name, thing.note))


def add(index: Index, *names: str, note: str = "") -> None:
    things = [Thing(name=name, note=note) for name in names]
    session.add_all(things)
    put(index, *things)
    session.flush()


def found(query: str) -> list[str]:
    statement = select(Thing.name).where(matches(Thing.search_words, query))
    return list(session.scalars(statement.order_by(rank(Thing.search_words, query).desc(), Thing.id)))


def test_rows_are_found_by_their_words(index: Index) -> None:
    add(index, "场发射扫描电镜 JSM-7800F", "透射电镜 JEM-2100F", "氮吹仪")
    assert sorted(found("電鏡")) == ["场发射扫描电镜 JSM-7800F", "透射电镜 JEM-2100F"]
    assert found("jem2100") == ["透射电镜 JEM-2100F"]
    assert found("电镜 2100") == ["透射电镜 JEM-2100F"]
    assert found("吹仪") == ["氮吹仪"]
    assert len(found("  ")) == 3
    assert found("!!!") == []


@pytest.mark.parametrize(
    "query", ["'", "a' | 'b", "\\", "a:*", "!a", "(", "x\0y", "'; DROP TABLE users; --", "<->", "é' "]
)
def test_no_query_can_break_out(index: Index, query: str) -> None:
    add(index, "电镜")
    assert found(query) == []


def test_a_name_ranks_above_a_mention(index: Index) -> None:
    add(index, "离子溅射仪", note="为样品镀膜，" * 20 + "供扫描电镜观察")
    add(index, "扫描电镜")
    assert found("扫描电镜") == ["扫描电镜", "离子溅射仪"]


def test_two_characters_are_looked_up_in_the_index(index: Index) -> None:
    add(index, *(f"仪器{number}" for number in range(300)), "电镜")
    session.execute(text("ANALYZE search_test_things"))
    session.execute(text("SET LOCAL enable_seqscan = off"))
    statement = select(Thing.id).where(matches(Thing.search_words, "电镜"))
    compiled = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.scalars(text(f"EXPLAIN {compiled}")))
    assert "search_test_things_words" in plan


def test_rebuilding_changes_only_what_is_stale(index: Index, app: App) -> None:
    add(index, "电镜", "质谱仪")
    session.execute(text("UPDATE search_test_things SET search_words = 'stale' WHERE name = '电镜'"))
    session.commit()
    session.expire_all()
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert "things: seen 2, changed 1" in result.output
    assert found("电镜") == ["电镜"]
    assert session.scalar(select(func.count()).select_from(Thing)) == 2


def test_rebuilding_an_unknown_index_names_the_known_ones(index: Index, app: App) -> None:
    result = app.test_cli_runner().invoke(args=["search", "rebuild", "nothing"])
    assert result.exit_code == 2
    assert "things" in result.output


def test_a_column_without_an_index_is_an_error(index: Index) -> None:
    with pytest.raises(KeyError):
        matches(Thing.note, "x")
