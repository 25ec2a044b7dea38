"""Pages of a person's own account: sign-up, new password, profile."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, current_session, login_required, own_path, sign_in
from app.accounts.models import SignUp, User
from app.accounts.one_time import Outcome as Tried
from app.accounts.passwords import is_password_expired
from app.accounts.people.forms import CodeForm, ForgotForm, PasswordForm, ProfileForm, ResetForm, SignUpForm
from app.accounts.people.operations import (
    change_password,
    change_profile,
    confirm_sign_up,
    request_password_reset,
    resend_code,
    reset_password,
    start_sign_up,
)
from app.accounts.people.queries import live_reset, waiting_sign_up
from app.accounts.sessions.operations import Outcome, check_credentials
from app.accounts.settings import settings
from app.core.attempts import attempt
from app.core.errors import Unauthenticated
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.templating import render

bp = Blueprint("people", __name__, template_folder="../templates")


@bp.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> ResponseReturnValue:
    """Both halves of a sign-up: who you are, then the code that was mailed."""
    if current_actor().user is not None:
        return redirect(own_path(request.args.get("next")) or url_for("organisations.mine"))
    waiting = _waiting()
    if waiting is not None and request.method == "GET":
        return _code_page(CodeForm(), waiting)
    form = SignUpForm(next=own_path(request.args.get("next")) or "")
    if form.validate_on_submit():
        with form.attempt():
            started = start_sign_up(
                email=form.email.data or "",
                name=form.name.data or "",
                password=form.password.data or "",
                locale=current_locale(),
                address=request.remote_addr or "",
                came_for=own_path(form.next.data) or "",
            )
            session["sign_up"] = str(started.id)
            session["after_sign_up"] = own_path(form.next.data)
        if form.ok:
            return redirect(url_for(".sign_up"))
    return render("accounts/people/sign_up.html", form=form), 422 if form.faults else 200


@bp.post("/sign-up/code")
def confirm() -> ResponseReturnValue:
    """Try a code; the right one makes the account and signs in."""
    waiting = _waiting()
    if waiting is None:
        return redirect(url_for(".sign_up"))
    form = CodeForm()
    if form.validate_on_submit():
        outcome, user = confirm_sign_up(waiting.id, form.code.data or "")
        if user is not None:
            return _welcome(user)
        form.blame("code", _not_right(outcome))
    return _code_page(form, waiting), 422


@bp.post("/sign-up/resend")
def resend() -> ResponseReturnValue:
    """Mail another code."""
    waiting = _waiting()
    if waiting is None:
        return redirect(url_for(".sign_up"))
    with attempt(even_denied=True) as tried:
        resend_code(waiting)
    if tried.refusal is not None:
        flash(str(tried.refusal), "warn")
    else:
        flash(_("A new code is on its way. The earlier one no longer works."), "ok")
    return redirect(url_for(".sign_up"))


@bp.post("/sign-up/restart")
def restart() -> ResponseReturnValue:
    """Begin again with another address."""
    session.pop("sign_up", None)
    return redirect(url_for(".sign_up", next=session.pop("after_sign_up", None)))


def _waiting() -> SignUp | None:
    """The sign-up begun in this browser: a code works nowhere else."""
    begun = session.get("sign_up")
    return waiting_sign_up(UUID(begun)) if begun else None


def _code_page(form: CodeForm, waiting: SignUp) -> str:
    return render("accounts/people/code.html", form=form, email=waiting.email)


def _not_right(outcome: Tried) -> str:
    if outcome is Tried.WRONG:
        return str(_("This is not the code we sent last. Compare it with the mail."))
    return str(_("This code no longer works. Have a new one sent."))


def _welcome(user: User) -> ResponseReturnValue:
    session.pop("sign_up", None)
    target = own_path(session.pop("after_sign_up", None))
    sign_in(user)
    if target and target.startswith("/holds/"):  # a slot is being kept: nothing may stand between it and booking
        return redirect(url_for("organisations.new", next=target))
    return redirect(target or url_for("organisations.needed"))


@bp.route("/password/forgot", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Ask for a link to a new password; the answer is the same for every address."""
    form = ForgotForm()
    if form.validate_on_submit():
        with form.attempt():
            request_password_reset(
                email=form.email.data or "", address=request.remote_addr or "", locale=current_locale()
            )
        if form.ok:
            return render("accounts/people/forgot_sent.html", email=form.email.data or "")
    return render("accounts/people/forgot.html", form=form), 422 if form.faults else 200


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> ResponseReturnValue:
    """Choose a new password by the mailed link; it signs out everywhere."""
    if live_reset(token) is None:
        return render("accounts/people/reset_spent.html"), 410
    form = ResetForm()
    if form.validate_on_submit():
        with form.attempt():
            reset_password(token, form.password.data or "", address=request.remote_addr or "")
        if form.ok:
            flash(_("Your password is changed. Sign in with the new one."), "ok")
            return redirect(url_for("sessions.new"))
    return render("accounts/people/reset.html", form=form), 422 if form.faults else 200


@bp.route("/account", methods=["GET", "POST"])
@login_required
def profile() -> ResponseReturnValue:
    """Name, telephone and language."""
    user = _user()
    form = ProfileForm(obj=user)
    if form.validate_on_submit():
        with form.attempt():
            change_profile(
                current_actor(), name=form.name.data or "", phone=form.phone.data or "", locale=form.locale.data or None
            )
        if form.ok:
            session.pop("locale", None)
            flash(_("Your details are saved."), "ok")
            return redirect(url_for(".profile"))
    return render("accounts/people/profile.html", form=form, user=user), 422 if form.faults else 200


@bp.route("/account/password", methods=["GET", "POST"])
@login_required
def password() -> ResponseReturnValue:
    """Replace the password; the present one is asked and counted like a sign-in."""
    user, form = _user(), PasswordForm()
    if form.validate_on_submit() and _knows_present_password(user, form):
        with form.attempt():
            change_password(current_actor(), form.password.data or "", keep=current_session().signed_in.id)
        if form.ok:
            flash(_("Your password is changed. You are signed out everywhere else."), "ok")
            return redirect(url_for(".profile"))
    page = render("accounts/people/password.html", form=form, is_expired=is_password_expired(user))
    return page, 422 if form.faults else 200


def _user() -> User:
    user = current_actor().user
    if user is None:
        raise Unauthenticated(_("Sign in first."))
    return user


def _knows_present_password(user: User, form: PasswordForm) -> bool:
    outcome, _found = check_credentials(user.email, form.present.data or "", request.remote_addr or "")
    if outcome is Outcome.WRONG:
        form.blame("present", _("This is not your present password."))
    elif outcome is Outcome.LOCKED:
        minutes = settings.number("lock_minutes")
        form.blame(
            "present", _("Too many failed tries. Wait %(minutes)s minutes or ask for a new password.", minutes=minutes)
        )
    return outcome is Outcome.RIGHT
