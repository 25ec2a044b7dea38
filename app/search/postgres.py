"""Search in PostgreSQL: our words in a text column, matched through a GIN index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Computed, Index, false, func, literal, literal_column, true
from sqlalchemy.dialects.postgresql import TSQUERY

from app.search import engine
from app.search.words import Term, cut, terms

CONFIGURATION: ColumnElement[Any] = literal_column("'simple'::regconfig")
TELLING = 100  # characters of the words column


def words_index(name: str) -> Index:
    """The index that a table with a column `search_vector` declares among its arguments."""
    return Index(name, "search_vector", postgresql_using="gin")


def words_vector(column: str = "search_words") -> Computed:
    """What `search_vector` is computed from: the words, those at the beginning weighted, for they tell most."""
    text = f"to_tsvector('simple'::regconfig, {column})"
    telling = f"setweight(to_tsvector('simple'::regconfig, \"left\"({column}, {TELLING})), 'A')"
    return Computed(f"{telling} || {text}", persisted=True)


class PostgresEngine:
    """Needs nothing beside the database. Two-character words are one lookup in the index."""

    def matches(self, index: engine.Index, query: str) -> ColumnElement[bool]:
        """All words must be there, the last one at least as a beginning; nothing but signs finds nothing."""
        if not query.strip():
            return true()
        wanted = terms(query)
        if not wanted:
            return false()
        return _vector(index).bool_op("@@")(_query(wanted, " & "))

    def rank(self, index: engine.Index, query: str) -> ColumnElement[float]:
        """Words at the beginning count more, for an index lists the telling texts first; short texts before long."""
        wanted = terms(query)
        if not wanted:
            return literal(0.0)
        return func.ts_rank(_vector(index), _query(wanted, " | "), 1)

    def put(self, index: engine.Index, things: Sequence[Any]) -> int:
        """Cut the texts anew and set the column where it differs."""
        changed = 0
        for thing in things:
            words = cut("\n".join(filter(None, index.text(thing))))
            if getattr(thing, index.words.key) != words:
                setattr(thing, index.words.key, words)
                changed += 1
        return changed


def _vector(index: engine.Index) -> ColumnElement[Any]:
    return index.model.__table__.c.search_vector


def _query(wanted: Sequence[Term], operator: str) -> ColumnElement[Any]:
    """Words hold letters, digits and Han only, so that quoting them is safe."""
    text = operator.join(f"'{term.word}':*" if term.is_prefix else f"'{term.word}'" for term in wanted)
    return func.to_tsquery(CONFIGURATION, text, type_=TSQUERY)
