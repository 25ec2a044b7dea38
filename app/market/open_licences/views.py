"""Declaring for people: the task list, what each task sends, the publicity page, the papers, the owner's list."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Actor, OrganisationKind
from app.core.clock import today
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, one_of
from app.core.forms import Form, PressForm
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import PDF, csv_response, file_response, paginate, wants_csv
from app.core.policy import Rule, load
from app.core.templating import format_date, render
from app.market.open_licences.consent_forms import typed_addresses
from app.market.open_licences.consenting import ask_again, ask_consents, change_text, is_undelivered
from app.market.open_licences.estimates import as_json, basis_note, estimate, estimates, kind_for
from app.market.open_licences.filing import answer_return, record_filing
from app.market.open_licences.forms import ChoosePriceForm, NumberForm, ReasonForm, TermsForm
from app.market.open_licences.giving_up import give_up
from app.market.open_licences.models import (
    Consent,
    ConsentPurpose,
    DeclarationState,
    FigureKind,
    Objection,
    OpenLicence,
    PriceForm,
    RoyaltyBase,
)
from app.market.open_licences.operations import list_pilot, set_price, set_terms, start_declaration, unlist_pilot
from app.market.open_licences.papers import PAPERS, paper_pdf
from app.market.open_licences.parties import parties, with_phones
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.promotion import marked_words
from app.market.open_licences.publicity import answer_objection, close_objection, raise_objection
from app.market.open_licences.queries import (
    ALL,
    changes_of,
    consents_for,
    declarations_of,
    live_declaration,
    objections_to,
)
from app.market.open_licences.terms import term_words
from app.market.open_licences.withdrawing import ask_withdrawal, file_withdrawal
from app.market.open_licences.wizard import progress_of
from app.market.open_licences.wording import (
    CONSENT_NAMES,
    ROLE_NAMES,
    STATE_NAMES,
    per_cent,
    price_words,
    proof_words,
    return_words,
    state_look,
    state_name,
    territory_words,
)
from app.market.patents.models import Patent
from app.market.patents.policy import PatentPolicy
from app.market.patents.queries import WITH_PEOPLE
from app.notifications.texting import can_text

bp = Blueprint("open_licences", __name__, template_folder="../templates")
bp.add_app_template_global(price_words, "price_words")
bp.add_app_template_global(return_words, "return_words")
bp.add_app_template_global(term_words, "term_words")
bp.add_app_template_global(per_cent, "per_cent")
bp.add_app_template_global(territory_words, "territory_words")

bp.add_app_template_global(state_name, "declaration_state")
bp.add_app_template_global(state_look, "declaration_look")

_RATES = "price-form:royalty,upfront_royalty"
SHOWN_WHEN = {
    FigureKind.LUMP_SUM: "price-form:lump_sum,instalments",
    FigureKind.SALES_RATE: f"{_RATES};price-base:net_sales",
    FigureKind.PROFIT_RATE: f"{_RATES};price-base:profit",
}


@bp.get("/our/open-licences")
@acting_required
@asks(state=one_of(DeclarationState))
def mine() -> ResponseReturnValue:
    """The declarations of the organisation acted for, by state, also as a file."""
    actor = current_actor()
    organisation = actor.organisation
    if organisation is None or organisation.kind is OrganisationKind.OPERATOR:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    wanted = request.args.get("state", "")
    state = DeclarationState(wanted) if wanted in set(DeclarationState) else None
    statement = declarations_of(organisation.id, state)
    if wants_csv():
        header = (_("Number"), _("Patent number"), _("Title of the patent"), _("State"), _("Price"), _("Announced"))
        rows = (
            (one.number, one.patent.shown_number, one.patent.title, STATE_NAMES[one.state], price_words(one),
             format_date(one.announced_on, "iso"))
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response("open-licences", header, rows)
    page = paginate(statement)
    return render("market/open_licences/list.html", page=page, state=state, states=STATE_NAMES)


@bp.post("/patents/<uuid:patent_id>/declare")
@acting_required
def start(patent_id: UUID) -> ResponseReturnValue:
    """Begin to declare a patent, or go on with the declaration that it has."""
    actor = current_actor()
    patent = load(Patent, patent_id, actor, PatentPolicy.edit, known_to=PatentPolicy.view, options=WITH_PEOPLE)
    found = live_declaration(patent.id) or start_declaration(actor, patent)
    return redirect(url_for(".declare", open_licence_id=found.id))


@bp.get("/open-licences/<uuid:open_licence_id>/declare")
@acting_required
def declare(open_licence_id: UUID) -> ResponseReturnValue:
    """The seven tasks, each with what it needs."""
    return _page(_loaded(open_licence_id, OpenLicencePolicy.view_draft))


@bp.post("/open-licences/<uuid:open_licence_id>/price")
@acting_required
def price(open_licence_id: UUID) -> ResponseReturnValue:
    """Save the price, or take the one that the calculator proposes, with its basis."""
    declared, form = _loaded(open_licence_id), ChoosePriceForm(prefix="price")
    if request.form.get("use"):
        _use(declared, form)
    if form.validate_on_submit():
        with form.attempt():
            set_price(current_actor(), declared, form.price)
        if form.ok:
            return _back(declared, _("The price is saved."), "price")
    return _page(declared, price_form=form), 422


def _use(declared: OpenLicence, form: ChoosePriceForm) -> None:
    """Put the middle of the range and the note on its basis into the form."""
    chosen = PriceForm(form.form.data) if form.form.data in set(PriceForm) else PriceForm.FREE
    base = RoyaltyBase(form.base.data) if form.base.data in set(RoyaltyBase) else None
    kind = kind_for(chosen, base)
    found = estimate(declared.patent, kind, form.factors) if kind else None
    if found is None:
        return
    hundred = f"{found.middle // 100}.{found.middle % 100:02d}"
    if chosen.has_royalty:
        form.rate.data, form.steps.data = hundred, ""
    else:
        form.lump.data = hundred
    form.basis_note.data = basis_note(found)
    declared.calculation = as_json(found, form.factors)


@bp.post("/open-licences/<uuid:open_licence_id>/terms")
@acting_required
def terms(open_licence_id: UUID) -> ResponseReturnValue:
    """Save the terms."""
    declared, form = _loaded(open_licence_id), TermsForm(prefix="terms")
    if form.validate_on_submit():
        with form.attempt():
            set_terms(current_actor(), declared, form.terms)
        if form.ok:
            return _back(declared, _("The terms are saved."), "terms")
    return _page(declared, terms_form=form), 422


@bp.post("/open-licences/<uuid:open_licence_id>/consents")
@acting_required
def consents(open_licence_id: UUID) -> ResponseReturnValue:
    """Lock the text, send every party its link, begin the publicity."""
    declared = _loaded(open_licence_id)
    typed = typed_addresses(request.form)
    emails, phones = ({name: getattr(one, kind) for name, one in typed.items()} for kind in ("email", "phone"))
    done = _("The links are on their way.")
    return _press(declared, lambda actor: ask_consents(actor, declared, emails, phones), done, "consents")


@bp.post("/open-licences/<uuid:open_licence_id>/change")
@acting_required
def change(open_licence_id: UUID) -> ResponseReturnValue:
    """Unlock the text; every consent becomes void."""
    declared = _loaded(open_licence_id)
    return _press(declared, lambda actor: change_text(actor, declared), _("The text can be changed again."), "price")


@bp.post("/open-licences/<uuid:open_licence_id>/give-up")
@acting_required
def abandon(open_licence_id: UUID) -> ResponseReturnValue:
    """Give it up before it is filed."""
    declared = _loaded(open_licence_id)
    return _press(declared, lambda actor: give_up(actor, declared), _("The declaration is given up."), "tasks")


@bp.post("/open-licences/consents/<uuid:consent_id>/again")
@acting_required
def again(consent_id: UUID) -> ResponseReturnValue:
    """Send one party a new link, with another telephone for its codes if one is typed."""
    consent = session.get(Consent, consent_id)
    if consent is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    declared = _loaded(consent.open_licence_id)
    phone, done = request.form.get("phone", ""), _("A new link is on its way.")
    return _press(declared, lambda actor: ask_again(actor, consent, phone), done, "consents")


@bp.post("/open-licences/<uuid:open_licence_id>/pilot")
@acting_required
def pilot(open_licence_id: UUID) -> ResponseReturnValue:
    """List it as a pilot, or take it off the list."""
    declared = _loaded(open_licence_id)
    if request.form.get("off"):
        return _press(declared, lambda actor: unlist_pilot(actor, declared), _("It is off the list."), "file")
    return _press(declared, lambda actor: list_pilot(actor, declared), _("It is listed as a pilot."), "file")


@bp.post("/open-licences/<uuid:open_licence_id>/mended")
@acting_required
def mended(open_licence_id: UUID) -> ResponseReturnValue:
    """What the operator sent back is mended."""
    declared = _loaded(open_licence_id)
    return _press(declared, lambda actor: answer_return(actor, declared), _("The operator checks it again."), "file")


@bp.post("/open-licences/<uuid:open_licence_id>/filing")
@acting_required
def filing(open_licence_id: UUID) -> ResponseReturnValue:
    """Note the acceptance number and the day of filing."""
    declared, form = _loaded(open_licence_id, OpenLicencePolicy.file), NumberForm(prefix="filing")
    if form.validate_on_submit():
        with form.attempt():
            record_filing(current_actor(), declared, form.number, form.day)
        if form.ok:
            return _back(declared, _("Noted. The operator watches for the announcement."), "file")
    return _page(declared, filing_form=form), 422


@bp.post("/open-licences/<uuid:open_licence_id>/withdrawal")
@acting_required
def withdrawal(open_licence_id: UUID) -> ResponseReturnValue:
    """Give the reason and ask the co-owners."""
    declared, form = _loaded(open_licence_id, OpenLicencePolicy.withdraw), ReasonForm(prefix="withdraw")
    if form.validate_on_submit():
        with form.attempt():
            ask_withdrawal(current_actor(), declared, form.text)
        if form.ok:
            return _back(declared, _("The forms are ready; the co-owners have their links."), "withdraw")
    return _page(declared, withdraw_form=form), 422


@bp.post("/open-licences/<uuid:open_licence_id>/withdrawal/filing")
@acting_required
def withdrawal_filing(open_licence_id: UUID) -> ResponseReturnValue:
    """Note that the withdrawal is filed."""
    declared, form = _loaded(open_licence_id, OpenLicencePolicy.withdraw), NumberForm(prefix="withdrawal")
    if form.validate_on_submit():
        with form.attempt():
            file_withdrawal(current_actor(), declared, declared.withdrawal_reason, form.number, form.day)
        if form.ok:
            return _back(declared, _("Noted. It counts from its announcement."), "withdraw")
    return _page(declared, withdrawal_form=form), 422


@bp.get("/open-licences/<uuid:open_licence_id>/papers/<kind>.pdf")
@acting_required
def paper(open_licence_id: UUID, kind: str) -> ResponseReturnValue:
    """One form for CNIPA as PDF."""
    declared = _loaded(open_licence_id, OpenLicencePolicy.view_draft)
    if kind not in PAPERS:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return file_response(f"{declared.number}-{kind}.pdf", PDF, [paper_pdf(declared, kind)])


@bp.get("/open-licences/<uuid:open_licence_id>/publicity")
@acting_required
def publicity(open_licence_id: UUID) -> ResponseReturnValue:
    """What the members of the institution read during the publicity."""
    return _publicity_page(_loaded(open_licence_id, OpenLicencePolicy.view_draft), ReasonForm(prefix="objection"))


@bp.post("/open-licences/<uuid:open_licence_id>/publicity")
@acting_required
def objecting(open_licence_id: UUID) -> ResponseReturnValue:
    """Object by name."""
    declared, form = _loaded(open_licence_id, OpenLicencePolicy.object), ReasonForm(prefix="objection")
    if form.validate_on_submit():
        with form.attempt():
            raise_objection(current_actor(), declared, form.text)
        if form.ok:
            flash(_("Your objection is noted. It holds the declaration until it is answered and closed."), "ok")
            return redirect(url_for(".publicity", open_licence_id=declared.id))
    return _publicity_page(declared, form), 422


@bp.post("/open-licences/objections/<uuid:objection_id>/answer")
@acting_required
def answering(objection_id: UUID) -> ResponseReturnValue:
    """The officer answers an objection."""
    objection, form = _objection(objection_id), ReasonForm(prefix="answer")
    if form.validate_on_submit():
        with form.attempt():
            answer_objection(current_actor(), objection, form.text)
    message = _("Answered. A second person closes it.") if form.ok else _("Enter the answer.")
    flash(message, "ok" if form.ok else "warn")
    return redirect(url_for(".publicity", open_licence_id=objection.open_licence_id))


@bp.post("/open-licences/objections/<uuid:objection_id>/close")
@acting_required
def closing(objection_id: UUID) -> ResponseReturnValue:
    """A second person closes an objection."""
    objection = _objection(objection_id)
    close_objection(current_actor(), objection)
    flash(_("Closed."), "ok")
    return redirect(url_for(".publicity", open_licence_id=objection.open_licence_id))


def _loaded(identity: UUID, rule: Rule = OpenLicencePolicy.edit) -> OpenLicence:
    return load(OpenLicence, identity, current_actor(), rule, known_to=OpenLicencePolicy.view_draft, options=ALL)


def _objection(identity: UUID) -> Objection:
    found = session.get(Objection, identity)
    if found is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    found.open_licence = _loaded(found.open_licence_id)
    return found


def _press(declared: OpenLicence, act: Callable[[Actor], object], done: str, place: str) -> ResponseReturnValue:
    """Run an operation behind a button; a refusal is said on the page."""
    form = PressForm()
    if form.validate_on_submit():
        with form.attempt():
            act(current_actor())
        if form.ok:
            return _back(declared, done, place)
    return _page(declared, refused=form), 422


def _back(declared: OpenLicence, message: str, place: str) -> ResponseReturnValue:
    flash(message, "ok")
    return redirect(url_for(".declare", open_licence_id=declared.id) + f"#{place}")


def _page(
    declared: OpenLicence, *, price_form: ChoosePriceForm | None = None, terms_form: TermsForm | None = None,
    filing_form: NumberForm | None = None, withdraw_form: ReasonForm | None = None,
    withdrawal_form: NumberForm | None = None, refused: Form | None = None,
) -> str:  # fmt: skip
    if price_form is None:
        price_form = ChoosePriceForm(prefix="price", formdata=None)
        price_form.show(declared)
    if terms_form is None:
        terms_form = TermsForm(prefix="terms", formdata=None)
        terms_form.show(declared)
    chosen = PriceForm(price_form.form.data) if price_form.form.data in set(PriceForm) else PriceForm.FREE
    actor = current_actor()
    may_edit = OpenLicencePolicy.edit(actor, declared) and not actor.is_operator
    writes = may_edit and declared.state is DeclarationState.DRAFT
    return render(
        "market/open_licences/declare.html", declared=declared, progress=progress_of(declared), price_form=price_form,
        terms_form=terms_form, filing_form=filing_form or NumberForm(prefix="filing", formdata=None),
        withdraw_form=withdraw_form or ReasonForm(prefix="withdraw", formdata=None),
        withdrawal_form=withdrawal_form or NumberForm(prefix="withdrawal", formdata=None), press=PressForm(),
        refused=refused, ranges=estimates(declared.patent, price_form.factors) if writes else {}, when=SHOWN_WHEN,
        parties=with_phones(declared, parties(declared, ConsentPurpose.DECLARATION, today())) if writes else [],
        typed=typed_addresses(request.form), can_text=can_text(), proof_words=proof_words,
        is_undelivered=is_undelivered,
        marked=marked_words(declared),
        asked=consents_for(declared, ConsentPurpose.DECLARATION), steps=changes_of(declared),
        withdrawals=consents_for(declared, ConsentPurpose.WITHDRAWAL), papers=PAPERS, role_names=ROLE_NAMES,
        consent_names=CONSENT_NAMES, may_edit=may_edit, writes=writes,
        chosen=chosen,
    )  # fmt: skip


def _publicity_page(declared: OpenLicence, form: ReasonForm) -> str:
    actor = current_actor()
    return render(
        "market/open_licences/publicity.html", declared=declared, form=form, objections=objections_to(declared),
        answer_form=ReasonForm(prefix="answer", formdata=None), press=PressForm(),
        may_edit=OpenLicencePolicy.edit(actor, declared) and not actor.is_operator,
        may_object=OpenLicencePolicy.object(actor, declared)
        and declared.state is DeclarationState.CONSENTING and declared.publicity_closed_at is None, actor=actor,
        last_day=declared.publicity_until and declared.publicity_until - timedelta(days=1),
    )  # fmt: skip
