"""The words by which an instrument is found."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from app.equipment.instruments.classes import class_path
from app.equipment.instruments.models import Instrument
from app.search.engine import register_index
from app.search.words import cut

_TELLING = ("name_zh", "name", "asset_no", "model")
_COMMON = ("technique", "manufacturer", "functions", "services", "subjects")

_cut_common = lru_cache(4096)(cut)


def search_words(values: Mapping[str, Any]) -> str:
    """What ``cut`` makes of all texts of an instrument; texts that many instruments share are cut once."""
    words: dict[str, None] = {}
    for name in _TELLING:
        if values.get(name):
            words |= dict.fromkeys(cut(values[name]).split())
    for text in _common(values):
        words |= dict.fromkeys(_cut_common(text).split())
    return " ".join(words)


def _common(values: Mapping[str, Any]) -> Iterator[str]:
    yield from (values[name] for name in _COMMON if values.get(name))
    for found in class_path(values.get("class_code", "")):
        yield from (found.chinese, found.english)


def _texts(instrument: Instrument) -> list[str]:
    values = {name: getattr(instrument, name) for name in (*_TELLING, *_COMMON, "class_code")}
    return [*(values[name] for name in _TELLING), *_common(values)]


index = register_index("instruments", Instrument, words=Instrument.search_words, text=_texts)
