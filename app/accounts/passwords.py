"""Passwords: which are accepted, how they are hashed (argon2id) and compared."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from app.accounts.models import User
from app.accounts.settings import settings
from app.core.clock import now
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

SHORTEST = 8
LONGEST = 128
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])


@dataclass
class _Rules:
    """What the deployment decided; set once by `configure_passwords`."""

    hasher: PasswordHasher
    profile: str
    dummy_hash: str


def _rules(profile: str, hasher: PasswordHasher) -> _Rules:
    return _Rules(hasher, profile, hasher.hash("nobody has this password"))


_present: list[_Rules] = []


def configure_passwords(profile: str, time_cost: int, memory_kib: int) -> None:
    """Choose the rules (`asvs` or `mlps3`) and the cost of a hash."""
    _present[:] = [_rules(profile, PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=1))]


def hash_password(password: str) -> str:
    """The argon2id hash that is stored."""
    return _present[0].hasher.hash(_normal(password))


def is_password(user: User | None, password: str) -> bool:
    """Whether this is the person's password. Takes as long for an unknown person; renews a hash of old cost."""
    rules = _present[0]
    try:
        rules.hasher.verify(user.password_hash if user else rules.dummy_hash, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    if user is not None and rules.hasher.check_needs_rehash(user.password_hash):
        user.password_hash = hash_password(password)
    return user is not None


def check_password(password: str, *, personal: Iterable[str] = (), field: str = "password") -> None:
    """Raise Invalid when a new password is too short, too long, well known or made of `personal` words.

    `asvs`: OWASP ASVS 5.0 V6.2, length and a list, no classes. `mlps3`: also three kinds of characters
    (GB/T 22239-2019 8.1.4.1 a).
    """
    length = len(_normal(password))
    if length < SHORTEST:
        raise Invalid(_l("Use at least 8 characters; 15 or more are better."), field=field, code="password_short")
    if length > LONGEST:
        raise Invalid(_l("Use at most 128 characters."), field=field, code="password_long")
    plain = _normal(password).casefold()
    if _is_common(plain):
        raise Invalid(
            _l("This password is on the list of common ones. Choose another."), field=field, code="password_common"
        )
    words = [word for text in personal for word in text.casefold().replace("@", " ").split() if len(word) > 2]
    if any(word in plain and len(plain) - len(word) < SHORTEST for word in [*words, "jishi", "技市"]):
        raise Invalid(_l("Leave your name and address out of the password."), field=field, code="password_personal")
    if _present[0].profile == "mlps3" and _classes(password) < 3:
        raise Invalid(
            _l("Mix at least three of: lower-case letters, capitals, digits, other signs."),
            field=field, code="password_classes",
        )  # fmt: skip


def _is_common(plain: str) -> bool:
    """Whether a password is well known, also with up to four digits behind it, or almost one repeated sign."""
    base = plain.rstrip("0123456789!.")
    return plain in _COMMON or (base in _COMMON and len(plain) - len(base) <= 4) or len(set(plain)) < 4


def is_password_expired(user: User) -> bool:
    """Whether the profile asks for a new password because of its age."""
    age = timedelta(days=settings.number("password_days"))
    return _present[0].profile == "mlps3" and user.password_changed_at < now() - age


def idle_limit() -> timedelta:
    """How long a signed-in browser may do nothing; the profile mlps3 allows 15 minutes at most."""
    minutes = settings.number("idle_minutes")
    return timedelta(minutes=min(minutes, 15) if _present[0].profile == "mlps3" else minutes)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def _classes(password: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit, lambda sign: not sign.isalnum())
    return sum(any(kind(sign) for sign in password) for kind in kinds)
