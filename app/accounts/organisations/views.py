"""Pages for registering, describing and choosing organisations."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.codes import check_code, kind_of, region_of
from app.accounts.identity import acting_required, current_actor, current_session, login_required, own_path
from app.accounts.members.operations import request_to_join
from app.accounts.members.queries import memberships_of
from app.accounts.models import Organisation, OrganisationKind
from app.accounts.organisations.forms import BankForm, DescriptionForm, JoinForm, RegistrationForm
from app.accounts.organisations.operations import (
    REGISTERED_ALREADY,
    change_organisation,
    masked,
    register_organisation,
    set_bank_account,
)
from app.accounts.organisations.queries import organisation_by_code
from app.accounts.policy import OrganisationPolicy, member
from app.accounts.regions import region_name
from app.accounts.sessions.operations import act_for, join_session
from app.core.attempts import attempt
from app.core.errors import Invalid, Missing
from app.core.i18n import gettext as _
from app.core.policy import load
from app.core.templating import render

bp = Blueprint("organisations", __name__, template_folder="../templates")


@bp.get("/organisations")
@login_required
def mine() -> ResponseReturnValue:
    """One's organisations, also those one has asked to join."""
    memberships = memberships_of(current_session().signed_in.user_id)
    return render("accounts/organisations/mine.html", memberships=memberships)


@bp.get("/organisations/needed")
@login_required
def needed() -> ResponseReturnValue:
    """Where somebody without an organisation chooses: register one, join one, wait for an answer."""
    memberships = memberships_of(current_session().signed_in.user_id)
    waiting = [each for each in memberships if not each.is_active]
    return render("accounts/organisations/needed.html", next=own_path(request.args.get("next")), waiting=waiting)


@bp.route("/organisations/new", methods=["GET", "POST"])
@login_required
def new() -> ResponseReturnValue:
    """Register an organisation; a known code leads to asking to join."""
    form = RegistrationForm(next=own_path(request.args.get("next")) or "")
    if form.validate_on_submit():
        with form.attempt():
            organisation = register_organisation(
                current_actor(),
                code=form.code.data or "",
                name=form.name.data or "",
                kind=OrganisationKind(form.kind.data),
                phone=form.phone.data or "",
            )
            join_session(current_session().signed_in, organisation.id)
        if form.ok:
            flash(_("Your organisation is registered. The operator checks it within one working day."), "ok")
            return redirect(own_path(form.next.data) or url_for(".show", organisation_id=organisation.id))
    is_known = form.refusal is not None and form.refusal.code == "already_registered"
    page = render("accounts/organisations/new.html", form=form, is_known=is_known)
    return page, 422 if form.faults else 200


@bp.post("/organisations/check")
@login_required
def check() -> ResponseReturnValue:
    """The live check of a code while it is typed: what is wrong, known already (W6), or region and kind."""
    text = request.form.get("code", "")
    result: dict[str, object] = {"code": text, "fault": None, "is_known": False, "region": None, "kind": None}
    if text.strip():
        with attempt(Invalid) as tried:
            code = check_code(text)
        if tried.refusal is not None:
            result["fault"] = str(tried.refusal)
        else:
            is_known = organisation_by_code(code) is not None
            result |= {"is_known": is_known, "region": region_name(region_of(code)), "kind": kind_of(code).value}
            result["fault"] = str(REGISTERED_ALREADY) if is_known else None
    return render("accounts/organisations/check.html", **result)


@bp.route("/organisations/join", methods=["GET", "POST"])
@login_required
def join() -> ResponseReturnValue:
    """Ask the owners of a registered organisation to be let in."""
    form = JoinForm(code=request.args.get("code", ""))
    if form.validate_on_submit():
        with form.attempt():
            request_to_join(current_actor(), _registered(form.code.data or ""))
        if form.ok:
            flash(_("The owners are told. You get a notice when they have decided."), "ok")
            return redirect(url_for(".mine"))
    return render("accounts/organisations/join.html", form=form), 422 if form.faults else 200


