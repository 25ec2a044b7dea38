"""Declarations of open licences and the consent links, which work without an account."""

from tests.access.rows import get, post

ROWS = [
    get("consents.show", "token=consent", {200: "*"}),
    get("consents.show", "token=instrument", {404: "*"}),
    post("consents.code", "token=consent", {302: "*"}),
    post("consents.answer", "token=consent", {422: "*"}, code="000000", name="周正", answer="agree"),
]
