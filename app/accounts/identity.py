"""Who is asking: the actor of a request, by session cookie or bearer token. The only file that imports flask_login."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

import flask_login
import structlog
from flask import Flask, Response, current_app, g, has_request_context, make_response, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.accounts.members.queries import people_in
from app.accounts.models import ANONYMOUS, ROLES_BY_KIND, Actor, ApiToken, User
from app.accounts.passwords import is_password_expired
from app.accounts.sessions.operations import end_session, open_session, touch_session
from app.accounts.sessions.queries import Identification, bearer, identification, is_due
from app.accounts.words import ROLE_NAMES
from app.core.clock import now
from app.core.db import session, unit_of_work
from app.core.errors import Forbidden, Unauthenticated
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.problems import is_api_request
from app.core.templating import is_htmx, render
from app.core.tenancy import EVERYBODY, set_tenant
from app.core.web import answer_error, csrf

View = TypeVar("View", bound=Callable[..., Any])

WITHOUT_IDENTITY = frozenset({"static", "healthz", "readyz"})
# Reached with an outdated `acting` field, or with a password that is too old, on purpose.
ALWAYS_ALLOWED = frozenset({"sessions.sign_out", "organisations.switch", "people.password", "site.language"})
# Asked by programs that have no session: harvesters, which change nothing, and mail programs, which end mails by the
# secret in the address (RFC 8058).
WITHOUT_TOKEN = frozenset({"oai.answer", "watch_links.leave"})

manager = flask_login.LoginManager()
manager.session_protection = None  # the token is random and kept on the server; addresses of phones change


@dataclass(frozen=True)
class SignedIn(flask_login.UserMixin):  # type: ignore[misc]
    """What flask_login keeps in the cookie for us: the secret of the session, not the number of the user."""

    token: str
    identification: Identification

    def get_id(self) -> str:
        return self.token


@manager.user_loader  # type: ignore[untyped-decorator]
def _signed_in(token: str) -> SignedIn | None:
    found = identification(token)
    return SignedIn(token, found) if found else None


def init_identity(app: Flask) -> None:
    """Identify every request before its view runs, and give templates what they show of it."""
    manager.init_app(app, add_context_processor=False)  # what templates show is ours
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # checked by _refuse_forgery, which knows about the API
    app.before_request(_identify)
    app.before_request(_refuse_forgery)
    app.before_request(_refuse_other_organisation)
    app.before_request(_ask_for_new_password)
    app.register_error_handler(Unauthenticated, _unauthenticated)
    app.context_processor(_template_globals)


def current_actor() -> Actor:
    """Who acts in this request; ANONYMOUS outside of requests and for visitors."""
    actor: Actor | None = g.get("actor") if has_request_context() else None
    return actor or ANONYMOUS


def current_session() -> Identification:
    """The signed-in browser with every organisation of its person. Raises Unauthenticated for visitors."""
    found: Identification | None = g.get("identification")
    if found is None:
        raise Unauthenticated(_l("Sign in first."))
    return found


def sign_in(user: User) -> None:
    """Open a new session (new secret) for a person who has just proved who they are."""
    earlier = g.get("identification")
    if earlier is not None:
        end_session(earlier.actor, earlier.signed_in)
    token, _opened = open_session(user, user_agent=request.user_agent.string, address=request.remote_addr or "")
    found = identification(token)
    if found is None:
        raise Unauthenticated(_l("This account is closed."))
    flask_login.login_user(SignedIn(token, found))
    _become(found.actor, found)


def sign_out() -> None:
    """End this browser's session and forget everything in its cookie."""
    found = g.get("identification")
    if found is not None:
        end_session(found.actor, found.signed_in)
    flask_login.logout_user()
    cookie.clear()
    _become(ANONYMOUS, None)


