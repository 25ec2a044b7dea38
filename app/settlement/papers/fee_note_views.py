"""Fee notes: what one is asked to pay or is paid for one thing; and the operator's refunds."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.db import session
from app.core.filters import asks, one_of, words
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import PDF, csv_response, file_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import format_date, format_money, render
from app.ledger.subjects import subjects_of
from app.settlement.fee_notes.forms import RefundForm
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.operations import announce_fee_transfer, record_refund
from app.settlement.fee_notes.policy import FeeNotePolicy
from app.settlement.fee_notes.queries import TABS, WITH_PARTIES, bill_of, refunds_due, refunds_made, visible_fee_notes
from app.settlement.fee_notes.words import state_of
from app.settlement.interests.queries import reckoning_of, reckonings_of, run_up
from app.settlement.interests.words import kept_stretch_words, stretch_words
from app.settlement.models import Charge
from app.settlement.papers.fee_note_documents import fee_note_pdf
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import payments_of
from app.settlement.payments.words import PAYMENT_SOURCES
from app.settlement.policy import operator_staff
from app.settlement.statements.models import Bill

bp = Blueprint("fee_notes", __name__, url_prefix="/fee-notes", template_folder="../templates")
bp.add_app_template_filter(stretch_words, "stretch_words")
bp.add_app_template_filter(kept_stretch_words, "kept_stretch_words")
refunds_bp = Blueprint("refunds", __name__, url_prefix="/settlement/refunds", template_folder="../templates")


def _asked(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:100]


@bp.get("", endpoint="list")
@acting_required
@asks(side=one_of(("payer", "provider")), state=one_of(TABS), q=words)
def list_notes() -> ResponseReturnValue:
    """Fee notes to the organisation acted for and from it; the operator sees all."""
    actor = current_actor()
    side, state, search = _asked("side"), _asked("state"), _asked("q")
    statement = visible_fee_notes(actor, side=side, state=state, search=search)
    if wants_csv():
        header = (_("Number"), _("Issued on"), _("Who pays"), _("Fee of"), _("Used for"), _("Concerns"), _("State"),
                  _("Due on"), _("Amount"), _("Paid"), _("To pay"), _("Value date"), _("Memo"))  # fmt: skip
        return csv_response("fee-notes", header, (_row(note) for note in session.scalars(statement)))
    return render(
        "settlement/fee_notes/list.html",
        page=paginate(statement),
        side=side,
        state=state,
        search=search,
        state_of=state_of,
        mine=actor.organisation_id,
        is_operator=actor.is_operator,
    )


def _row(note: FeeNote) -> tuple[object, ...]:
    asked = note.outstanding_minor if note.is_unpaid else 0
    amounts = (Money(amount).decimal for amount in (note.total_minor, note.paid_minor, asked))
    return (note.number, format_date(note.issued_at, "iso"), note.party["name"], note.provider.name, note.description,
            note.subject_number, state_of(note)[1], note.due_on or "", *amounts, note.value_on or "",
            note.memo_code)  # fmt: skip


def _load(note_id: UUID) -> FeeNote:
    return load(
        FeeNote, note_id, current_actor(), FeeNotePolicy.view, known_to=FeeNotePolicy.known_to, options=WITH_PARTIES
    )


@bp.get("/<uuid:note_id>")
@login_required
def show(note_id: UUID) -> ResponseReturnValue:
    """One note: what to pay by when, account, amount and memo to copy; how far it is; receipts."""
    actor, note = current_actor(), _load(note_id)
    badge, state_name = state_of(note)
    bill, explained = bill_of(note), reckoning_of(note.id)
    return render(
        "settlement/fee_notes/show.html",
        fee=note,
        bill=bill,
        badge_name=badge,
        state_name=state_name,
        events=_events(note, bill),
        payments=payments_of(fee_note_id=note.id),
        explained=explained,
        reckonings=reckonings_of([note.id]),
        running=run_up([note]),
        sources=PAYMENT_SOURCES,
        subject=subjects_of([(note.subject_kind, note.subject_id)]).get((note.subject_kind, note.subject_id)),
        is_payer=FeeNotePolicy.pays(actor, note),
        may_pay=FeeNotePolicy.pay(actor, note),
        may_read=PaymentPolicy.view(actor, note),
        may_undo=PaymentPolicy.undo(actor, note),
    )


def _events(note: FeeNote, bill: Bill | None) -> list[dict[str, Any]]:
    """What has happened to a note and what comes next, for the timeline."""
    charge = session.get_one(Charge, note.charge_id) if note.charge_id else None
    paid = {
        "name": _("To be paid") if note.is_unpaid else _("Paid"),
        "state": "done" if note.value_on else "now" if note.is_unpaid else "next",
    }
    if note.value_on:
        paid.update(when=note.value_on.isoformat(), note=_("The bank’s value date"))
    elif note.paid_minor:
        paid["note"] = _("%(paid)s received, %(rest)s to go.", paid=format_money(note.paid_minor),
                         rest=format_money(note.outstanding_minor))  # fmt: skip
    found = [{"name": _("Issued"), "when": format_date(note.issued_at, "iso"), "state": "done"}]
    if note.sent_at is not None:
        sent = {"name": _("Transfer announced by the payer"), "when": format_date(note.sent_at, "iso"), "state": "done"}
        found.append(sent)
    if note.state is FeeNoteState.VOID:
        return [*found, {**_ended(note), "name": _("Void")}]
    if note.state is FeeNoteState.REFUNDED:
        done = note.refunded_on is not None
        back = {"name": _("Refund carried out"), "state": "done" if done else "now", "note": note.refund_reference}
        back["when"] = note.refunded_on.isoformat() if note.refunded_on else ""
        return [*found, {**_ended(note), "name": _("Refund promised")}, back]
    earned = {"name": _("Earned"), "state": "done" if charge else "next"}
    if charge is not None:
        earned["when"] = charge.used_on.isoformat()
    billed = {"name": _("On the bill of its month"), "state": "done" if bill else "next"}
    if bill is not None:
        billed.update(when=format_date(bill.issued_at, "iso"), note=bill.number)
    return [*found, paid, earned, billed]


def _ended(note: FeeNote) -> dict[str, Any]:
    return {"when": format_date(note.ended_at, "iso"), "note": note.end_reason, "state": "done"}


@bp.post("/<uuid:note_id>/sent")
@login_required
def sent(note_id: UUID) -> ResponseReturnValue:
    """The payer has made the transfer."""
    note = _load(note_id)
    announce_fee_transfer(current_actor(), note)
    flash(_("Thank you. You hear from us as soon as the bank reports the money."), "ok")
    return redirect(url_for(".show", note_id=note.id))


@bp.get("/<uuid:note_id>/pdf")
@login_required
def pdf(note_id: UUID) -> ResponseReturnValue:
    """The note as PDF."""
    note = _load(note_id)
    return file_response(f"{note.number}.pdf", PDF, [fee_note_pdf(note)])


@refunds_bp.get("", endpoint="list")
@login_required
@asks(state=one_of(("done",)))
def list_refunds() -> ResponseReturnValue:
    """Money that has to go back, the oldest first; ``?state=done`` what has gone back."""
    actor = current_actor()
    ensure(actor, FeeNotePolicy.read_refunds, None, known_to=operator_staff)
    return _refunds(RefundForm(formdata=None), None)


def _refunds(form: RefundForm, wrong: FeeNote | None) -> ResponseReturnValue:
    state, actor = _asked("state"), current_actor()
    statement = refunds_made() if state == "done" else refunds_due()
    if wants_csv():
        header = (_("Number"), _("Who pays"), _("Why"), _("Amount"), _("Promised"), _("Carried out"),
                  _("Bank’s reference"))  # fmt: skip
        rows = (
            (note.number, note.party["name"], note.end_reason, Money(note.refund_minor).decimal,
             format_date(note.ended_at, "iso"), note.refunded_on or "", note.refund_reference)
            for note in session.scalars(statement)
        )  # fmt: skip
        return csv_response("refunds", header, rows)
    return render(
        "settlement/refunds/list.html",
        page=paginate(statement),
        state=state,
        form=form,
        wrong=wrong,
        may_record=FeeNotePolicy.refund(actor, None),
    )


@refunds_bp.post("/<uuid:note_id>")
@login_required
def carried_out(note_id: UUID) -> ResponseReturnValue:
    """The bank has carried the refund out."""
    actor, form = current_actor(), RefundForm()
    note = load(FeeNote, note_id, actor, FeeNotePolicy.refund, known_to=operator_staff, options=WITH_PARTIES)
    if form.validate_on_submit() and form.refunded_on.data is not None:
        with form.attempt():
            record_refund(actor, note, form.refunded_on.data, form.reference.data or "")
        if form.ok:
            flash(_("Noted for %(number)s.", number=note.number), "ok")
            return redirect(url_for(".list"))
    return make_response(_refunds(form, note), 422)
