"""Amounts in Chinese capitals, as banks and tax offices want them beside the figures (大写金额)."""

from app.core.money import Money

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")


def amount_in_words_zh(amount: Money) -> str:
    """A yuan amount in capitals: ``壹仟贰佰叁拾肆元伍角整``.

    Source: 中国人民银行, 正确填写票据和结算凭证的基本规定: 整 after yuan or jiao, never after fen; one 零 for the zeros
    between digits. Raises ValueError for another currency or ten quadrillion yuan and more.
    """
    if amount.currency != "CNY":
        raise ValueError("only yuan are written in capitals")
    yuan, rest = divmod(abs(amount.minor), 100)
    if yuan >= 10**16:
        raise ValueError("the amount is too large to be written out")
    jiao, fen = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    words += f"{DIGITS[fen]}分" if fen else "整"
    if not yuan and not rest:
        words = "零元整"
    return f"负{words}" if amount.minor < 0 else words


def _whole(number: int) -> str:
    """A positive whole number below 10**16: what lies above 亿, above 万, and the rest."""
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            upper, lower = divmod(number, size)
            zero = "零" if 0 < lower < size // 10 else ""
            return f"{_whole(upper)}{unit}{zero}{_whole(lower) if lower else ''}"
    return _group(number)


def _group(number: int) -> str:
    """1 to 9999."""
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + DIGITS[digit] + PLACES[place]
            gap = False
        else:
            gap = True
    return words
