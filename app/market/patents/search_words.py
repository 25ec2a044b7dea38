"""The words by which a patent is found: what it is for first, not only what it is called."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import selectinload

from app.market.patents.models import Patent
from app.search.engine import register_index
from app.search.words import cut

_TELLING = ("title", "use_text", "products", "title_en", "number")
_COMMON = ("abstract", "industry", "publication_no")

_cut_common = lru_cache(4096)(cut)


def texts(values: Mapping[str, Any], holders: Iterable[str]) -> Iterator[str]:
    """All texts of a patent, the telling ones first; inventors are left out, for they are persons."""
    yield from (values[name] for name in (*_TELLING, *_COMMON) if values.get(name))
    yield from values.get("ipc") or ()
    yield from values.get("locarno") or ()
    yield from holders


def search_words(values: Mapping[str, Any], holders: Iterable[str]) -> str:
    """What ``cut`` makes of all texts; names that many patents share are cut once."""
    words: dict[str, None] = {}
    for name in (*_TELLING, *_COMMON):
        if values.get(name):
            words |= dict.fromkeys(cut(values[name]).split())
    for text in (*(values.get("ipc") or ()), *(values.get("locarno") or ()), *holders):
        words |= dict.fromkeys(_cut_common(text).split())
    return " ".join(words)


def _texts(patent: Patent) -> list[str]:
    values = {name: getattr(patent, name) for name in (*_TELLING, *_COMMON, "ipc", "locarno")}
    return list(texts(values, (holder.name for holder in patent.holders)))


index = register_index(
    "patents", Patent, words=Patent.search_words, text=_texts, options=(selectinload(Patent.holders),)
)
