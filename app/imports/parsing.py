"""The text of one cell as the value of one field. Each function returns the value or raises Unreadable."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from app.core.i18n import lazy_gettext as _l
from app.core.wording import one_line, paragraphs

LONGEST_LINE = 300
LONGEST_TEXT = 20_000
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d\d)(\d\d)")
_YES_NO = {"是": True, "否": False, "true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}

Parser = Callable[[str], Any]


class Unreadable(ValueError):
    """The cell cannot be understood; `sentence` (lazy) says what stands there and what to write."""

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def shown(text: str) -> str:
    """A value short enough for a sentence."""
    return text if len(text) <= 40 else f"{text[:39]}…"


def line(text: str) -> str:
    """A name or another short text."""
    cleaned = one_line(text)
    if len(cleaned) > LONGEST_LINE:
        raise Unreadable(_too_long(cleaned, LONGEST_LINE))
    return cleaned


def prose(text: str) -> str:
    """A text of several lines."""
    cleaned = paragraphs(text)
    if len(cleaned) > LONGEST_TEXT:
        raise Unreadable(_too_long(cleaned, LONGEST_TEXT))
    return cleaned


def _too_long(text: str, most: int) -> object:
    return _l("%(length)s characters are too many, at most %(most)s", length=len(text), most=most)


def day(text: str) -> date:
    """A calendar day in one of the ways Chinese lists write it."""
    found = _DATE.fullmatch(text.strip())
    try:
        year, month, number = (int(part) for part in found.groups() if part) if found else (0, 0, 0)
        value = date(year, month, number)
    except ValueError:
        value = date.min
    if not 1900 <= value.year <= 2100:
        raise Unreadable(_l("“%(value)s” is no date, e.g. 2024-03-01", value=shown(text.strip())))
    return value


def yes_no(text: str) -> bool:
    """是 or 否."""
    value = _YES_NO.get(text.strip().lower())
    if value is None:
        raise Unreadable(_l("“%(value)s” is unknown; write 是 or 否", value=shown(text.strip())))
    return value
