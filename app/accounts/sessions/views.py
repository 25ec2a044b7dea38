"""Pages for signing in and out and for the browsers that are signed in."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import identity
from app.accounts.identity import current_actor, current_session, login_required, own_path, sign_in
from app.accounts.models import SignInSession
from app.accounts.policy import own
from app.accounts.sessions.forms import SignInForm
from app.accounts.sessions.operations import Outcome, check_credentials, end_session, end_sessions
from app.accounts.sessions.queries import sessions_of
from app.accounts.settings import settings
from app.accounts.words import browser_name
from app.core.db import session
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_datetime, render

bp = Blueprint("sessions", __name__, template_folder="../templates")


@bp.route("/sign-in", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Sign in and go where one wanted to go."""
    form = SignInForm(next=own_path(request.args.get("next")) or "")
    target = own_path(form.next.data)
    if current_actor().user is not None:
        return redirect(target or _usual_page())
    if form.validate_on_submit():
        outcome, user = check_credentials(form.email.data or "", form.password.data or "", request.remote_addr or "")
        if user is not None:
            sign_in(user)
            return redirect(target or _usual_page())
        form.blame(None, _refusal(outcome))
    page = render("accounts/sessions/new.html", form=form, has_left=request.args.get("left") == "1")
    return page, 422 if form.faults else 200


def _usual_page() -> str:
    """The desk for those who act for an organisation, else the first page."""
    return url_for("site.desk") if current_actor().organisation else "/"


def _refusal(outcome: Outcome) -> str:
    if outcome is Outcome.LOCKED:
        minutes = settings.number("lock_minutes")
        return str(_("Too many failed tries. Wait %(minutes)s minutes or ask for a new password.", minutes=minutes))
    return str(_("E-mail address and password do not go together, or there is no such account."))


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out and leave nothing in the browser."""
    identity.sign_out()
    response = redirect(url_for(".new", left=1))
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@bp.get("/account/sessions")
@login_required
@asks(state=one_of(("ended",)))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is sessions.list
    """Where one is signed in, or was before; ``?format=csv`` gives it as a file."""
    found = current_session()
    ended = request.args.get("state") == "ended"
    sessions = sessions_of(found.signed_in.user_id, ended=ended)
    if wants_csv():
        header = (_("Browser"), _("Network address"), _("Signed in"), _("Last used"))
        rows = (
            (browser_name(one.user_agent), one.address, format_datetime(one.created_at, "iso"),
             format_datetime(one.last_seen_at, "iso"))
            for one in session.scalars(sessions)
        )  # fmt: skip
        return csv_response("sign-ins", header, rows)
    return render("accounts/sessions/list.html", page=paginate(sessions), ended=ended, here=found.signed_in.id)


@bp.post("/account/sessions/<uuid:session_id>/end")
@login_required
def end(session_id: UUID) -> ResponseReturnValue:
    """Sign out one browser, for instance a lost telephone."""
    actor = current_actor()
    end_session(actor, load(SignInSession, session_id, actor, own, lock=True))
    flash(_("That browser is signed out."), "ok")
    return redirect(url_for(".list"))


@bp.post("/account/sessions/end-others")
@login_required
def end_others() -> ResponseReturnValue:
    """Sign out everywhere but here."""
    found = current_session()
    end_sessions(found.actor, found.signed_in.user_id, besides=found.signed_in.id)
    flash(_("You are signed out everywhere else."), "ok")
    return redirect(url_for(".list"))
