"""The JSON API's kernel: fields, pages by cursor, idempotent creation. The only file that imports flask_smorest."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

import marshmallow
from flask import Request, Response, abort, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import fields, validate
from sqlalchemy import UniqueConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from app.core.clock import now
from app.core.db import Base, moment, pk, session
from app.core.errors import Conflict, Invalid
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import EXPONENTS, Money
from app.core.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from app.core.problems import problem

IDEMPOTENCY_KEPT = timedelta(hours=48)

_STATUS_WORDS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "The role is too small.",
    404: "Absent, or not yours to see.",
    409: "Somebody was there first.",
    413: "Too large.",
    415: "Not JSON.",
    422: "A rule or the schema is broken.",
    429: "Too many attempts.",
}

View = TypeVar("View", bound=Callable[..., Any])


class Parser(FlaskParser):
    """Reads bodies; one that is nested too deeply counts as damaged."""

    def _raw_load_json(self, req: Request) -> Any:
        try:
            return super()._raw_load_json(req)
        except RecursionError:
            abort(400)


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """The API of one slice, below ``/api/v1``. The first three methods only give flask_smorest's types."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Register a view."""
        return super().route(rule, **options)  # type: ignore[no-any-return]

    def arguments(self, schema: type[marshmallow.Schema], **options: Any) -> Callable[[View], View]:
        """Read and check the body (or the query) of a request, all by one instance of the schema."""
        return super().arguments(schema(), **options)  # type: ignore[no-any-return]

    def response(
        self, status: int, schema: type[marshmallow.Schema] | None = None, **options: Any
    ) -> Callable[[View], View]:
        """Write the answer by its schema."""
        return super().response(status, schema, **options)  # type: ignore[no-any-return]

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Put the refusals of an endpoint into the OpenAPI document."""

        def decorate(view: View) -> View:
            for status in sorted({400, *statuses}):
                view = self.alt_response(
                    status, schema=ProblemSchema, content_type="application/problem+json",
                    description=_STATUS_WORDS[status],
                )(view)  # fmt: skip
            return view

        return decorate


class Api(SmorestApi):  # type: ignore[misc]
    """The OpenAPI document over all slices. Errors are answered by the kernel, alike everywhere."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # every endpoint names its refusals

    def _register_error_handlers(self) -> None:
        """Leave errors to app.core.web and `validation_problem`."""

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self.ma_plugin.converter.add_attribute_function(_without_null_default)


def _without_null_default(
    _converter: Any, field: fields.Field[Any], *, ret: dict[str, Any], **_rest: Any
) -> dict[str, Any]:
    """An input that may be left out has no default in the document: null would not be of its type."""
    if not field.allow_none and ret.get("default", ...) is None:
        del ret["default"]
    return {}


class Schema(marshmallow.Schema):
    """The parent of every schema: unknown fields are refused (no mass assignment)."""

    class Meta:
        unknown = marshmallow.RAISE


class NothingSchema(Schema):
    """The body of an operation that needs none: absent or empty."""


class TextField(fields.String):
    """Text that can be stored and seen: no control characters, no lone surrogates; trimmed."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any((ord(sign) < 32 and sign not in "\r\n\t") or 0xD800 <= ord(sign) <= 0xDFFF for sign in text):
            raise marshmallow.ValidationError(_("Remove the invisible control characters."))
        return text.strip()


class InstantField(fields.AwareDateTime):
    """An RFC 3339 instant with offset; a naive one is refused because nobody knows what it means."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("format", "iso")
        super().__init__(default_timezone=None, **kwargs)
        self.error_messages["invalid_awareness"] = _l("Give the offset, as in 2026-11-26T13:00:00+08:00.")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 64:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        instant: datetime = super()._deserialize(value, attr, data, **kwargs)
        if not 2000 <= instant.year < 2200:
            raise marshmallow.ValidationError(_("This date is out of reach."))
        return instant


class MoneySchema(Schema):
    """An amount in minor units (fen) with its currency."""

    amount = fields.Integer(required=True, strict=True, metadata={"description": "minor units, e.g. fen"})
    currency = fields.String(required=True, validate=validate.OneOf(list(EXPONENTS)))


