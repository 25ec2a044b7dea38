"""Patent numbers, their check digit and the symbols of classes (domain.md B.6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.market.patents.numbers import check_character, ipc_symbol, locarno_class, parse_number

pytestmark = pytest.mark.nodb

VECTORS = ["201710601862.3", "97101765.4", "95115608.X", "201910725275.4", "202010643009.X", "202111495836.X"]


@pytest.mark.parametrize("number", VECTORS)
def test_real_numbers_hold(number: str) -> None:
    assert parse_number(number).canonical == number


@pytest.mark.parametrize(
    "text",
    ["ZL201710601862.3", "cn zl 201710601862.3", "CN201710601862.3", "ZL２０１７１０６０１８６２．３", "2017106018623"],
)
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    assert parse_number(text).shown == "ZL201710601862.3"


@given(st.sampled_from(VECTORS), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: str, place: int, shift: int) -> None:
    digits, check = number.split(".")
    place %= len(digits)
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    if wrong == digits:
        return
    with pytest.raises(Invalid):
        parse_number(f"{wrong}.{check}")


def test_the_right_check_digit_is_named_but_not_put_in() -> None:
    with pytest.raises(Invalid, match="not 4"):
        parse_number("ZL201710601862.4")


@pytest.mark.parametrize("text", ["", "ZL", "1", "201770601862.3", "US1234567", "2017106018623.3", "190110601862.3"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_number(text)


def test_the_kind_is_in_the_number() -> None:
    digits = "20172060186"
    whole = digits + "2"
    assert parse_number(f"{whole}.{check_character(whole)}").kind == "utility_model"


@pytest.mark.parametrize(("text", "symbol"), [("g06f 16/36", "G06F16/36"), ("A61K31/00", "A61K31/00")])
def test_classes_are_brought_into_form(text: str, symbol: str) -> None:
    assert ipc_symbol(text) == symbol


@pytest.mark.parametrize("text", ["I06F16/36", "G06F", "G6F16/36", "G06F16"])
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"G|I"):
        ipc_symbol(text)


def test_designs_have_locarno_classes() -> None:
    assert locarno_class("6-1") == "06-01"
    with pytest.raises(ValueError, match="33"):
        locarno_class("33")
