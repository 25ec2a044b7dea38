"""Which passwords are accepted, and how they are compared."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from app.accounts.passwords import (
    check_password,
    configure_passwords,
    hash_password,
    idle_limit,
    is_password,
    is_password_expired,
)
from app.core.clock import now
from app.core.errors import Invalid
from tests.accounts.factories import make_user


@pytest.fixture
def strict() -> Iterator[None]:
    """The profile for graded protection, level 3."""
    configure_passwords("mlps3", 1, 8)
    yield
    configure_passwords("asvs", 1, 8)


@pytest.mark.parametrize("password", ["correct horse battery", "松树与集市的日历格", "x" * 100 + "yzab", "aB3$kk-9"])
def test_long_enough_and_unknown_passwords_are_accepted(password: str) -> None:
    check_password(password)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("x1y2z3" * 22, "password_long"),
        ("password", "password_common"),
        ("PassWord123", "password_common"),
        ("12345678", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("lihua-2026", "password_personal"),
    ],
)
def test_weak_passwords_are_refused_with_a_reason(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_password(password, personal=("Li Hua", "lihua@corp.example"))
    assert refusal.value.code == code
    assert refusal.value.field == "password"


def test_128_characters_are_kept_to_the_last_one() -> None:
    password = "pine" * 32
    user = make_user(password_hash=hash_password(password))
    assert is_password(user, password)
    assert not is_password(user, password[:-1] + "x")


def test_composed_and_decomposed_letters_are_the_same_password() -> None:
    user = make_user(password_hash=hash_password("caf\u00e9-au-lait"))
    assert is_password(user, "cafe\u0301-au-lait")


def test_a_hash_of_other_cost_is_renewed_at_the_next_right_password() -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash("an older password")
    user = make_user(password_hash=old)
    assert is_password(user, "an older password")
    assert user.password_hash != old
    assert is_password(user, "an older password")


def test_an_unknown_person_and_a_broken_hash_have_no_password() -> None:
    assert not is_password(None, "whatever it is")
    assert not is_password(make_user(password_hash="!"), "!")


@pytest.mark.usefixtures("strict")
def test_the_strict_profile_wants_three_classes_and_renewal_after_90_days() -> None:
    with pytest.raises(Invalid) as refusal:
        check_password("only small letters here")
    assert refusal.value.code == "password_classes"
    check_password("Small, and 1 capital")
    assert is_password_expired(make_user(password_changed_at=now() - timedelta(days=91)))
    assert not is_password_expired(make_user(password_changed_at=now() - timedelta(days=89)))
    assert idle_limit() == timedelta(minutes=15)


def test_the_usual_profile_lets_passwords_grow_old() -> None:
    assert not is_password_expired(make_user(password_changed_at=now() - timedelta(days=1000)))
    assert idle_limit() == timedelta(minutes=30)
