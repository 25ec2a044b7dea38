"""What somebody would like to make or mend, in plain words: those that mean something."""

import re

import rjieba

from app.search.words import fold

MOST_WORDS = 12
_RUNS = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+(?:[-./][^\W_\u3400-\u9fff]+)*")
_EMPTY = frozenset(
    re.split(
        r"\s+",
        """的 了 和 与 及 或 在 是 有 我 我们 想 想要 要 需要 怎么 怎样 如何 什么 哪些 可以 能 能够 会 不会 不 没有
        用 用于 用来 一种 一个 做 把 给 让 使 对 从 到 也 都 更 很 及其 方法 装置 里 上 下 中
        a an the of for to and or with without that which does do not no what will you i we make mend repair find need
        want in on at by from is are be it its this how can into""",
    )
)


def plain_words(query: str) -> list[str]:
    """The words of a query that mean something, each once, as they are looked for; all of them when none does."""
    found: list[str] = []
    for run in _RUNS.findall(fold(query[:200])):
        found += rjieba.cut(run) if "\u3400" <= run[0] <= "\u9fff" else [run]
    telling = [word for word in dict.fromkeys(found) if word not in _EMPTY and (len(word) > 1 or not word.isascii())]
    return telling[:MOST_WORDS]
