"""Identifiers sort by creation and cannot be guessed."""

import time

import pytest

from app.core import ids
from app.core.ids import readable_code, secret_token, uuid7

pytestmark = pytest.mark.nodb


def test_identifiers_ascend_strictly_and_carry_version_and_variant() -> None:
    made = [uuid7() for _number in range(10_000)]
    assert made == sorted(set(made))
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_identifiers_carry_the_present_millisecond() -> None:
    ids._last[:] = [0, 0]  # a test that travelled in time may have been here before
    before = time.time_ns() // 1_000_000
    assert before <= uuid7().int >> 80 <= before + 2000


def test_codes_that_are_read_out_lack_what_looks_alike() -> None:
    assert not set("".join(readable_code(20) for _number in range(200))) & set("01OIL")


def test_secrets_have_256_bits() -> None:
    assert len(secret_token()) == 43
    assert secret_token() != secret_token()