def login_required(view: View) -> View:
    """Let only signed-in persons in: visitors go to the sign-in page and come back, programs get 401."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        if current_actor().user is None:
            return ask_to_sign_in()
        return view(*args, **kwargs)  # type: ignore[no-any-return]

    return guarded  # type: ignore[return-value]


def acting_required(view: View) -> View:
    """Let only persons in who act for an organisation; others are offered to register or join one."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        actor = current_actor()
        if actor.user is None:
            return ask_to_sign_in()
        if actor.organisation is None:
            if is_api_request():
                raise Forbidden(_l("This token acts for no organisation."), code="no_organisation")
            return render("accounts/organisations/needed.html", next=_came_for()), 403
        return view(*args, **kwargs)  # type: ignore[no-any-return]

    return guarded  # type: ignore[return-value]


def ask_to_sign_in() -> ResponseReturnValue:
    """The answer to a visitor who needs an account: sign in and come back here."""
    if is_api_request():
        raise Unauthenticated(_l("Send a valid token: Authorization: Bearer …"))
    target = url_for("sessions.new", next=_came_for())
    if is_htmx():
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _unauthenticated(error: Unauthenticated) -> ResponseReturnValue:
    """Where a module below this one finds nobody signed in: programs get 401, people sign in and come back."""
    if is_api_request():
        return answer_error(error.status, error.code, str(error), field=error.field, details=error.details)
    return ask_to_sign_in()


def own_path(target: str | None) -> str | None:
    """`target` if it is a path of this site, else None: nobody is sent elsewhere after signing in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if "\\" in target or any(ord(sign) < 33 for sign in target) or len(target) > 2000:
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _came_for() -> str | None:
    if request.method == "GET" and not is_htmx():
        return own_path(request.full_path.rstrip("?"))
    source = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if source.netloc != request.host:
        return None
    return own_path(source.path + (f"?{source.query}" if source.query else ""))


def _identify() -> None:
    """Find out who is asking; first forget what an earlier request may have left."""
    for name in ("_login_user", "api_user_id"):
        g.pop(name, None)
    _become(ANONYMOUS, None)
    if request.endpoint in WITHOUT_IDENTITY:
        return
    if is_api_request():
        _identify_program()
        return
    if "_user_id" not in cookie:  # flask_login looks in four more places, which are empty with us
        return
    person = flask_login.current_user
    if isinstance(person._get_current_object(), SignedIn):
        found = person.identification
        _become(found.actor, found)
        if is_due(found.signed_in):
            with unit_of_work():
                touch_session(found.signed_in.id)


def _identify_program() -> None:
    """The API knows bearer tokens only, never cookies: so it needs no protection against forged forms."""
    header = request.headers.get("Authorization")
    if header is None:
        return
    scheme, _separator, token = header.partition(" ")
    found = bearer(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if found is None:
        raise Unauthenticated(_l("This token is unknown, expired or revoked."))
    actor, used = found
    _become(actor, None)
    g.api_user_id = actor.user_id
    if used.last_used_on is None or now() - used.last_used_on > timedelta(days=1):
        with unit_of_work():
            session.execute(update(ApiToken).where(ApiToken.id == used.id).values(last_used_on=now()))


def _become(actor: Actor, found: Identification | None) -> None:
    """Let the rest of the request, its log lines and its database session be the actor's."""
    _remember(actor, found)
    set_tenant(EVERYBODY if actor.is_operator else str(actor.organisation_id or ""))


def _remember(actor: Actor, found: Identification | None) -> None:
    g.actor = actor
    g.identification = found
    g.is_personal = actor.user is not None
    g.acting_code = actor.organisation.code if actor.organisation else ""
    g.preferred_locale = actor.user.locale if actor.user else None
    if actor.user is not None:
        structlog.contextvars.bind_contextvars(
            user_id=str(actor.user_id), organisation_id=str(actor.organisation_id) if actor.organisation else None
        )


def _refuse_forgery() -> None:
    """Every unsafe request of a browser carries the CSRF token of its session; public pages, which give visitors no
    cookie and so no token, are known by the origin that their browser tells."""
    if request.endpoint in WITHOUT_TOKEN:
        return
    if request.endpoint and not is_api_request() and current_app.config.get("WTF_CSRF_ENABLED", True):
        if not g.is_personal and _is_from_own_page():
            g.csrf_valid = True  # flask_wtf's mark of a request whose forms need no look at their token
        else:
            csrf.protect()


