"""Undoing the wrong match of a transfer."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, login_required
from app.core.i18n import gettext as _
from app.core.policy import load
from app.core.templating import render
from app.settlement.corrections.forms import UndoForm
from app.settlement.corrections.operations import undo_payment, why_not
from app.settlement.payments.models import Payment
from app.settlement.payments.policy import PaymentPolicy
from app.settlement.payments.queries import WITH_ENDS
from app.settlement.payments.words import PAYMENT_SOURCES
from app.settlement.policy import operator_staff

bp = Blueprint("payments", __name__, url_prefix="/settlement/payments", template_folder="../templates")


@bp.route("/<uuid:payment_id>/undo", methods=["GET", "POST"])
@login_required
def undo(payment_id: UUID) -> ResponseReturnValue:
    """Say why a payment was assigned wrongly and take it back; what stands in the way is said before."""
    actor = current_actor()
    payment = load(Payment, payment_id, actor, PaymentPolicy.undo, known_to=operator_staff, options=WITH_ENDS)
    form = UndoForm()
    if form.validate_on_submit():
        with form.attempt():
            undo_payment(actor, payment, form.reason.data or "")
        if form.ok:
            flash(_("Undone. Receipt %(number)s is void.", number=payment.number), "ok")
            return redirect(_back(payment))
    page = render(
        "settlement/payments/undo.html",
        payment=payment,
        form=form,
        sources=PAYMENT_SOURCES,
        hindrance=None if payment.reversal else why_not(payment),
        back=_back(payment),
    )
    return page, 422 if request.method == "POST" else 200


def _back(payment: Payment) -> str:
    if payment.bank_line_id is not None:
        return url_for("bank_lines.show", line_id=payment.bank_line_id)
    return url_for("bills.show", bill_id=payment.bill_id)
