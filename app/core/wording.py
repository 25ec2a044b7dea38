"""Text as people type or paste it, made fit for storing: no stray blanks, no invisible characters."""

import re
import unicodedata

_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")


def one_line(text: str) -> str:
    """Names: line breaks, tabs and runs of blanks become one blank; nothing at the ends; composed form (NFC)."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def paragraphs(text: str) -> str:
    """Longer text: as `one_line`, but single line breaks and one blank line between paragraphs stay."""
    if "\n" not in text and "\r" not in text:
        return one_line(text)
    lines = [one_line(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def has_han(text: str) -> bool:
    """Whether any character is Chinese."""
    return not text.isascii() and _HAN.search(text) is not None
