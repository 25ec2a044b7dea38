"""The operator's bank account: transfers in, matching, suspense."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from app.accounts.codes import normal_code
from app.accounts.identity import current_actor, login_required
from app.accounts.organisations.queries import organisation_by_code
from app.core.db import session
from app.core.errors import Conflict
from app.core.filters import asks, one_of, words
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.fee_notes.queries import bill_of, named_note
from app.settlement.payments.bankfile import import_bank_file
from app.settlement.payments.forms import AssignForm, BankFileForm, CreditForm, TransferForm
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import BankLine
from app.settlement.payments.operations import assign_transfer, keep_as_credit, record_transfer
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import bank_lines, payments_of, receivables, suggested_bills, suggested_fee_notes
from app.settlement.payments.words import PAYMENT_SOURCES
from app.settlement.policy import operator_staff
from app.settlement.statements.models import Bill

bp = Blueprint("bank_lines", __name__, url_prefix="/settlement/bank", template_folder="../templates")


def _readers_only() -> None:
    ensure(current_actor(), PaymentPolicy.read_bank, None, known_to=operator_staff)


@bp.get("", endpoint="list")
@login_required
@asks(state=one_of(("open", "done")), q=words)
def list_lines() -> ResponseReturnValue:
    """Transfers that came in; those in suspense first by default."""
    _readers_only()
    state, search = request.args.get("state", "open"), request.args.get("q", "").replace("\0", "").strip()[:100]
    statement = bank_lines(state=state, search=search)
    if wants_csv():
        header = (_("Date"), _("Payer"), _("Account"), _("Amount"), _("Assigned"), _("Memo"), _("Bank’s reference"))
        rows = (
            (one.booked_on, one.payer_name, one.account_tail, Money(one.amount_minor).decimal,
             Money(one.assigned_minor).decimal, one.memo, one.reference)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response("transfers", header, rows)
    page = paginate(statement)
    payments: dict[UUID | None, object] = {}
    for payment in payments_of(bank_line_ids=[line.id for line in page.items]):
        if payment.reversal is None:
            payments.setdefault(payment.bank_line_id, payment)
    return render(
        "settlement/bank_lines/list.html",
        page=page,
        payments=payments,
        state=state,
        search=search,
        figures=receivables(),
        form=BankFileForm(),
        may_record=PaymentPolicy.record(current_actor(), None),
    )


@bp.post("/import")
@login_required
def upload() -> ResponseReturnValue:
    """Record every incoming transfer of the bank's file; the same file again changes nothing."""
    actor = current_actor()
    ensure(actor, PaymentPolicy.record, None, known_to=operator_staff)
    form = BankFileForm()
    if form.validate_on_submit():
        with form.attempt():
            outcome = import_bank_file(actor, form.file.data.read(), form.file.data.filename or "")
        if form.ok:
            return render("settlement/bank_lines/imported.html", outcome=outcome)
    for _field, sentence in form.faults:
        flash(sentence, "error")
    return redirect(url_for(".list"))


@bp.route("/new", methods=["GET", "POST"])
@login_required
def new() -> ResponseReturnValue:
    """Type one transfer in."""
    actor = current_actor()
    ensure(actor, PaymentPolicy.record, None, known_to=operator_staff)
    form = TransferForm()
    if form.validate_on_submit():
        with form.attempt():
            line, is_new = record_transfer(actor, form.transfer)
            payment = match_transfer(actor, line) if is_new else None
        if form.ok:
            known = _("This transfer was recorded before.") if not is_new else _("The transfer waits to be assigned.")
            flash(_("Recorded and matched.") if payment else known, "ok")
            return redirect(url_for(".show", line_id=line.id))
    return render("settlement/bank_lines/new.html", form=form), 422 if form.is_submitted() else 200


@bp.get("/<uuid:line_id>")
@login_required
def show(line_id: UUID) -> ResponseReturnValue:
    """One transfer: where it went, or which bills it may be meant for."""
    _readers_only()
    return _page(load(BankLine, line_id, current_actor(), PaymentPolicy.read_bank), AssignForm(), CreditForm())


def _page(line: BankLine, assign_form: AssignForm, credit_form: CreditForm) -> str:
    return render(
        "settlement/bank_lines/show.html",
        line=line,
        payments=payments_of(bank_line_ids=[line.id]),
        suggestions=suggested_bills(line) if line.is_open else [],
        notes=suggested_fee_notes(line) if line.is_open else [],
        sources=PAYMENT_SOURCES,
        assign_form=assign_form,
        credit_form=credit_form,
        may_assign=PaymentPolicy.assign(current_actor(), line),
        may_undo=PaymentPolicy.undo(current_actor(), line),
    )


@bp.post("/<uuid:line_id>/assign")
@login_required
def assign(line_id: UUID) -> ResponseReturnValue:
    """Assign a transfer to a bill, or hold it for a fee note."""
    actor = current_actor()
    line = load(BankLine, line_id, actor, PaymentPolicy.assign, known_to=operator_staff)
    form = AssignForm()
    if form.validate_on_submit():
        with form.attempt():
            meant = _named(form.bill.data or "")
            if isinstance(meant, FeeNote):
                payment = hold_transfer(actor, line, meant)
            else:
                payment = assign_transfer(actor, line, meant)
        if form.ok:
            flash(_("Assigned. Receipt %(number)s.", number=payment.number), "ok")
            return redirect(url_for(".list") if form.back.data == "list" else url_for(".show", line_id=line.id))
    return _page(line, form, CreditForm()), 422


@bp.post("/<uuid:line_id>/credit")
@login_required
def credit(line_id: UUID) -> ResponseReturnValue:
    """Keep a transfer as a customer's credit."""
    actor = current_actor()
    line = load(BankLine, line_id, actor, PaymentPolicy.assign, known_to=operator_staff)
    form = CreditForm()
    if form.validate_on_submit():
        with form.attempt():
            payer = organisation_by_code(normal_code(form.code.data or ""))
            if payer is None:
                raise Conflict(_l("There is no organisation with this code."), field="code")
            keep_as_credit(actor, line, payer)
        if form.ok:
            flash(_("Kept as credit of %(name)s.", name=payer.name), "ok")
            return redirect(url_for(".show", line_id=line.id))
    return _page(line, AssignForm(), form), 422


def _named(written: str) -> Bill | FeeNote:
    """The bill or fee note with that number or memo code; a note on a bill is that bill. Raises Conflict for none."""
    wanted = written.strip().upper()
    bill = session.scalars(select(Bill).where(or_(Bill.number == wanted, Bill.memo_code == wanted))).one_or_none()
    note = named_note(wanted) if bill is None else None
    if note is not None and note.state is FeeNoteState.BILLED:
        bill = bill_of(note)
    found = bill or note
    if found is None:
        raise Conflict(_l("There is no bill or fee note with this number or memo code."), field="bill")
    return found
