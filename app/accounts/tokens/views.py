"""The page of API tokens."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, current_session, login_required
from app.accounts.models import ApiToken
from app.accounts.policy import own
from app.accounts.tokens.forms import TokenForm
from app.accounts.tokens.operations import create_token, revoke_token
from app.accounts.tokens.queries import live_tokens
from app.core.i18n import gettext as _
from app.core.policy import load
from app.core.templating import render

bp = Blueprint("tokens", __name__, template_folder="../templates")


@bp.route("/account/tokens", methods=["GET", "POST"])
@login_required
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is tokens.list
    """The tokens that work, and a form for another; its secret is shown in the answer and never again."""
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
    tokens = live_tokens(found.signed_in.user_id)
    page = render("accounts/tokens/list.html", form=form, tokens=tokens, secret=secret)
    return page, 422 if form.faults else 200


@bp.post("/account/tokens/<uuid:token_id>/revoke")
@login_required
def revoke(token_id: UUID) -> ResponseReturnValue:
    """Make a token worthless at once."""
    actor = current_actor()
    revoke_token(actor, load(ApiToken, token_id, actor, own, lock=True))
    flash(_("The token no longer works."), "ok")
    return redirect(url_for(".list"))
