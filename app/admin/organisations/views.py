"""The operator's queue: verify, ask, refuse, in two clicks."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor
from app.accounts.members.queries import memberships_in
from app.accounts.models import Organisation, Verification
from app.accounts.organisations.operations import (
    ask_organisation,
    masked,
    refuse_organisation,
    verify_organisation,
)
from app.accounts.organisations.queries import counts_by_verification, namesakes
from app.accounts.policy import OperatorPolicy, OrganisationPolicy, any_operator
from app.accounts.regions import region_name
from app.accounts.words import ASKED_FOR, KIND_NAMES, REFUSED_BECAUSE, VERIFICATION_NAMES
from app.admin.access import operators
from app.admin.organisations.forms import NoteForm
from app.admin.organisations.queries import first_bookings, organisations_to_show
from app.core.db import session
from app.core.filters import asks, one_of, words
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_date, render
from app.files.licences import licence_counts, licences_of

bp = Blueprint("admin_organisations", __name__, url_prefix="/admin/organisations", template_folder="../templates")


@bp.get("")
@operators(OperatorPolicy.queue)
@asks(state=one_of(Verification), q=words)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is admin_organisations.list
    """Organisations by state, those that wait longest first; ``?format=csv`` gives them as a file."""
    known = {each.value: each for each in Verification}
    state = known.get(request.args.get("state", ""), Verification.WAITING)
    words = request.args.get("q", "").replace("\0", "").strip()[:100]
    statement = organisations_to_show(state, words)
    if wants_csv():
        header = (_("Code"), _("Name"), _("Kind"), _("Region"), _("State"), _("Registered"))
        return csv_response("organisations", header, (_row(row[0]) for row in session.execute(statement)))
    page = paginate(statement, scalars=False)
    return render(
        "admin/organisations/list.html",
        page=page,
        state=state,
        words=words,
        counts=counts_by_verification(),
        licences=licence_counts([row[0].id for row in page.items]),
        bookings=first_bookings([row[0].id for row in page.items]),
        may_verify=OrganisationPolicy.verify(current_actor(), None),
    )


def _row(organisation: Organisation) -> tuple[Any, ...]:
    return (
        organisation.code,
        organisation.name,
        KIND_NAMES[organisation.kind],
        region_name(organisation.region),
        VERIFICATION_NAMES[organisation.verification],
        format_date(organisation.created_at, "iso"),
    )


@bp.get("/<uuid:organisation_id>")
@operators(OperatorPolicy.queue)
def show(organisation_id: UUID) -> ResponseReturnValue:
    """What is known about an organisation, others of a similar name, and the three answers."""
    organisation = load(Organisation, organisation_id, current_actor(), OrganisationPolicy.view)
    return _page(organisation, NoteForm())


@bp.post("/<uuid:organisation_id>/verify")
@operators(OrganisationPolicy.verify)
def verify(organisation_id: UUID) -> ResponseReturnValue:
    """It is what it says it is."""
    organisation = _locked(organisation_id)
    verify_organisation(current_actor(), organisation)
    flash(_("%(name)s is verified and told so.", name=organisation.name), "ok")
    return redirect(url_for(".list"))


@bp.post("/<uuid:organisation_id>/ask")
@operators(OrganisationPolicy.verify)
def ask(organisation_id: UUID) -> ResponseReturnValue:
    """Something is missing."""
    organisation, form = _locked(organisation_id), NoteForm()
    if form.validate_on_submit():
        with form.attempt():
            ask_organisation(current_actor(), organisation, _note(form))
        if form.ok:
            flash(_("%(name)s is asked for it.", name=organisation.name), "ok")
            return redirect(url_for(".list"))
    return _page(organisation, form), 422


@bp.post("/<uuid:organisation_id>/refuse")
@operators(OrganisationPolicy.verify)
def refuse(organisation_id: UUID) -> ResponseReturnValue:
    """It is not what it says it is."""
    organisation, form = _locked(organisation_id), NoteForm()
    if form.validate_on_submit():
        with form.attempt():
            refuse_organisation(current_actor(), organisation, _note(form))
        if form.ok:
            flash(_("%(name)s is refused and told why.", name=organisation.name), "ok")
            return redirect(url_for(".list"))
    return _page(organisation, form), 422


def _note(form: NoteForm) -> str:
    """The word of the chip that was pressed, else the own words."""
    chip = request.form.get("chip", "")
    return chip if chip in {**ASKED_FOR, **REFUSED_BECAUSE} else (form.note.data or "")[:300].replace("\0", "")


def _locked(organisation_id: UUID) -> Organisation:
    return load(
        Organisation, organisation_id, current_actor(), OrganisationPolicy.verify, known_to=any_operator, lock=True
    )


def _page(organisation: Organisation, form: NoteForm) -> str:
    return render(
        "admin/organisations/show.html",
        organisation=organisation,
        region=region_name(organisation.region),
        account=masked(organisation.bank_account),
        licences=licences_of(organisation.id),
        members=memberships_in(organisation.id),
        namesakes=namesakes(organisation),
        booking=first_bookings([organisation.id]).get(organisation.id),
        asked_for=ASKED_FOR,
        refused_because=REFUSED_BECAUSE,
        form=form,
        may_verify=OrganisationPolicy.verify(current_actor(), organisation),
    )
