"""Contracts for people: the text and its hash, who has signed, sign, change, PDF, registration."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, login_required
from app.accounts.one_time import Outcome
from app.core.db import session
from app.core.i18n import gettext as _
from app.core.pages import PDF, file_response
from app.core.policy import load
from app.core.templating import render
from app.market.licences.models import Licence
from app.market.licences.words import KINDS
from app.market.negotiations.bars import restricting_words
from app.market.negotiations.contract_text import hints
from app.market.negotiations.documents import contract_pdf
from app.market.negotiations.forms import CodeForm, ContractForm, SignForm
from app.market.negotiations.models import Contract
from app.market.negotiations.policy import ContractPolicy
from app.market.negotiations.queries import CONTRACT_WITH_ALL
from app.market.negotiations.registering import start_registration
from app.market.negotiations.signing import (
    change_contract,
    count_try,
    has_code,
    send_signing_code,
    sign_contract,
    signed_by,
)
from app.market.negotiations.words import CLAUSES, HINTS, SIDES, STATE_TONES, STATES

bp = Blueprint("contracts", __name__, url_prefix="/contracts", template_folder="../templates")


@bp.route("/<uuid:contract_id>", methods=["GET", "POST"])
@login_required
def show(contract_id: UUID) -> ResponseReturnValue:
    """The text as it is signed; the code that was mailed for it signs it."""
    actor = current_actor()
    action = ContractPolicy.sign if request.method == "POST" else ContractPolicy.view
    contract = load(
        Contract, contract_id, actor, action, known_to=ContractPolicy.view, options=CONTRACT_WITH_ALL
    )  # fmt: skip
    form = SignForm()
    if form.validate_on_submit():
        count_try(actor)
        outcome = None
        with form.attempt():
            outcome = sign_contract(
                actor, contract, shown=form.shown.data or "", code=form.code.data or "",
                address=request.remote_addr or "",
            )  # fmt: skip
        if outcome is Outcome.DONE:
            flash(_("Signed."), "ok")
            return redirect(url_for(".show", contract_id=contract.id))
        if outcome is not None:
            form.blame("code", _not_right(outcome))
    return _page(contract, form, CodeForm(formdata=None))


def _not_right(outcome: Outcome) -> str:
    if outcome is Outcome.WRONG:
        return _("This is not the code. Compare it with the mail.")
    return _("This code works no more. Ask for another one.")


@bp.post("/<uuid:contract_id>/code")
@login_required
def code(contract_id: UUID) -> ResponseReturnValue:
    """Mail the signer a code, against the own password."""
    actor = current_actor()
    contract = load(
        Contract, contract_id, actor, ContractPolicy.sign, known_to=ContractPolicy.view, options=CONTRACT_WITH_ALL
    )
    form = CodeForm()
    if form.validate_on_submit():
        count_try(actor)
        with form.attempt():
            send_signing_code(actor, contract, shown=form.shown.data or "", password=form.password.data or "")
        if form.ok:
            flash(_("The code is on its way to %(email)s.", email=actor.user.email if actor.user else ""), "ok")
            return redirect(url_for(".show", contract_id=contract.id) + "#sign")
    return _page(contract, SignForm(formdata=None), form)


def _page(contract: Contract, form: SignForm, code_form: CodeForm) -> ResponseReturnValue:
    actor, negotiation = current_actor(), contract.negotiation
    form.shown.data = code_form.shown.data = contract.sha256
    side = negotiation.side_of(actor.organisation_id)
    licence = session.get(Licence, negotiation.licence_id) if negotiation.licence_id else None
    page = render(
        "market/negotiations/contract.html", contract=contract, negotiation=negotiation, form=form, code_form=code_form,
        side=side, has_code=has_code(actor, contract),
        signed=signed_by(contract), sides=SIDES, kinds=KINDS, states=STATES, tones=STATE_TONES, licence=licence,
        warnings=restricting_words(*contract.fields.values()), hints=[HINTS[one] for one in hints(negotiation.kind)],
        may_sign=side is not None and negotiation.is_at_contract and ContractPolicy.sign(actor, contract)
        and contract.signature_of(side) is None,
        may_change=negotiation.is_at_contract and ContractPolicy.change(actor, contract) and side is not None,
        may_register=contract.signed_on is not None and ContractPolicy.register(actor, contract),
        pay_url=_pay_url(licence) if side == "asker" else None,
    )  # fmt: skip
    return page, 200 if form.ok and code_form.ok else 422


def _pay_url(licence: Licence | None) -> str | None:
    """Where the first payment is made, while it is due."""
    if licence is None or licence.fee_note_id is None or licence.paid_on is not None:
        return None
    known = "fee_notes.show" in current_app.view_functions
    return url_for("fee_notes.show", note_id=licence.fee_note_id) if known else None


@bp.route("/<uuid:contract_id>/edit", methods=["GET", "POST"])
@login_required
def edit(contract_id: UUID) -> ResponseReturnValue:
    """The clauses; what is changed is signed anew by both."""
    actor = current_actor()
    contract = load(
        Contract, contract_id, actor, ContractPolicy.change, known_to=ContractPolicy.view, options=CONTRACT_WITH_ALL
    )
    form = ContractForm(data=contract.fields)
    if form.validate_on_submit():
        with form.attempt():
            change_contract(actor, contract, form.clauses)
        if form.ok:
            flash(_("The text is written anew. Both sides sign it again."), "ok")
            return redirect(url_for(".show", contract_id=contract.id))
    page = render(
        "market/negotiations/edit.html", contract=contract, form=form, clauses=CLAUSES,
        hints=[HINTS[one] for one in hints(contract.negotiation.kind)],
        voided=[one for one in contract.signatures if one.holds_for(contract)],
    )  # fmt: skip
    return page, 200 if form.ok else 422


@bp.get("/<uuid:contract_id>/pdf")
@login_required
def pdf(contract_id: UUID) -> ResponseReturnValue:
    """The contract with the page of signatures."""
    contract = load(Contract, contract_id, current_actor(), ContractPolicy.view, options=CONTRACT_WITH_ALL)
    return file_response(f"{contract.number}.pdf", PDF, [contract_pdf(contract)])


@bp.post("/<uuid:contract_id>/register")
@login_required
def register(contract_id: UUID) -> ResponseReturnValue:
    """Begin the registration 技术合同认定登记, or go on with it."""
    actor = current_actor()
    contract = load(
        Contract, contract_id, actor, ContractPolicy.register, known_to=ContractPolicy.view, options=CONTRACT_WITH_ALL
    )
    registration = start_registration(actor, contract)
    return redirect(url_for("contract_registrations.show", registration_id=registration.id))
