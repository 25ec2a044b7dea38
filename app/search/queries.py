"""Conditions for lists that are searched."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from app.search.engine import engine, index_of


def matches(words: InstrumentedAttribute[str], query: str) -> ColumnElement[bool]:
    """For ``.where(matches(Instrument.search_words, q))``; a blank query lets every row pass."""
    return engine().matches(index_of(words), query)


def rank(words: InstrumentedAttribute[str], query: str) -> ColumnElement[float]:
    """For ``.order_by(rank(Instrument.search_words, q).desc(), …)``."""
    return engine().rank(index_of(words), query)
