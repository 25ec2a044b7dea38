"""Patent numbers with their check digit, publication numbers, IPC symbols and Locarno classes (domain.md B.6)."""

import re
from dataclasses import dataclass

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

# [0-9], for \d would take the digits of every script, which the database refuses
_NUMBER = re.compile(r"(?:CN)?\s*(?:ZL)?\s*([0-9]{12}|[0-9]{8})\.?([0-9X])", re.IGNORECASE)
_IPC = re.compile(r"([A-H])([0-9]{2})([A-Z])\s*([0-9]{1,4})/([0-9]{2,6})", re.IGNORECASE)
_LOCARNO = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．Ｘｘ／－", "0123456789.XX/-")
KIND_DIGITS = {"1": "invention", "2": "utility_model", "3": "design", "8": "pct_invention", "9": "pct_utility_model"}
NEW_NUMBERS_SINCE = 2003  # in October: both forms name this year
FIRST_YEAR, LAST_YEAR = 1985, 2100


@dataclass(frozen=True, slots=True)
class PatentNumber:
    """A number that holds: `digits` before the dot and the `check` character, e.g. 201710601862 and 3."""

    digits: str
    check: str

    @property
    def canonical(self) -> str:
        """As stored: ``201710601862.3``."""
        return f"{self.digits}.{self.check}"

    @property
    def shown(self) -> str:
        """As printed on the certificate: ``ZL201710601862.3``."""
        return f"ZL{self.canonical}"

    @property
    def year(self) -> int:
        """The year of filing that the number names."""
        if len(self.digits) == 12:
            return int(self.digits[:4])
        short = int(self.digits[:2])
        return 1900 + short if short >= 85 else 2000 + short

    @property
    def is_possible(self) -> bool:
        """Whether numbers of this form were given in the year that it names; the database asks the same."""
        if len(self.digits) == 12:
            return NEW_NUMBERS_SINCE <= self.year <= LAST_YEAR
        return FIRST_YEAR <= self.year <= NEW_NUMBERS_SINCE

    @property
    def kind(self) -> str:
        """The value of `PatentKind` that the number names."""
        return KIND_DIGITS[self.digits[4] if len(self.digits) == 12 else self.digits[2]]


def check_character(digits: str) -> str:
    """Weights 2 to 9 from the left, again and again; the sum modulo 11; ten is written X."""
    remainder = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(digits)) % 11
    return "X" if remainder == 10 else str(remainder)


def parse_number(text: str) -> PatentNumber:
    """Read a patent number as people write it: with or without CN, ZL, blanks, dot, full-width digits.

    Raises Invalid with what is wrong; a wrong digit is never guessed (flows-market.md M1).
    """
    cleaned = text.translate(_FULL_WIDTH).strip()
    found = _NUMBER.fullmatch(cleaned)
    if found is None:
        raise Invalid(
            _l("“%(value)s” is no patent number, e.g. ZL201710601862.3", value=cleaned[:40]),
            code="number_form",
            field="number",
        )
    number = PatentNumber(found[1], found[2].upper())
    if (number.digits[4] if len(number.digits) == 12 else number.digits[2]) not in KIND_DIGITS:
        raise Invalid(_l("The number names no kind of patent: 1, 2, 3, 8 or 9."), code="number_kind", field="number")
    expected = check_character(number.digits)
    if expected != number.check:
        raise Invalid(
            _l(
                "Check digit should be %(expected)s, not %(found)s: see the certificate.",
                expected=expected,
                found=number.check,
            ),
            code="check_digit",
            field="number",
        )
    if not number.is_possible:
        raise Invalid(_l("The number names a year that cannot be."), code="number_year", field="number")
    return number


def ipc_symbol(text: str) -> str:
    """An IPC symbol in its usual form, e.g. ``G06F 16/36`` as ``G06F16/36``. Raises ValueError for another text."""
    found = _IPC.fullmatch(text.translate(_FULL_WIDTH).strip())
    if found is None:
        raise ValueError(text)
    section, number, letter, group, subgroup = found.groups()
    return f"{section}{number}{letter}{group}/{subgroup}".upper()


def locarno_class(text: str) -> str:
    """A Locarno class 01 to 32 with its subclass, e.g. ``06-01``. Raises ValueError for another text."""
    found = _LOCARNO.fullmatch(text.translate(_FULL_WIDTH).strip())
    if found is None or not 1 <= int(found[1]) <= 32:
        raise ValueError(text)
    return f"{int(found[1]):02d}" + (f"-{int(found[2]):02d}" if found[2] else "")
