"""Pages about who belongs to an organisation."""

from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor, current_session, login_required
from app.accounts.members.forms import InvitationForm, RolesForm
from app.accounts.members.operations import (
    accept_invitation,
    accept_request,
    decline_request,
    invite_member,
    remove_member,
    set_roles,
    withdraw_invitation,
)
from app.accounts.members.queries import live_invitation, memberships_to_show, open_invitations
from app.accounts.models import Invitation, Membership, Organisation
from app.accounts.policy import MembershipPolicy, OrganisationPolicy, owner_of_its_organisation
from app.accounts.sessions.operations import join_session
from app.accounts.words import ROLE_DUTIES, role_name
from app.core.attempts import attempt
from app.core.db import session
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_date, render

bp = Blueprint("members", __name__, template_folder="../templates")


@bp.route("/organisations/<uuid:organisation_id>/members", methods=["GET", "POST"])
@acting_required
def list(organisation_id: UUID) -> ResponseReturnValue:  # noqa: A001 the endpoint is members.list
    """The members, those who ask (both also as a file), open invitations, and the form that invites.

    Who neither owns the organisation nor works for the operator reads names and roles of the members only.
    """
    actor = current_actor()
    organisation = load(Organisation, organisation_id, actor, OrganisationPolicy.see_members)
    form = InvitationForm(organisation.kind)
    if form.validate_on_submit():
        with form.attempt():
            invite_member(
                actor, organisation, email=form.email.data or "", roles=form.roles.chosen, locale=current_locale()
            )
        if form.ok:
            flash(_("The invitation is on its way."), "ok")
            return redirect(url_for(".list", organisation_id=organisation.id))
    may_manage = OrganisationPolicy.manage_members(actor, organisation)
    words = request.args.get("q", "").replace("\0", "").strip()[:100]
    contacts = bool(OrganisationPolicy.see_contacts(actor, organisation))
    memberships = memberships_to_show(organisation.id, words, contacts=contacts)
    if wants_csv():
        return _csv(memberships, contacts=contacts)
    page = render(
        "accounts/members/list.html",
        organisation=organisation,
        page=paginate(memberships),
        words=words,
        invitations=open_invitations(organisation.id) if may_manage else (),
        form=form,
        duties=ROLE_DUTIES,
        may_manage=may_manage,
        may_see_contacts=contacts,
    )
    return page, 422 if form.faults else 200


def _csv(memberships: Select[Membership], *, contacts: bool) -> Response:
    address = (_("E-mail address"),) if contacts else ()
    header = (_("Person"), *address, _("Roles"), _("State"), _("Member since"))
    rows = (
        (one.user.name, *([one.user.email] if contacts else []), _(", ").join(map(role_name, one.roles)),
         _("Member") if one.is_active else _("Asks to join"), format_date(one.requested_at or one.created_at, "iso"))
        for one in session.scalars(memberships)
    )  # fmt: skip
    return csv_response("members", header, rows)


@bp.route("/memberships/<uuid:membership_id>", methods=["GET", "POST"])
@acting_required
def edit(membership_id: UUID) -> ResponseReturnValue:
    """The roles of a member; for somebody who asks, letting in with roles."""
    actor = current_actor()
    membership = _managed(membership_id)
    organisation = membership.organisation
    form = RolesForm(organisation.kind, data={"roles": membership.roles})
    if form.validate_on_submit():
        with form.attempt():
            decide = set_roles if membership.is_active else accept_request
            decide(actor, membership, form.roles.chosen, organisation.kind)
        if form.ok:
            flash(_("The roles of %(name)s are saved.", name=membership.user.name), "ok")
            return redirect(url_for(".list", organisation_id=organisation.id))
    page = render("accounts/members/edit.html", form=form, membership=membership, duties=ROLE_DUTIES)
    return page, 422 if form.faults else 200


@bp.post("/memberships/<uuid:membership_id>/decline")
@acting_required
def decline(membership_id: UUID) -> ResponseReturnValue:
    """Do not let in somebody who asks."""
    membership = _managed(membership_id)
    decline_request(current_actor(), membership)
    flash(_("The request of %(name)s is declined.", name=membership.user.name), "ok")
    return redirect(url_for(".list", organisation_id=membership.organisation_id))


@bp.post("/memberships/<uuid:membership_id>/remove")
@login_required
def remove(membership_id: UUID) -> ResponseReturnValue:
    """End a membership: an owner somebody's, anybody their own."""
    actor = current_actor()
    allowed = MembershipPolicy.manage | MembershipPolicy.leave
    membership = load(
        Membership, membership_id, actor, allowed, known_to=MembershipPolicy.known_to | allowed,
        options=[joinedload(Membership.user)], lock=True,
    )  # fmt: skip
    is_own = membership.user_id == actor.user_id
    back = url_for("organisations.mine") if is_own else url_for(".list", organisation_id=membership.organisation_id)
    with attempt() as tried:
        remove_member(actor, membership)
    if tried.refusal is not None:
        if tried.refusal.code != "last_owner":
            raise tried.refusal
        flash(str(tried.refusal), "error")
    else:
        flash(_("The membership has ended. What was booked stays with the organisation."), "ok")
    return redirect(back)


@bp.post("/invitations/<uuid:invitation_id>/withdraw")
@acting_required
def withdraw(invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    actor = current_actor()
    invitation = load(Invitation, invitation_id, actor, owner_of_its_organisation, lock=True)
    withdraw_invitation(actor, invitation)
    flash(_("The invitation is withdrawn; its link no longer works."), "ok")
    return redirect(url_for(".list", organisation_id=invitation.organisation_id))


@bp.route("/invitations/<token>", methods=["GET", "POST"])
@login_required
def invitation(token: str) -> ResponseReturnValue:
    """What an invitation offers, and the button that accepts it."""
    actor = current_actor()
    found = live_invitation(token, lock=request.method == "POST")
    if found is None:
        return render("accounts/members/invitation_spent.html"), 410
    is_mine = actor.user is not None and actor.user.email.lower() == found.email.lower()
    form = RolesForm(found.organisation.kind)
    if is_mine and form.validate_on_submit():
        membership = accept_invitation(actor, found)
        join_session(current_session().signed_in, membership.organisation_id)
        flash(_("You belong to %(name)s now and act for it.", name=found.organisation.name), "ok")
        return redirect(url_for("organisations.show", organisation_id=membership.organisation_id))
    return render("accounts/members/invitation.html", found=found, form=form, is_mine=is_mine)


def _managed(membership_id: UUID) -> Membership:
    """A membership that the actor decides about, with person and organisation."""
    return load(
        Membership,
        membership_id,
        current_actor(),
        MembershipPolicy.manage,
        known_to=MembershipPolicy.known_to,
        options=[joinedload(Membership.user), joinedload(Membership.organisation)],
        lock=True,
    )
