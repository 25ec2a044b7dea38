"""What an engine must do, which one serves this process, and what is indexed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.interfaces import ORMOption

from app.core.db import Base


@dataclass(frozen=True)
class Index:
    """Things that can be found. `text` gives the texts of one thing, the telling ones first."""

    name: str
    model: type[Base]
    words: InstrumentedAttribute[str]
    text: Callable[[Any], Iterable[str]]
    options: Sequence[ORMOption] = ()


class SearchEngine(Protocol):
    """Answers in SQL, so that every list keeps its own filters, visibility and pages."""

    def matches(self, index: Index, query: str) -> ColumnElement[bool]:
        """Holds for the rows that a query finds; a blank query finds all."""
        ...

    def rank(self, index: Index, query: str) -> ColumnElement[float]:
        """How well a row fits; greater is better."""
        ...

    def put(self, index: Index, things: Sequence[Any]) -> int:
        """Bring what the engine knows of these things up to date; returns how many were not."""
        ...


_engine: list[SearchEngine] = []
_indexes: dict[str, Index] = {}


def use_engine(engine: SearchEngine) -> None:
    """Name the engine of this process."""
    _engine[:] = [engine]


def engine() -> SearchEngine:
    """The engine of this process."""
    return _engine[0]


def register_index(
    name: str,
    model: type[Base],
    *,
    words: InstrumentedAttribute[str],
    text: Callable[[Any], Iterable[str]],
    options: Sequence[ORMOption] = (),
) -> Index:
    """Make the rows of a table findable by `words`, a text column that holds ``cut`` of their texts.

    The table has ``search_vector = mapped_column(TSVECTOR, words_vector(), nullable=True, deferred=True)`` and declares
    ``words_index("instruments_words")`` among its arguments. `options` are the
    loader options that `text` needs.
    """
    index = Index(name, model, words, text, tuple(options))
    _indexes[name] = index
    return index


def index_of(words: InstrumentedAttribute[str]) -> Index:
    """The index whose words lie in this column. Raises KeyError when there is none."""
    for index in _indexes.values():
        if index.words.class_ is words.class_ and index.words.key == words.key:
            return index
    raise KeyError(f"no index uses {words}")


def indexes() -> Sequence[Index]:
    """Everything that is registered."""
    return list(_indexes.values())