class MoneyField(fields.Nested):
    """A Money as ``{"amount": 23400, "currency": "CNY"}``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MoneySchema, **kwargs)

    def _serialize(self, nested_obj: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        return nested_obj.as_json() if isinstance(nested_obj, Money) else nested_obj


class PageQuery(Schema):
    """The query arguments of every list."""

    class Meta:
        unknown = marshmallow.EXCLUDE

    limit = fields.Integer(load_default=DEFAULT_PAGE_SIZE, validate=validate.Range(1, MAX_PAGE_SIZE))
    cursor = TextField(load_default=None, allow_none=False, validate=validate.Length(max=500))


class ProblemSchema(Schema):
    """application/problem+json (RFC 9457)."""

    class Meta:
        unknown = marshmallow.INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    field = fields.String()
    request_id = fields.String()


def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of a page: ``{"items": […], "next_cursor": …}``."""
    return Schema.from_dict(  # type: ignore[return-value]
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": fields.String(required=True, allow_none=True),
        },
        name=item.__name__.removesuffix("Schema") + "Page",
    )


def validation_problem(error: HTTPException) -> Response:
    """422 for input that breaks its schema: every fault with its field, the first one in `field`."""
    messages = getattr(error, "data", {}).get("messages", {})
    faults = [
        {"field": path, "message": sentence} for part in messages.values() for path, sentence in _flatten(part, "")
    ]
    sentence = faults[0]["message"] if faults else _("Check what you entered.")
    return problem(422, "invalid", sentence, field=faults[0]["field"] if faults else None, errors=faults)


def _flatten(part: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(part, dict):
        return [
            found
            for key, value in part.items()
            for found in _flatten(value, f"{path}.{key}".strip(".") if key != "_schema" else path)
        ]
    return [(path, str(sentence)) for sentence in (part if isinstance(part, list) else [part])]


class IdempotencyKey(Base):
    """The first answer to a creating request; the same key gives it again, with another body it is refused."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[pk]
    user_id: Mapped[UUID]
    key: Mapped[str]
    fingerprint: Mapped[str]
    status: Mapped[int]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[moment] = mapped_column(index=True)


_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body gives the first answer again, for 48 hours; with another body 422; "
    "while the first request still runs 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def idempotent(view: View) -> View:
    """Honour ``Idempotency-Key`` on a POST that creates. Stands directly below the route, above all other decorators.

    Same key and body → the same answer; another body, or the same person for another organisation → 422; the first
    still running → 409. Kept for 48 hours.
    Refused requests are not kept: nothing was created, so they may be sent again.
    """

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)  # type: ignore[no-any-return]
        user_id: UUID = g.api_user_id
        fingerprint = _fingerprint(key)
        earlier = _earlier_answer(user_id, key)
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise Invalid(
                    _l("This idempotency key was used for another request."),
                    code="idempotency_key_reused", field="Idempotency-Key",
                )  # fmt: skip
            response = jsonify(earlier.body)
            response.status_code = earlier.status
            response.headers["Idempotent-Replay"] = "true"
            return response
        response = current_app.make_response(view(*args, **kwargs))
        session.execute(
            insert(IdempotencyKey).values(
                id=uuid7(), user_id=user_id, key=key, fingerprint=fingerprint,
                status=response.status_code, body=response.get_json(),
            )
        )  # fmt: skip
        return response

    return SmorestBlueprint.doc(parameters=[_KEY_HEADER])(answer)  # type: ignore[no-any-return]


def _fingerprint(key: str) -> str:
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise Invalid(
            _l("An idempotency key has 1 to 255 visible ASCII characters."),
            code="bad_idempotency_key", field="Idempotency-Key",
        )  # fmt: skip
    said = [request.method, request.path, g.get("acting_code", ""), request.get_json(silent=True)]
    sent = json.dumps(said, sort_keys=True)
    return hashlib.sha256(sent.encode("utf-8", "surrogatepass")).hexdigest()


def _earlier_answer(user_id: UUID, key: str) -> IdempotencyKey | None:
    """Take the key for this transaction and look for an earlier answer."""
    number = int.from_bytes(hashlib.sha256(f"{user_id}:{key}".encode()).digest()[:8], "big", signed=True)
    # Two statements on purpose: the second must see what a holder of the lock has just committed.
    if not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise Conflict(_l("The first request with this key is still running."), code="idempotency_key_in_use")
    return session.scalars(
        select(IdempotencyKey).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    ).one_or_none()


def forget_idempotency_keys() -> int:
    """Remove answers older than 48 hours; returns how many."""
    result = session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - IDEMPOTENCY_KEPT))
    return int(result.rowcount)  # type: ignore[attr-defined]
