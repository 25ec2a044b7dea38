"""Chinese names and national classes of instruments, known by the words in their name and technique.

The table is data: techniques.csv, first match wins. `words` are all required, ``a/b`` means either; ``{tesla}`` in a
Chinese name is the field strength found in the text. Source of the classes: domain.md A.3.
"""

import csv
import itertools
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.wording import has_han

TABLE = Path(__file__).with_name("techniques.csv")

_WORD = re.compile(r"[a-z]+|[0-9]+")
_TESLA = re.compile(r"\b(\d{1,2}(?:\.\d)?)\s*-?\s*t(?:esla)?\b")


@dataclass(frozen=True, slots=True)
class Technique:
    """A known kind of instrument; `chinese` is empty when only the class is known."""

    rank: int
    words: frozenset[str]
    chinese: str
    class_code: str


@dataclass(frozen=True, slots=True)
class Table:
    """Entries of Latin words, each filed under one of its words, and stems of Chinese."""

    by_word: dict[str, tuple[Technique, ...]]
    stems: tuple[tuple[str, str], ...]


@cache
def load_table() -> Table:
    """Read techniques.csv once."""
    filed: dict[str, list[Technique]] = {}
    stems = []
    with TABLE.open(encoding="utf-8", newline="") as stream:
        for rank, row in enumerate(csv.DictReader(stream)):
            if not row["words"].isascii() or not row["chinese"]:
                stems.append((row["words"], row["class_code"]))
                continue
            for words in itertools.product(*(term.split("/") for term in row["words"].split())):
                technique = Technique(rank, frozenset(words), row["chinese"], row["class_code"])
                filed.setdefault(max(words, key=len), []).append(technique)
    return Table({word: tuple(entries) for word, entries in filed.items()}, tuple(stems))


def recognise(name: str, technique: str) -> tuple[str, str]:
    """(Chinese name, class code) of an instrument; empty texts for what is not known."""
    table = load_table()
    text = f"{technique} {name}".lower()
    words = set(_WORD.findall(text))
    best: Technique | None = None
    for word in words & table.by_word.keys():
        for entry in table.by_word[word]:
            if (best is None or entry.rank < best.rank) and entry.words <= words:
                best = entry
    if has_han(name):
        return name, best.class_code if best else _class_by_stem(table, text)
    if best is None:
        return "", _class_by_stem(table, text)
    return _named(best.chinese, text), best.class_code


def _class_by_stem(table: Table, text: str) -> str:
    if text.isascii():
        return ""
    return next((code for stem, code in table.stems if stem.lower() in text), "")


def _named(chinese: str, text: str) -> str:
    if "{tesla}" not in chinese:
        return chinese
    found = _TESLA.search(text)
    return chinese.replace("{tesla}", f"{found[1].removesuffix('.0')}\u00a0T" if found else "")
