"""Negotiations for people: ask, look at the table of offers, counter, agree, decline; lists for both sides."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.db import session
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import render
from app.market.licences.models import LicenceKind
from app.market.licences.words import KINDS, reason_word
from app.market.negotiations.forms import AskForm, OfferForm, ReasonForm
from app.market.negotiations.models import Negotiation, NegotiationState, Offer
from app.market.negotiations.operations import agree, ask, counter_offer, decline
from app.market.negotiations.policy import NegotiationPolicy
from app.market.negotiations.queries import WITH_ALL, live_negotiation, visible_negotiations
from app.market.negotiations.terms import Terms, changed_names, terms_of
from app.market.negotiations.words import KIND_HELP, SIDES, STATE_TONES, STATES
from app.market.open_licences.queries import open_declaration
from app.market.open_licences.wording import price_words
from app.market.patents.models import Patent
from app.market.patents.policy import PatentPolicy
from app.market.patents.words import title_of

bp = Blueprint("negotiations", __name__, template_folder="../templates")
bp.add_app_template_global(price_words, "negotiated_price")
PRICE = frozenset(
    ("price_form", "lump_minor", "upfront_minor", "instalments", "rate", "royalty_base", "rate_steps", "floor_minor",
     "cap_minor", "period_months")
)  # fmt: skip


@bp.route("/patents/<uuid:patent_id>/negotiate", methods=["GET", "POST"])
@acting_required
def new(patent_id: UUID) -> ResponseReturnValue:
    """Ask for other terms; the proposal begins with the open ones."""
    actor = current_actor()
    patent = load(Patent, patent_id, actor, NegotiationPolicy.ask, known_to=PatentPolicy.view)
    going_on = live_negotiation(patent.id, actor.organisation_id)
    if going_on is not None:
        return redirect(url_for(".show", negotiation_id=going_on.id))
    declared = open_declaration(patent.number)
    form = AskForm()
    if declared is not None:
        form.close_kinds()
    if request.method == "GET":
        shown = declared is not None and declared.is_public
        form.fill(terms_of(declared) if shown else Terms(use_text=patent.use_text))
        form.kind.data = form.kind.data or "ordinary"
    if form.validate_on_submit():
        with form.attempt():
            made = ask(actor, patent, LicenceKind(form.kind.data), form.terms, form.message.data or "")
        if form.ok:
            flash(_("Your proposal is with the owner. We write to you when there is an answer."), "ok")
            return redirect(url_for(".show", negotiation_id=made.id))
    page = render(
        "market/negotiations/new.html", form=form, patent=patent, is_open=declared is not None, kind_help=KIND_HELP
    )
    return page, 200 if form.ok else 422


@bp.get("/negotiations")
@acting_required
@asks(state=one_of(NegotiationState))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """What the organisation acted for negotiates, on either side; the operator sees all."""
    actor = current_actor()
    wanted = request.args.get("state", "")
    state = NegotiationState(wanted) if wanted in set(NegotiationState) else None
    statement = visible_negotiations(actor, state)
    if wants_csv():
        return _csv(session.scalars(statement).unique().all())
    return render(
        "market/negotiations/list.html", page=paginate(statement), state=state, states=STATES, tones=STATE_TONES,
        kinds=KINDS, mine=actor.organisation_id,
    )  # fmt: skip


def _csv(found: Sequence[Negotiation]) -> Response:
    header = (_("Number"), _("Patent no."), _("Patent"), _("Kind"), _("Asking side"), _("Patent owner"), _("State"),
              _("Offers"), _("Contract"), _("Answer by"))  # fmt: skip
    rows = (
        (one.number, one.patent.shown_number, title_of(one.patent), str(KINDS[one.kind]), one.asker.name,
         one.owner.name, str(STATES[one.state]), one.rounds, one.contract.number if one.contract else "",
         one.lapses_at.isoformat() if one.lapses_at else "")
        for one in found
    )  # fmt: skip
    return csv_response("negotiations", header, rows)


@bp.route("/negotiations/<uuid:negotiation_id>", methods=["GET", "POST"])
@login_required
def show(negotiation_id: UUID) -> ResponseReturnValue:
    """The table of offers, the same for both sides; a counter-offer below it for whose turn it is."""
    actor = current_actor()
    action = NegotiationPolicy.answer if request.method == "POST" else NegotiationPolicy.view
    negotiation = load(Negotiation, negotiation_id, actor, action, known_to=NegotiationPolicy.view, options=WITH_ALL)
    last = negotiation.offers[-1]
    form = OfferForm()
    if request.method == "GET":
        form.fill(terms_of(last))
    if form.validate_on_submit():
        with form.attempt():
            counter_offer(actor, negotiation, form.terms, form.message.data or "")
        if form.ok:
            flash(_("Your offer is with the other side."), "ok")
            return redirect(url_for(".show", negotiation_id=negotiation.id))
    side = negotiation.side_of(actor.organisation_id)
    page = render(
        "market/negotiations/show.html", negotiation=negotiation, form=form, reason=ReasonForm(formdata=None),
        offers=[*reversed(negotiation.offers)], changes=changes_of(negotiation.offers), side=side, states=STATES,
        tones=STATE_TONES, kinds=KINDS, sides=SIDES,
        may_answer=NegotiationPolicy.answer(actor, negotiation), reason_word=reason_word,
    )  # fmt: skip
    return page, 200 if form.ok else 422


def changes_of(offers: Sequence[Offer]) -> Mapping[UUID, frozenset[str]]:
    """By offer, which of its terms differ from the one before; every part of a price counts as ``price``."""
    marked = {}
    for before, after in pairwise(offers):
        names = changed_names(terms_of(before), terms_of(after))
        marked[after.id] = frozenset("price" if name in PRICE else name for name in names)
    return marked


@bp.post("/negotiations/<uuid:negotiation_id>/agree", endpoint="agree")
@login_required
def agree_to(negotiation_id: UUID) -> ResponseReturnValue:
    """Accept the last offer: on to the contract."""
    contract = agree(current_actor(), _mine(negotiation_id))
    flash(_("Agreed. Read the contract and sign it."), "ok")
    return redirect(url_for("contracts.show", contract_id=contract.id))


@bp.post("/negotiations/<uuid:negotiation_id>/decline", endpoint="decline")
@login_required
def decline_it(negotiation_id: UUID) -> ResponseReturnValue:
    """End it."""
    negotiation = _mine(negotiation_id)
    form = ReasonForm()
    decline(current_actor(), negotiation, form.reason.data or "")
    flash(_("The negotiation is over."), "ok")
    return redirect(url_for(".show", negotiation_id=negotiation.id))


def _mine(negotiation_id: UUID) -> Negotiation:
    return load(Negotiation, negotiation_id, current_actor(), NegotiationPolicy.answer, known_to=NegotiationPolicy.view)
