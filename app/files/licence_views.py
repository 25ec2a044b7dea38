"""The page on which an organisation attaches its licence."""

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Organisation
from app.accounts.policy import OrganisationPolicy, member
from app.core.db import session
from app.core.errors import Missing
from app.core.forms import FileField, FileRequired, Form
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.policy import load
from app.core.templating import render
from app.files import licences
from app.files.models import StoredFile

bp = Blueprint(
    "business_licences", __name__, url_prefix="/organisations/<uuid:organisation_id>", template_folder="templates"
)


class LicenceForm(Form):
    """One file."""

    file = FileField(_l("Business licence"), [FileRequired(_l("Choose a file."))])


@bp.get("/licence")
@acting_required
def show(organisation_id: UUID) -> ResponseReturnValue:
    """What is attached, and the field for more."""
    return _page(load(Organisation, organisation_id, current_actor(), OrganisationPolicy.view), LicenceForm())


@bp.post("/licence")
@acting_required
def attach(organisation_id: UUID) -> ResponseReturnValue:
    """Attach a file for the verifier."""
    organisation, form = _own(organisation_id), LicenceForm()
    if form.validate_on_submit():
        with form.attempt():
            upload = form.file.data
            licences.attach_licence(current_actor(), organisation, upload.filename or "", upload.stream)
        if form.ok:
            flash(_("Attached. The operator sees it in the queue."), "ok")
            return redirect(url_for(".show", organisation_id=organisation.id))
    return _page(organisation, form), 422


@bp.post("/licence/<uuid:file_id>/remove")
@acting_required
def remove(organisation_id: UUID, file_id: UUID) -> ResponseReturnValue:
    """Forget a file."""
    organisation, stored = _own(organisation_id), session.get(StoredFile, file_id)
    if stored is None or (stored.subject_kind, stored.subject_id) != (licences.SUBJECT, organisation.id):
        raise Missing(_("There is nothing here, or it is not yours to see."))
    licences.remove_licence(current_actor(), organisation, stored)
    flash(_("The file is gone."), "toast")
    return redirect(url_for(".show", organisation_id=organisation.id))


def _own(organisation_id: UUID) -> Organisation:
    """An organisation whose licence is changed, locked: the operator may be verifying it just now."""
    return load(Organisation, organisation_id, current_actor(), OrganisationPolicy.edit, known_to=member, lock=True)


def _page(organisation: Organisation, form: LicenceForm) -> str:
    return render(
        "files/licence.html",
        organisation=organisation,
        form=form,
        files=licences.licences_of(organisation.id),
        may_change=OrganisationPolicy.edit(current_actor(), organisation) and not organisation.is_verified,
    )
