"""The web side of the kernel: the application class, security headers, error pages, health."""

import secrets
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import structlog
from flask import Flask, Request, Response, abort, g, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.db import lost_a_race, session, unit_of_work
from app.core.errors import DomainError
from app.core.hosts import KnownHosts
from app.core.i18n import gettext as _
from app.core.problems import is_api_request, problem
from app.core.templating import Environment, render

log = structlog.get_logger()
csrf = CSRFProtect()

MAX_REQUEST_BYTES = 12 * 1024 * 1024
MAX_JSON_BYTES = 1024 * 1024
SWALLOWED_BYTES = 64 * 1024 * 1024
SWALLOWED_PIECE = 64 * 1024
SWALLOW_SECONDS = 20.0
"""How much of a body that is too large is taken in, unread, before that is said, and how long at most."""
RETRY_PAUSES = (0.02, 0.08, 0.3)  # seconds, give or take half
_chance = secrets.SystemRandom()

View = TypeVar("View", bound=Callable[..., Any])


def writes(view: View) -> View:
    """Mark the rare GET that may change the database, such as following a confirmation link."""
    view.writes_on_get = True  # type: ignore[attr-defined]
    return view


class Json(DefaultJSONProvider):
    """JSON as RFC 8259 has it: what is nested too deeply counts as damaged, as do NaN and a name that comes twice,
    where nobody knows which of the two was meant."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read a text. Raises ValueError, which Flask answers by 400."""
        strict = {"object_pairs_hook": _named_once, "parse_constant": _no_number}
        try:
            return super().loads(s, **strict, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


class Cookies(SecureCookieSessionInterface):
    """Sessions in signed cookies; where none is sent there is nothing to prepare a check for."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session that the browser sends along, or a new one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


class App(Flask):
    """Flask with one unit of work around every view: returning commits, raising rolls back.

    A transaction that the database gave up (40001, 40P01) is done again from the start, at most three times. That is
    safe because a view calls nobody outside: mails and tasks wait in the outbox.
    """

    json_provider_class = Json
    jinja_environment = Environment
    session_interface = Cookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Flask looks at every function before it calls it; none of ours is a coroutine."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        for pause in RETRY_PAUSES:
            try:
                return self._work()
            except OperationalError as error:
                if not lost_a_race(error):
                    raise
                log.warning("transaction.retried", error=type(error.orig).__name__)
            time.sleep(pause * _chance.uniform(0.5, 1.5))
            refused = self.preprocess_request()  # who asks was read by the transaction that is gone
            if refused is not None:
                return refused
        return self._work()

    def _work(self) -> ResponseReturnValue:
        view = self.view_functions.get(request.endpoint or "")
        safe = request.method in {"GET", "HEAD", "OPTIONS"} and not getattr(view, "writes_on_get", False)
        with unit_of_work(read_only=safe):
            return super().dispatch_request()


# HSTS is ignored by browsers over plain HTTP, so it can be sent always.
FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}
FILE_HEADERS = {**FIXED_HEADERS, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""Those of a style, script or picture: opened by itself, a picture may have colours and do nothing."""


def init_web(app: App, *, secure: bool, hosts: tuple[str, ...]) -> None:
    """Cookies, limits, hosts, proxies, headers, error pages and the health endpoints."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-jishi" if secure else "jishi",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
    )
    app.wsgi_app = KnownHosts(app.wsgi_app, hosts, FIXED_HEADERS)  # type: ignore[method-assign]
    if secure:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    csrf.init_app(app)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.before_request(_start_request)
    app.after_request(_finish_request)
    _register_errors(app)
    _register_health(app)


def _start_request() -> None:
    incoming = request.headers.get("X-Request-Id", "")
    g.request_id = (
        incoming
        if 8 <= len(incoming) <= 64 and incoming.isascii() and incoming.isprintable()
        else (uuid.uuid4().hex[:12])
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id, address=request.remote_addr)
    if is_api_request():
        _check_body()


def _check_body() -> None:
    """A program sends JSON of modest size and depth, whether it says the length beforehand or not."""
    request.max_content_length = MAX_JSON_BYTES
    if (request.content_length or 0) > MAX_JSON_BYTES:
        abort(413)
    body = request.get_data()
    if len(body) >= MAX_JSON_BYTES:  # a body of unknown length is cut off there in silence
        abort(413)
    if not body:
        return
    if not request.is_json or request.headers.get("Content-Encoding", "identity") != "identity":
        abort(415)
    request.get_json()


def _swallow_body() -> None:
    """Take in the rest of a body that is too large: most programs and all browsers send the whole of it before they
    look at the answer, and an answer to a connection that is closed meanwhile reaches nobody."""
    body, until = request.environ["wsgi.input"], time.monotonic() + SWALLOW_SECONDS
    try:
        for _piece in range(SWALLOWED_BYTES // SWALLOWED_PIECE):
            if not body.read(SWALLOWED_PIECE) or time.monotonic() > until:
                return
    except OSError:  # whoever sent it is gone, or sent no proper chunks
        return


def csp_nonce() -> str:
    """The nonce of this response; a script or style without it does not run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _finish_request(response: Response) -> Response:
    present = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 headers iterate over pairs
    for name, value in {**FIXED_HEADERS, "Content-Security-Policy": _content_policy()}.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if g.get("is_personal") and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


def _content_policy() -> str:
    """What the response may load and run; what is made inline only where a page has asked for its nonce."""
    inline = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    return (
        f"default-src 'self'; script-src 'self'{inline}; style-src 'self'{inline}; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def _register_errors(app: Flask) -> None:
    def domain_error(error: DomainError) -> ResponseReturnValue:
        return answer_error(error.status, error.code, str(error), field=error.field, details=error.details)

    def csrf_error(error: CSRFError) -> ResponseReturnValue:
        return answer_error(
            400, "csrf", _("This form is too old or was opened elsewhere. Reload the page and send again.")
        )

    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        if error.code == 413:
            _swallow_body()
        answer = app.make_response(
            answer_error(error.code, error.name.lower().replace(" ", "_"), _sentence(error.code))
        )
        for name, value in error.get_headers():
            if name not in {"Content-Type", "Content-Length"}:
                answer.headers[name] = value
        return answer

    def database_away(error: OperationalError) -> ResponseReturnValue:
        log.error("database.unavailable", error=str(error.orig)[:300])
        return answer_error(
            503, "unavailable", _("The database does not answer. Nothing was saved. Try again in a moment.")
        )

    def unexpected(error: Exception) -> ResponseReturnValue:
        log.error("request.failed", exc_info=error)
        sentence = _("Our fault, nothing was saved, no money was taken. No. %(number)s", number=g.request_id)
        return answer_error(500, "internal", sentence)

    app.register_error_handler(DomainError, domain_error)
    app.register_error_handler(CSRFError, csrf_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(OperationalError, database_away)
    app.register_error_handler(Exception, unexpected)


def answer_error(
    status: int, code: str, sentence: str, *, field: str | None = None, details: dict[str, Any] | None = None
) -> ResponseReturnValue:
    """An error as problem+json for the API and as a page with a way on for people."""
    if is_api_request():
        return problem(status, code, sentence, field=field, details=details)
    page = render("core/error.html", status=status, code=code, sentence=sentence, details=details or {})
    return page, status


def _too_large() -> str:
    """What to do about a request that was refused for its size, whole or in one of its fields."""
    most = request.max_content_length or MAX_REQUEST_BYTES
    if (request.content_length or 0) <= most:
        return str(_("One of the entries is too long. Nothing was saved. Shorten or divide it, then try again."))
    size = most // (1024 * 1024)
    return str(_("At most %(size)s MB fit. Nothing was saved. Shorten or divide it, then try again.", size=size))


def _sentence(status: int) -> str:
    sentences = {
        400: _("This request cannot be understood. Check what you entered."),
        401: _("Sign in first."),
        403: _("Your role does not allow this."),
        404: _("There is nothing here, or it is not yours to see."),
        405: _("This address does not take that kind of request."),
        406: _("This address cannot answer in that format."),
        413: _too_large(),
        415: _("This address does not read that kind of content."),
        422: _("Check what you entered."),
        429: _("Too many attempts. Wait a few minutes."),
    }
    return str(sentences.get(status, _("This request cannot be answered.")))


def _register_health(app: Flask) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """Alive: the process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """Ready: the database answers, its schema is this code's, and announcements are being delivered."""
        checks = {name: _passes(check) for name, check in app.extensions["readiness"].items()}
        ready = all(checks.values())
        return {"status": "ok" if ready else "not ready", "checks": checks}, 200 if ready else 503

    app.extensions["readiness"] = {"database": _database_answers, "outbox": _outbox_flows}


def _passes(check: Callable[[], bool]) -> bool:
    """A check that cannot even be made, because a table or the whole database is away, has not passed."""
    try:
        return check()
    except SQLAlchemyError as error:
        session.rollback()
        log.warning("readiness.failed", error=type(error).__name__)
        return False


def _database_answers() -> bool:
    return bool(session.execute(text("SELECT 1")).scalar())


def _outbox_flows() -> bool:
    oldest = session.execute(
        text(
            "SELECT extract(epoch FROM now() - min(due_at)) FROM outbox_messages "
            "WHERE handled_at IS NULL AND failed_at IS NULL"
        )
    ).scalar()
    return oldest is None or oldest < 300
