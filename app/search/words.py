"""Text into words: what is written in full width, capitals or traditional characters is found all the same.

A Han run gives its dictionary words (rjieba, search mode) and all pairs of neighbouring characters, so that words the
dictionary lacks are found too. A model number gives its parts and, joined, the whole: ``JEM-2100F`` is found by
``2100f``, ``jem 2100f`` and ``jem2100``.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import rjieba
from opencc import OpenCC

MAX_QUERY = 200
MAX_TERMS = 24

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[-./·][^\W_{_HAN}]+)*")
_IS_HAN = re.compile(rf"[{_HAN}]")
_JOINTS = re.compile(r"[-./·]")


@dataclass(frozen=True, slots=True)
class Term:
    """One word that a match must have; a prefix is enough when `is_prefix`."""

    word: str
    is_prefix: bool = False


def fold(text: str) -> str:
    """NFKC, small letters, simplified characters."""
    return str(_simplifier().convert(unicodedata.normalize("NFKC", text).lower()))


def cut(text: str) -> str:
    """The words of a text for an index, separated by blanks, each once."""
    return " ".join(dict.fromkeys(_index_words(fold(text))))


def terms(query: str) -> list[Term]:
    """What a query asks for; all of it must be there. Its last word may still be being typed."""
    found: list[str] = []
    runs = [match.group() for match in _RUN.finditer(fold(query[:MAX_QUERY]))]
    for run in runs:
        found += _han_terms(run) if _IS_HAN.match(run) else _JOINTS.split(run)
    wanted = list(dict.fromkeys(found))[:MAX_TERMS]
    return [Term(word, is_prefix=word == found[-1] or _is_one_han(word)) for word in wanted]


def _index_words(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text):
        run = match.group()
        if _IS_HAN.match(run):
            yield from (word for word in rjieba.cut_for_search(run) if len(word) > 1)
            yield from _pairs(run)
            yield run[-1]
        else:
            parts = _JOINTS.split(run)
            yield from parts
            if len(parts) > 1:
                yield "".join(parts)


def _han_terms(run: str) -> list[str]:
    """Pairs within each word of the query; a lone character goes with its neighbour, for the word is unknown then."""
    groups: list[str] = []
    for word in rjieba.cut(run):
        if groups and (len(word) == 1 or len(groups[-1]) == 1):
            groups[-1] += word
        else:
            groups.append(word)
    return [pair for group in groups for pair in (_pairs(group) or [group])]


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def _is_one_han(word: str) -> bool:
    return len(word) == 1 and bool(_IS_HAN.match(word))


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")
