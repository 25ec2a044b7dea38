"""Credit notes: issue one, see those that wait, decide as the second person."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.db import session
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.settlement.credits.forms import CreditNoteForm
from app.settlement.credits.models import CreditNote
from app.settlement.credits.operations import (
    approve_credit_note,
    creditable,
    issue_credit_note,
    refuse_credit_note,
)
from app.settlement.credits.policy import CreditPolicy
from app.settlement.credits.queries import WITH_CHARGE, visible_credit_notes
from app.settlement.credits.words import CREDIT_BADGES, CREDIT_STATES
from app.settlement.models import Charge
from app.settlement.policy import paper_reader

bp = Blueprint("credit_notes", __name__, url_prefix="/credit-notes", template_folder="../templates")


@bp.get("", endpoint="list")
@acting_required
@asks(state=one_of(CREDIT_STATES))
def list_notes() -> ResponseReturnValue:
    """Credit notes, those that wait for their second person first."""
    actor = current_actor()
    ensure(actor, paper_reader, None)
    state = request.args.get("state", "")
    statement = visible_credit_notes(actor, state=state)
    if wants_csv():
        header = (_("Number"), _("Charge"), _("Customer"), _("Amount"), _("State"), _("Why"))
        rows = (
            (one.number, one.charge.subject_number, one.charge.payer.name, Money(one.amount_minor).decimal,
             CREDIT_STATES[one.state], one.reason)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response("credit-notes", header, rows)
    return render(
        "settlement/credit_notes/list.html",
        page=paginate(statement),
        state=state,
        states=CREDIT_STATES,
        badges=CREDIT_BADGES,
        may_decide=lambda note: CreditPolicy.decide(actor, note) and note.issued_by_id != actor.user_id,
    )


@bp.route("/new/<uuid:charge_id>", methods=["GET", "POST"])
@login_required
def new(charge_id: UUID) -> ResponseReturnValue:
    """Take back (part of) a stated charge."""
    actor = current_actor()
    charge = load(Charge, charge_id, actor, CreditPolicy.issue)
    form = CreditNoteForm()
    if form.validate_on_submit():
        with form.attempt():
            note = issue_credit_note(actor, charge, form.amount.money, form.reason.data or "")
        if form.ok:
            flash(_("%(number)s waits for a second person.", number=note.number), "ok")
            return redirect(url_for(".list"))
    return render("settlement/credit_notes/new.html", form=form, charge=charge, left=creditable(charge))


def _decide(note_id: UUID, decide: Callable[..., CreditNote], said: str) -> ResponseReturnValue:
    actor = current_actor()
    note = load(CreditNote, note_id, actor, CreditPolicy.decide, options=WITH_CHARGE)
    decide(actor, note)
    flash(said, "ok")
    return redirect(url_for(".list"))


@bp.post("/<uuid:note_id>/approve")
@login_required
def approve(note_id: UUID) -> ResponseReturnValue:
    """The second person agrees."""
    return _decide(note_id, approve_credit_note, _("Approved. The credit stands on the next statement and bill."))


@bp.post("/<uuid:note_id>/refuse")
@login_required
def refuse(note_id: UUID) -> ResponseReturnValue:
    """The second person does not agree."""
    return _decide(note_id, refuse_credit_note, _("Refused. Nothing is taken back."))
