"""No malformed number is stored: the form, the list, the command and the constraint of the database agree (B.6)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import session
from app.core.errors import Invalid
from app.market.patents.numbers import parse_number
from tests.market.factories import make_patent, patent_number

KINDS, SIGNS = "12389", "0123456789X"
FULL_WIDTH = str.maketrans("0123456789.X", "０１２３４５６７８９．Ｘ")
DEVANAGARI = str.maketrans("0123456789", "०१२३४५६७८९")


def weigh(digits: str) -> str:
    """The check digit the slow way: the weights of B.6 written out."""
    weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
    return SIGNS[sum(int(digit) * weights[place] for place, digit in enumerate(digits)) % 11]


def is_number(number: str) -> bool:
    """The plain model of what may be stored: twelve or eight digits of a year that had them, a dot, the check."""
    digits, dot, check = number.partition(".")
    if not dot or len(digits) not in {12, 8} or any(sign not in SIGNS[:10] for sign in digits):
        return False
    is_new = len(digits) == 12
    years = range(2003, 2101) if is_new else [*range(85, 100), *range(4)]
    year, kind = (int(digits[:4]), digits[4]) if is_new else (int(digits[:2]), digits[2])
    return year in years and kind in KINDS and check == weigh(digits)


@st.composite
def right(draw: st.DrawFn) -> str:
    """A number that holds, old or new."""
    if draw(st.booleans()):
        digits = f"{draw(st.integers(2003, 2100))}{draw(st.sampled_from(KINDS))}{draw(st.integers(0, 9999999)):07d}"
    else:
        year = draw(st.integers(85, 99) | st.integers(0, 3))
        digits = f"{year:02d}{draw(st.sampled_from(KINDS))}{draw(st.integers(0, 99999)):05d}"
    return f"{digits}.{weigh(digits)}"


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """A number to which something was done; it may still hold."""
    number = draw(right())
    place = draw(st.integers(0, len(number) - 1))
    sign = draw(st.sampled_from([*SIGNS, "x", "４", "४", "Ⅹ", " ", "-", "\n"]))
    deed = draw(st.integers(0, 10))
    digits = number[:-2]
    deeds: list[str] = [
        number[:place] + sign + number[place + 1 :],  # another sign
        number[:place] + number[place + 1 :],  # one lost
        number[:place] + sign + number[place:],  # one too many
        number[:-1] + sign,  # another check digit
        number.translate(FULL_WIDTH),
        number.translate(DEVANAGARI),
        "ZL" + number,
        number.replace(".", ""),
        number + "\n",
        f"{digits[:-2]}{digits[-1]}{digits[-2]}{number[-2:]}",  # two changed places
        _of_year(digits, draw(st.integers(0, 9999))),
    ]
    return deeds[deed]


def _of_year(digits: str, year: int) -> str:
    """The same number of any year, with the check digit that belongs to it."""
    other = f"{year:04d}{digits[4:]}" if len(digits) == 12 else f"{year % 100:02d}{digits[2:]}"
    return f"{other}.{weigh(other)}"


def stored_by_python(number: str) -> str | None:
    """What a form makes of a text, or nothing."""
    try:
        return parse_number(number).canonical
    except Invalid:
        return None


def by_database(numbers: list[str]) -> list[bool]:
    asked = text(
        "SELECT is_patent_number(one) FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY t(one, at) ORDER BY at"
    )
    return list(session.scalars(asked, {"numbers": numbers}))


@settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(st.lists(right() | spoiled(), min_size=100, max_size=200))
@example(["२०१७१०६०१८६२.3", "190110601862.3", "201710601862.3\n", "201710601862.x", "041017654.0", ""])
def test_database_form_and_plain_model_agree_on_thousands_of_numbers(transaction: None, numbers: list[str]) -> None:
    expected = [is_number(number) for number in numbers]
    assert by_database(numbers) == expected
    read = [stored_by_python(number) for number in numbers]
    assert [number == canonical for number, canonical in zip(numbers, read, strict=True)] == expected
    kept = [canonical for canonical in read if canonical is not None]
    assert by_database(kept) == [True] * len(kept), "the form lets through what the database refuses"


@pytest.mark.parametrize(
    "number", ["201710601862.4", "201770601862.3", "ZL201710601862.3", "２０１７１０６０１８６２．３", ""]
)
def test_no_statement_stores_a_malformed_number(number: str) -> None:
    patent = make_patent(number=patent_number(7))
    changed: dict[str, Any] = {"number": number, "id": patent.id}
    with pytest.raises(IntegrityError, match="patents_number_check"), session.begin_nested():
        session.execute(text("UPDATE patents SET number = :number WHERE id = :id"), changed)