def _registered(text: str) -> Organisation:
    organisation = organisation_by_code(check_code(text))
    if organisation is None or organisation.kind is OrganisationKind.OPERATOR:
        raise Invalid(_("No organisation with this code is registered yet. Register it."), field="code")
    return organisation


@bp.post("/organisations/switch")
@login_required
def switch() -> ResponseReturnValue:
    """Act for another of one's organisations from now on."""
    found = current_session()
    wanted = request.form.get("organisation", "")
    membership = next((each for each in found.memberships if each.organisation.code == wanted), None)
    if membership is None:
        raise Missing(_("There is nothing here, or it is not yours to see."))
    act_for(found.actor, found.signed_in, membership)
    flash(_("You act for %(name)s now.", name=membership.organisation.called), "ok")
    return redirect(own_path(request.form.get("next")) or url_for("site.desk"))


@bp.get("/organisations/<uuid:organisation_id>")
@acting_required
def show(organisation_id: UUID) -> ResponseReturnValue:
    """What is on file about an organisation."""
    actor = current_actor()
    organisation = load(Organisation, organisation_id, actor, OrganisationPolicy.view)
    return render(
        "accounts/organisations/show.html",
        organisation=organisation,
        region=region_name(organisation.region),
        account=masked(organisation.bank_account),
        may_edit=OrganisationPolicy.edit(actor, organisation),
        may_see_account=OrganisationPolicy.see_account(actor, organisation),
    )


def _own(organisation_id: UUID) -> Organisation:
    """An organisation to be changed, locked when it is: the operator may be verifying it just now."""
    return load(
        Organisation, organisation_id, current_actor(), OrganisationPolicy.edit, known_to=member,
        lock=request.method == "POST",
    )  # fmt: skip


@bp.route("/organisations/<uuid:organisation_id>/edit", methods=["GET", "POST"])
@acting_required
def edit(organisation_id: UUID) -> ResponseReturnValue:
    """Change how the organisation is described."""
    actor = current_actor()
    organisation = _own(organisation_id)
    form = DescriptionForm(obj=organisation)
    if form.validate_on_submit():
        with form.attempt():
            change_organisation(
                actor,
                organisation,
                name=form.name.data or "",
                name_en=form.name_en.data or "",
                address=form.address.data or "",
                phone=form.phone.data or "",
            )
        if form.ok:
            flash(_("The details are saved."), "ok")
            return redirect(url_for(".show", organisation_id=organisation.id))
    page = render("accounts/organisations/edit.html", form=form, organisation=organisation)
    return page, 422 if form.faults else 200


@bp.route("/organisations/<uuid:organisation_id>/bank", methods=["GET", "POST"])
@acting_required
def bank(organisation_id: UUID) -> ResponseReturnValue:
    """Name the account that payouts go to; the number on file is shown by its last digits only."""
    actor = current_actor()
    organisation = _own(organisation_id)
    form = BankForm(
        bank_name=organisation.bank_name, bank_account_name=organisation.bank_account_name or organisation.name
    )
    if form.validate_on_submit():
        if not organisation.bank_account and not form.bank_account.data:
            form.blame("bank_account", _("Enter the account number."))
        else:
            with form.attempt():
                set_bank_account(
                    actor,
                    organisation,
                    bank_name=form.bank_name.data or "",
                    bank_account=form.bank_account.data or "",
                    bank_account_name=form.bank_account_name.data or "",
                )
        if form.ok:
            flash(_("The account is saved. Payouts go there from now on."), "ok")
            return redirect(url_for(".show", organisation_id=organisation.id))
    page = render(
        "accounts/organisations/bank.html",
        form=form, organisation=organisation, account=masked(organisation.bank_account),
    )  # fmt: skip
    return page, 422 if form.faults else 200
