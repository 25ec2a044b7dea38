"""Bills: the customer's list, one bill with all that is needed to pay it, its files; the operator's receivables."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.db import session
from app.core.errors import Conflict
from app.core.filters import asks, one_of, words
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import PDF, XLSX, csv_response, file_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.ledger.chart import buyer_credit
from app.ledger.queries import account_balance
from app.settlement.interests.queries import explained_lines
from app.settlement.papers.documents import bill_pdf, bill_workbook, ledger_number, receipt_pdf
from app.settlement.papers.statement_views import LINES_PER_PAGE, asked_month
from app.settlement.payments.models import Payment
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import WITH_ENDS, payments_of, receivables
from app.settlement.payments.words import PAYMENT_SOURCES
from app.settlement.policy import operator_reader, operator_staff, paper_reader
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import announce_transfer
from app.settlement.statements.policy import BillPolicy
from app.settlement.statements.queries import groups_of_bill, lines_of_bill, visible_bills
from app.settlement.words import BILL_BADGES, BILL_STATES, CHARGE_KINDS

bp = Blueprint("bills", __name__, template_folder="../templates")
receivables_bp = Blueprint("receivables", __name__, template_folder="../templates")


def _rows(statement: Any) -> Iterator[tuple[Any, ...]]:
    for bill in session.scalars(statement):
        amounts = (bill.total_minor, bill.paid_minor, bill.outstanding_minor)
        yield (bill.number, f"{bill.month:%Y-%m}", bill.party["name"], BILL_STATES[bill.state], bill.due_on,
               *(Money(amount).decimal for amount in amounts), bill.memo_code)  # fmt: skip


def _header() -> tuple[str, ...]:
    return (_("Number"), _("Month"), _("Customer"), _("State"), _("Due on"), _("Amount"), _("Paid"), _("To pay"),
            _("Memo"))  # fmt: skip


@bp.get("/bills")
@acting_required
@asks(state=one_of((*BILL_STATES, "unpaid")))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is bills.list
    """Bills of the organisation acted for."""
    actor = current_actor()
    ensure(actor, paper_reader, None)
    state = request.args.get("state", "")
    statement = visible_bills(actor, month=asked_month(), state=state).where(Bill.payer_id == actor.organisation_id)
    if wants_csv():
        return csv_response("bills", _header(), _rows(statement))
    return render(
        "settlement/bills/list.html",
        page=paginate(statement),
        state=state,
        states=BILL_STATES,
        badges=BILL_BADGES,
        credit=account_balance(buyer_credit(actor.organisation_id)) if actor.organisation_id else 0,
    )


@bp.get("/bills/<uuid:bill_id>")
@login_required
def show(bill_id: UUID) -> ResponseReturnValue:
    """One bill: what to pay by when, account, amount and memo to copy; lines by institution; payments."""
    actor = current_actor()
    bill = load(Bill, bill_id, actor, BillPolicy.view, known_to=BillPolicy.known_to)
    page = paginate(lines_of_bill(bill.id), size=LINES_PER_PAGE, scalars=False)
    return render(
        "settlement/bills/show.html",
        bill=bill,
        page=page,
        explained=explained_lines([row[0] for row in page.items]),
        groups=groups_of_bill(bill.id),
        payments=payments_of(bill_id=bill.id),
        sources=PAYMENT_SOURCES,
        state_name=BILL_STATES[bill.state],
        badge_name=BILL_BADGES[bill.state],
        kinds=CHARGE_KINDS,
        may_pay=BillPolicy.pay(actor, bill),
        may_undo=PaymentPolicy.undo(actor, bill),
        is_operator=actor.is_operator,
        ledger_number=ledger_number,
    )


@bp.post("/bills/<uuid:bill_id>/sent")
@login_required
def sent(bill_id: UUID) -> ResponseReturnValue:
    """The customer has made the transfer."""
    actor = current_actor()
    bill = load(Bill, bill_id, actor, BillPolicy.view, known_to=BillPolicy.known_to)
    announce_transfer(actor, bill)
    flash(_("Thank you. You hear from us as soon as the bank reports the money."), "ok")
    return redirect(url_for(".show", bill_id=bill.id))


@bp.get("/bills/<uuid:bill_id>/pdf")
@login_required
def pdf(bill_id: UUID) -> ResponseReturnValue:
    """The bill as PDF."""
    bill = load(Bill, bill_id, current_actor(), BillPolicy.view, known_to=BillPolicy.known_to)
    return file_response(f"{bill.number}.pdf", PDF, [bill_pdf(bill)])


@bp.get("/bills/<uuid:bill_id>/xlsx")
@login_required
def xlsx(bill_id: UUID) -> ResponseReturnValue:
    """The bill as a workbook."""
    bill = load(Bill, bill_id, current_actor(), BillPolicy.view, known_to=BillPolicy.known_to)
    return file_response(f"{bill.number}.xlsx", XLSX, [bill_workbook(bill)])


@bp.get("/receipts/<uuid:payment_id>/pdf")
@login_required
def receipt(payment_id: UUID) -> ResponseReturnValue:
    """The receipt of one payment as PDF."""
    payment = load(
        Payment, payment_id, current_actor(), PaymentPolicy.view, known_to=PaymentPolicy.known_to, options=WITH_ENDS
    )
    if payment.reversal is not None:
        raise Conflict(_l("This receipt is void: the payment was undone."), code="undone")
    return file_response(f"{payment.number}.pdf", PDF, [receipt_pdf(payment)])


@receivables_bp.get("/settlement/receivables", endpoint="list")
@login_required
@asks(state=one_of((*BILL_STATES, "unpaid")), q=words)
def list_receivables() -> ResponseReturnValue:
    """What customers owe, by bill; the operator's view of all."""
    actor = current_actor()
    ensure(actor, operator_reader, None, known_to=operator_staff)
    state, search = request.args.get("state", "unpaid"), request.args.get("q", "").replace("\0", "").strip()[:100]
    statement = visible_bills(actor, month=asked_month(), state=state, search=search)
    if state in {"unpaid", "overdue"}:
        statement = statement.order_by(None).order_by(Bill.due_on, Bill.number)
    if wants_csv():
        return csv_response("receivables", _header(), _rows(statement))
    return render(
        "settlement/bills/receivables.html",
        page=paginate(statement),
        state=state,
        search=search,
        states=BILL_STATES,
        badges=BILL_BADGES,
        figures=receivables(),
    )
