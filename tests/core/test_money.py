"""Amounts as people type them."""

import pytest

from app.core.money import parse_money


@pytest.mark.parametrize(
    ("text", "minor"),
    [("0", 0), ("30", 3000), ("30.", 3000), ("30.5", 3050), ("30.50", 3050), ("30.500", 3050), ("1,234.50", 123450),
     ("12,345,678", 1234567800), ("¥30", 3000), ("￥ 30", 3000), ("１，２３４．５０", 123450),
     (" 7 ", 700), ("-5", -500)],
)  # fmt: skip
def test_what_people_type_is_read(text: str, minor: int) -> None:
    assert parse_money(text).minor == minor


@pytest.mark.parametrize(
    "text",
    ["", "1,5", "1,50", "12,34.5", "1,2345", ",5", "1e3", "1_000", "NaN", "Infinity", "0.001", "1.234,50", "x",
     "\0", "--1", "9" * 17, "9" * 5000, "1 000"],
)  # fmt: skip
def test_what_may_mean_two_things_or_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        parse_money(text)


def test_yen_have_no_decimals() -> None:
    assert parse_money("30", "JPY").minor == 30
    with pytest.raises(ValueError, match="no amount"):
        parse_money("30.5", "JPY")
