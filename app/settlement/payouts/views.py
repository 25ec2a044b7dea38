"""The operator's payouts: draft, approval by a second person, bank file, answers."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, login_required
from app.core.attempts import attempt
from app.core.db import session
from app.core.errors import Invalid
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import CURRENCY, Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import format_datetime, render
from app.settlement.payouts.answers import Answer, Outcome, read_answers, take_answers
from app.settlement.payouts.forms import AnswerFileForm, AnswersForm, PaidForm, ReturnedForm
from app.settlement.payouts.models import BatchState, Payout, PayoutBatch
from app.settlement.payouts.operations import (
    approve_batch,
    discard_batch,
    draft_payouts,
    mark_exported,
    mark_payout_paid,
    mark_payout_returned,
)
from app.settlement.payouts.policy import PayoutPolicy
from app.settlement.payouts.queries import (
    bank_file_rows,
    due_to_institutions,
    payout_batches,
    payouts_of_batch,
    people,
    proposed_payout,
)
from app.settlement.payouts.words import (
    BATCH_BADGES,
    BATCH_STATES,
    OUTCOME_BADGES,
    OUTCOMES,
    PAYOUT_BADGES,
    PAYOUT_STATES,
)
from app.settlement.policy import operator_staff
from app.settlement.proceeds.queries import held_by_institution

bp = Blueprint("payouts", __name__, url_prefix="/settlement/payouts", template_folder="../templates")


@bp.get("", endpoint="list")
@login_required
@asks(state=one_of(BATCH_STATES))
def list_batches() -> ResponseReturnValue:
    """What is due to institutions, and the batches so far; ``?format=csv`` gives the batches as a file."""
    actor = current_actor()
    ensure(actor, PayoutPolicy.read_batches, None, known_to=operator_staff)
    state = request.args.get("state", "")
    statement = payout_batches(state)
    if wants_csv():
        header = (_("Number"), _("Made"), _("State"), _("Amount"), _("Currency"))
        rows = (
            (one.number, format_datetime(one.made_at, "iso"), BATCH_STATES[one.state], Money(one.total_minor).decimal,
             CURRENCY)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response("payouts", header, rows)
    return render(
        "settlement/payouts/list.html",
        page=paginate(statement),
        state=state,
        due=due_to_institutions(),
        held=held_by_institution(),
        proposed=proposed_payout(),
        states=BATCH_STATES,
        badges=BATCH_BADGES,
        may_make=PayoutPolicy.make(actor, None),
        form=AnswerFileForm(formdata=None),
    )


@bp.post("/draft")
@login_required
def draft() -> ResponseReturnValue:
    """Put what is due into a new batch."""
    actor = current_actor()
    ensure(actor, PayoutPolicy.make, None, known_to=operator_staff)
    with attempt() as tried:
        made = draft_payouts(actor)
    if tried.refusal is not None:
        flash(str(tried.refusal), "warn")
        return redirect(url_for(".list"))
    for left_out in made.without_account:
        flash(_("%(name)s has no bank account and was left out.", name=left_out.name), "warn")
    return redirect(url_for(".show", batch_id=made.batch.id))


@bp.get("/<uuid:batch_id>")
@login_required
def show(batch_id: UUID) -> ResponseReturnValue:
    """One batch."""
    return _page(load(PayoutBatch, batch_id, current_actor(), PayoutPolicy.read_batches, known_to=operator_staff))


def _page(batch: PayoutBatch, form: Any = None) -> str:
    actor = current_actor()
    return render(
        "settlement/payouts/show.html",
        batch=batch,
        payouts=payouts_of_batch(batch.id),
        names=people(batch.made_by_id, batch.approved_by_id),
        states=PAYOUT_STATES,
        badges=PAYOUT_BADGES,
        state_name=BATCH_STATES[batch.state],
        badge_name=BATCH_BADGES[batch.state],
        is_maker=actor.user_id == batch.made_by_id,
        may_act=PayoutPolicy.answer(actor, batch),
        is_draft=batch.state is BatchState.DRAFT,
        can_export=batch.state in {BatchState.APPROVED, BatchState.EXPORTED},
        paid_form=form if isinstance(form, PaidForm) else PaidForm(formdata=None),
        returned_form=form if isinstance(form, ReturnedForm) else ReturnedForm(formdata=None),
        failed=form,
    )


def _act(batch_id: UUID, act: Callable[..., PayoutBatch], said: str) -> ResponseReturnValue:
    actor = current_actor()
    batch = load(PayoutBatch, batch_id, actor, PayoutPolicy.approve, known_to=operator_staff)
    act(actor, batch)
    flash(said, "ok")
    return redirect(url_for(".show", batch_id=batch.id))


@bp.post("/<uuid:batch_id>/approve")
@login_required
def approve(batch_id: UUID) -> ResponseReturnValue:
    """The second person agrees."""
    return _act(batch_id, approve_batch, _("Approved. Take the payout file next."))


@bp.post("/<uuid:batch_id>/discard")
@login_required
def discard(batch_id: UUID) -> ResponseReturnValue:
    """Take the draft back."""
    return _act(batch_id, discard_batch, _("Discarded. The money can be drafted again."))


@bp.post("/<uuid:batch_id>/file")
@login_required
def export(batch_id: UUID) -> ResponseReturnValue:
    """The file for the bank."""
    actor = current_actor()
    batch = load(PayoutBatch, batch_id, actor, PayoutPolicy.answer, known_to=operator_staff)
    mark_exported(actor, batch)
    header = (_("Number"), _("Payee"), _("Account"), _("Bank"), _("Amount"), _("Currency"), _("Memo"))
    return csv_response(batch.number, header, tuple(bank_file_rows(batch)))


@bp.post("/paid/<uuid:payout_id>")
@login_required
def paid(payout_id: UUID) -> ResponseReturnValue:
    """The bank has carried it out."""
    form = PaidForm()
    return _answer(payout_id, form, lambda actor, payout: mark_payout_paid(actor, payout, form.reference.data or ""))


@bp.post("/returned/<uuid:payout_id>")
@login_required
def returned(payout_id: UUID) -> ResponseReturnValue:
    """The bank has sent it back."""
    form = ReturnedForm()
    return _answer(payout_id, form, lambda actor, payout: mark_payout_returned(actor, payout, form.reason.data or ""))


def _answer(payout_id: UUID, form: PaidForm | ReturnedForm, act: Callable[..., Payout]) -> ResponseReturnValue:
    actor = current_actor()
    payout = load(Payout, payout_id, actor, PayoutPolicy.answer, known_to=operator_staff)
    if form.carries_out(lambda: act(actor, payout)):
        flash(_("Noted for %(number)s.", number=payout.number), "ok")
        return redirect(url_for(".show", batch_id=payout.batch_id))
    batch = load(PayoutBatch, payout.batch_id, actor, PayoutPolicy.read_batches)
    return _page(batch, form), 422


@bp.post("/answers/preview")
@login_required
def preview_answers() -> ResponseReturnValue:
    """What the bank's answer file would do, row by row; nothing is saved."""
    actor = current_actor()
    ensure(actor, PayoutPolicy.answer, None, known_to=operator_staff)
    form = AnswerFileForm()
    if form.validate_on_submit():
        with form.attempt():
            data, name = form.file.data.read(), (form.file.data.filename or "")[-200:]
            answers = read_answers(actor, data, name)
        if form.ok:
            again = AnswersForm(formdata=None, content=base64.b64encode(data).decode(), name=name)
            return _answers_page(answers, again)
    for _field, sentence in form.faults:
        flash(sentence, "error")
    return redirect(url_for(".list"))


@bp.post("/answers")
@login_required
def answers() -> ResponseReturnValue:
    """Note what the bank's answer file says; the same file again changes nothing."""
    actor = current_actor()
    ensure(actor, PayoutPolicy.answer, None, known_to=operator_staff)
    form = AnswersForm()
    if form.validate_on_submit():
        with form.attempt():
            taken = take_answers(actor, _unpacked(form.content.data or ""), form.name.data or "")
        if form.ok:
            return _answers_page(taken, None)
    for _field, sentence in form.faults:
        flash(sentence, "error")
    return redirect(url_for(".list"))


def _unpacked(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise Invalid(_l("Choose the file that the bank gave you.")) from None


def _answers_page(answers: Sequence[Answer], again: AnswersForm | None) -> str:
    """The rows with what they do, wrong ones first; `again` carries the file to the button that takes it."""
    return render(
        "settlement/payouts/answers.html",
        answers=sorted(answers, key=lambda answer: (answer.outcome is not Outcome.WRONG, answer.line)),
        counts={outcome: sum(answer.outcome is outcome for answer in answers) for outcome in Outcome},
        outcomes=OUTCOMES,
        badges=OUTCOME_BADGES,
        form=again,
    )
