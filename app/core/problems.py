"""Errors for machines: ``application/problem+json`` (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from flask import Response, g, has_request_context, jsonify, request

API_PREFIX = "/api/"
MOST_ERRORS = 20
LONGEST_NAME = 100
"""How many faults are listed and how much of a sender's own name of a field is repeated: answers stay short."""


def is_api_request() -> bool:
    """Whether the answer goes to a program rather than to a person."""
    return has_request_context() and f"{request.path}/".startswith(API_PREFIX)


def problem(
    status: int,
    code: str,
    sentence: str,
    *,
    field: str | None = None,
    errors: list[dict[str, str]] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Response:
    """A problem document: a stable `code`, a sentence in the caller's language, and the field at fault."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": sentence,
        "request_id": g.get("request_id", ""),
    }
    if field:
        body["field"] = field[:LONGEST_NAME]
    if errors:
        body["errors"] = [{**error, "field": error["field"][:LONGEST_NAME]} for error in errors[:MOST_ERRORS]]
    body.update({name: value for name, value in (details or {}).items() if name not in body})
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Jishi"'
    return response
