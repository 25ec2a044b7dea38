"""The page of API tokens."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.accounts.identity import current_actor, current_session, login_required
from app.accounts.models import ApiToken
from app.accounts.policy import own
from app.accounts.tokens.forms import TokenForm
from app.accounts.tokens.operations import create_token, revoke_token
from app.accounts.tokens.queries import tokens_of
from app.core.db import session
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_date, render

bp = Blueprint("tokens", __name__, template_folder="../templates")


@bp.route("/account/tokens", methods=["GET", "POST"])
@login_required
@asks(state=one_of(("ended",)))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is tokens.list
    """The tokens that work (or no longer do), and a form for another, whose secret only its answer shows."""
    found = current_session()
    organisations = {each.organisation.code: each.organisation for each in found.memberships}
    form = TokenForm()
    form.offer(organisations.values())
    secret = None
    if form.validate_on_submit():
        with form.attempt():
            secret, _made = create_token(
                found.actor,
                organisations.get(form.organisation.data),
                name=form.name.data or "",
                days=int(form.days.data),
            )
    ended = request.args.get("state") == "ended"
    tokens = tokens_of(found.signed_in.user_id, ended=ended)
    if wants_csv():
        return _csv(tokens)
    page = render("accounts/tokens/list.html", form=form, page=paginate(tokens), ended=ended, secret=secret)
    return page, 422 if form.faults else 200


def _csv(tokens: Select[ApiToken]) -> Response:
    header = (_("What for"), _("Begins with"), _("Acts for"), _("Valid until"), _("Last used"), _("Revoked"))
    rows = (
        (one.name, one.prefix, one.organisation.name if one.organisation else "",
         *(format_date(day, "iso") if day else "" for day in (one.expires_at, one.last_used_on, one.revoked_at)))
        for one in session.scalars(tokens)
    )  # fmt: skip
    return csv_response("tokens", header, rows)


@bp.post("/account/tokens/<uuid:token_id>/revoke")
@login_required
def revoke(token_id: UUID) -> ResponseReturnValue:
    """Make a token worthless at once."""
    actor = current_actor()
    revoke_token(actor, load(ApiToken, token_id, actor, own, lock=True))
    flash(_("The token no longer works."), "ok")
    return redirect(url_for(".list"))
