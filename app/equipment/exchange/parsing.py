"""Cells that only lists of instruments have. Each function returns the value or raises Unreadable."""

import re
from decimal import Decimal, InvalidOperation

from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import ShareMode
from app.imports.parsing import Unreadable, shown

FEN_PER_WAN = 1_000_000  # 万元: ten thousand yuan
_MOST_WAN = Decimal(10) ** 7
_CLASS_CODE = re.compile(r"\d{2}|\d{4}|\d{6}")

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


def class_code(text: str) -> str:
    """A code of 大型科学仪器设备分类与代码: two, four or six digits."""
    code = text.strip()
    if not _CLASS_CODE.fullmatch(code) or not code.isascii():
        raise Unreadable(_l("“%(value)s” is no class code of six digits, e.g. 030122", value=shown(code)))
    return code
