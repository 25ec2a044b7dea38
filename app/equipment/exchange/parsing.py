"""The text of one cell as the value of one field. Each function returns the value or raises Unreadable."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core.i18n import lazy_gettext as _l
from app.core.wording import one_line, paragraphs
from app.equipment.instruments.models import ShareMode

LONGEST_LINE = 300
LONGEST_TEXT = 20_000
FEN_PER_WAN = 1_000_000  # 万元: ten thousand yuan
_MOST_WAN = Decimal(10) ** 7
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d\d)(\d\d)")
_CLASS_CODE = re.compile(r"\d{2}|\d{4}|\d{6}")

Parser = Callable[[str], Any]

_SHARE_MODES = {
    "不共享": ShareMode.NONE,
    "内部共享": ShareMode.INTERNAL,
    "外部共享": ShareMode.EXTERNAL,
    "对外共享": ShareMode.EXTERNAL,
    "共享": ShareMode.EXTERNAL,
    "none": ShareMode.NONE,
    "internal": ShareMode.INTERNAL,
    "external": ShareMode.EXTERNAL,
}
SHARE_MODE_TEXT = {ShareMode.NONE: "不共享", ShareMode.INTERNAL: "内部共享", ShareMode.EXTERNAL: "外部共享"}
_YES_NO = {"是": True, "否": False, "true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


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


def wan_yuan(text: str) -> int:
    """万元 as fen, exactly: 67.81 is 67,810,000 fen."""
    digits = text.strip().removesuffix("万元").replace(",", "").replace("，", "").strip()
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= _MOST_WAN or amount * FEN_PER_WAN % 1:
        raise Unreadable(_l("“%(value)s” is no amount in 万元, e.g. 67.81", value=shown(text.strip())))
    return int(amount * FEN_PER_WAN)


def wan_text(minor: int) -> str:
    """Fen as 万元 with two decimals, more only where the amount has them."""
    whole, rest = divmod(minor, FEN_PER_WAN)
    digits = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{digits}"


def share_mode(text: str) -> str:
    """共享模式."""
    value = _SHARE_MODES.get(text.strip().lower())
    if value is None:
        raise Unreadable(_l("“%(value)s” is unknown; write 不共享, 内部共享 or 外部共享", value=shown(text.strip())))
    return value


def yes_no(text: str) -> bool:
    """是 or 否."""
    value = _YES_NO.get(text.strip().lower())
    if value is None:
        raise Unreadable(_l("“%(value)s” is unknown; write 是 or 否", value=shown(text.strip())))
    return value


def class_code(text: str) -> str:
    """A code of 大型科学仪器设备分类与代码: two, four or six digits."""
    code = text.strip()
    if not _CLASS_CODE.fullmatch(code) or not code.isascii():
        raise Unreadable(_l("“%(value)s” is no class code of six digits, e.g. 030122", value=shown(code)))
    return code