def _is_from_own_page() -> bool:
    """Whether the browser says that a page of this very site sent the form (OWASP: verifying the origin)."""
    told = request.headers.get("Origin") or request.headers.get("Referer") or ""
    origin = urlsplit(told)
    return (origin.scheme, origin.netloc) == (request.scheme, request.host)


def _refuse_other_organisation() -> ResponseReturnValue | None:
    """A form opened for one organisation and sent while acting for another is not carried out (W22)."""
    if request.method != "POST" or is_api_request() or request.endpoint in ALWAYS_ALLOWED:
        return None
    opened_for = next((code for code in _opened_for() if code != g.acting_code), None)
    if opened_for is None or not g.is_personal:
        return None
    other = next((each for each in g.identification.memberships if each.organisation.code == opened_for), None)
    page = render(
        "accounts/organisations/other.html", other=other.organisation if other else None, back=_came_for() or "/"
    )
    return make_response(page, 409)


def _opened_for() -> list[str]:
    """The organisations that the sent form says it was opened for; several forms of one page have prefixed fields."""
    fields = request.form.items(multi=True)
    return [code for name, code in fields if code and (name == "acting" or name.endswith("-acting"))]


def _ask_for_new_password() -> ResponseReturnValue | None:
    """With the profile mlps3 an old password opens nothing but the page on which to change it."""
    actor = current_actor()
    if actor.user is None or is_api_request() or request.endpoint in ALWAYS_ALLOWED | WITHOUT_IDENTITY:
        return None
    return redirect(url_for("people.password")) if is_password_expired(actor.user) else None


def _template_globals() -> dict[str, Any]:
    """What layouts show. While the database is away an error page still has to be made, without a name on it."""
    try:
        actor = current_actor()
        if actor.user is not None:
            str(actor.user.name + (actor.organisation.name if actor.organisation else ""))
    except OperationalError:
        _remember(ANONYMOUS, None)
        actor = ANONYMOUS
    return {
        "current_user": actor.user,
        "current_actor": actor,
        "acting": actor.organisation,
        "acting_choices": _choices(actor),
        "who_may": who_may,
        "sign_in_url": url_for("sessions.new", next=_return_path()),
        "sign_up_url": url_for("people.sign_up"),
        "sign_out_url": url_for("sessions.sign_out"),
    }


def who_may(needs: str) -> str:
    """Which role a refused page needs, and whom of the organisation acted for to ask for it (flows.md W23).

    `needs` lists roles as the rules of a policy do; empty when it names none that this organisation has.
    """
    organisation = current_actor().organisation
    known = ROLES_BY_KIND[organisation.kind] if organisation else ()
    roles = [role for role in known if role.value in re.split(r"[^a-z]+", needs)]
    if organisation is None or not roles:
        return ""
    names = _(" or ").join(str(ROLE_NAMES[role]) for role in roles)
    people = people_in(organisation.id, *roles)[:3]
    if not people:
        return str(_("Needs the role “%(role)s”.", role=names))
    who = _(", ").join(person.name for person in people)
    return str(_("Needs the role “%(role)s”: ask %(who)s.", role=names, who=who))


def _return_path() -> str | None:
    """Where to come back to after signing in, unless that is a page about signing in."""
    if not has_request_context() or request.method != "GET" or request.blueprint in {"sessions", "people"}:
        return None
    return own_path(request.full_path.rstrip("?"))


def _choices(actor: Actor) -> list[dict[str, Any]]:
    """The organisations that the menu offers to act for."""
    found: Identification | None = g.get("identification")
    return [
        {
            "url": url_for("organisations.switch"),
            "code": each.organisation.code,
            "label": each.organisation.called,
            "current": each.organisation_id == actor.organisation_id,
        }
        for each in (found.memberships if found else ())
    ]
