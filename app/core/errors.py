"""Errors that a person can act on. Each knows its HTTP status, a machine-readable code and a translatable sentence."""

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule said no. `message` is a (lazy) sentence for people, `code` is stable for machines.

    `field` names the input at fault; `details` is JSON-ready extra help, e.g. the nearest free slots.
    """

    status = 422
    code = "invalid"

    def __init__(
        self,
        message: object,
        *,
        code: str | None = None,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.details = dict(details or {})

    def __str__(self) -> str:
        return str(self.message)


class Invalid(DomainError):
    """The input breaks a rule: 422."""


class Unauthenticated(DomainError):
    """Nobody is signed in, or the token is unknown, expired or revoked: 401."""

    status = 401
    code = "unauthenticated"


class Forbidden(DomainError):
    """The thing may be known to this person, but the role is too small: 403."""

    status = 403
    code = "forbidden"


class Missing(DomainError):
    """There is no such thing, or this person may not know that there is: 404."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """Somebody or something was there first: 409."""

    status = 409
    code = "conflict"


class TooMany(DomainError):
    """Too many attempts: 429."""

    status = 429
    code = "too_many_requests"
