"""Referrals for people: what is offered, ask, the list and the page of one; each answer is a small form there."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.clock import today
from app.core.db import session
from app.core.errors import Invalid
from app.core.filters import asks, identity, one_of
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.market.patents.models import Patent
from app.market.patents.numbers import parse_number
from app.market.patents.queries import WITH_PEOPLE, visible_to
from app.market.referrals.forms import AgreedForm, AskForm, NoteForm, PassForm, PledgeForm, ReasonForm
from app.market.referrals.models import Partner, Referral, ReferralKind, ReferralState
from app.market.referrals.operations import Wish, agree, ask, confirm_pledge, decline, pass_on, take_up, withdraw
from app.market.referrals.policy import ReferralPolicy
from app.market.referrals.queries import WITH_ALL, counts, listed_partners, visible_referrals
from app.market.referrals.showing import may_of, shown_facts, steps_of
from app.market.referrals.words import KIND_HELP, KIND_ICONS, KINDS, STATES, TONES

bp = Blueprint("referrals", __name__, template_folder="../templates")


@bp.get("/ip-services")
def offered() -> ResponseReturnValue:
    """What can be asked for here, and who gives it; for everybody."""
    partners = listed_partners()
    return render(
        "market/referrals/offered.html", kinds=KINDS, help=KIND_HELP, icons=KIND_ICONS,
        partners={kind: [one for one in partners if one.serves(kind)] for kind in ReferralKind},
        about=about_of, name_of=name_of,
    )  # fmt: skip


def name_of(partner: Partner) -> str:
    """Its name in the reader's language."""
    organisation = partner.organisation
    return organisation.name_en if current_locale() == "en" and organisation.name_en else organisation.name


def about_of(partner: Partner) -> str:
    """What a partner says of itself, in the reader's language where there is one."""
    return partner.about_en if current_locale() == "en" and partner.about_en else partner.about


@bp.route("/ip-services/ask", methods=["GET", "POST"])
@acting_required
@asks(kind=one_of(ReferralKind), partner=identity, patent=identity)
def new() -> ResponseReturnValue:
    """Ask; what the partner will read is said before it is sent."""
    actor, form, chosen = current_actor(), AskForm(), request.args.get("kind", "")
    kind = ReferralKind(chosen) if chosen in set(ReferralKind) else ReferralKind.PLEDGE
    ensure(actor, ReferralPolicy.ask, None)
    if request.method == "GET":
        form.partner.data, form.patent.data = request.args.get("partner", ""), request.args.get("patent", "")
    partners = listed_partners()
    form.offer(kind, partners, actor.organisation.region if actor.organisation else "")
    if form.validate_on_submit():
        with form.attempt():
            referral = ask(actor, _wish(kind, form, partners))
        if form.ok:
            flash(_("Sent. We write to you as soon as there is an answer."), "ok")
            return redirect(url_for(".show", referral_id=referral.id))
    page = render("market/referrals/new.html", form=form, kind=kind, kinds=KINDS, help=KIND_HELP)
    return page, 200 if form.ok else 422


def _wish(kind: ReferralKind, form: AskForm, partners: Sequence[Partner]) -> Wish:
    is_pledge = kind is ReferralKind.PLEDGE
    return Wish(
        kind, form.wish.data or "", _patent(form.patent.data or "", is_pledge),
        _partner(form.partner.data, partners), form.amount.minor if is_pledge else None, form.parts.data or (),
    )  # fmt: skip


def _partner(identity: str | None, partners: Sequence[Partner]) -> Partner | None:
    return next((one for one in partners if str(one.id) == identity), None)


def _patent(text: str, is_pledge: bool) -> Patent | None:
    """The patent with this number: the own one first; for a pledge only that. Raises Invalid for none."""
    if not text.strip():
        return None
    number, actor = parse_number(text).canonical, current_actor()
    statement = select(Patent).options(*WITH_PEOPLE).where(Patent.number == number, visible_to(actor))
    if is_pledge:
        statement = statement.where(Patent.owner_id == actor.organisation_id)
    found = session.scalars(statement.order_by((Patent.owner_id == actor.organisation_id).desc()).limit(1)).first()
    if found is None:
        own = _l("This is no patent of your organisation’s portfolio.")
        any_ = _l("It is not among the patents here. Leave this empty and write the number below.")
        raise Invalid(own if is_pledge else any_, field="patent")
    return found


@bp.get("/referrals")
@acting_required
@asks(state=one_of(ReferralState))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """What the organisation acted for has asked, or is asked as a partner; the operator sees all."""
    actor = current_actor()
    wanted = request.args.get("state", "")
    state = ReferralState(wanted) if wanted in set(ReferralState) else None
    statement = visible_referrals(actor, state)
    if wants_csv():
        return _csv(session.scalars(statement).unique().all())
    return render(
        "market/referrals/list.html", page=paginate(statement), state=state, states=STATES, tones=TONES, kinds=KINDS,
        mine=actor.organisation_id, counts=counts(actor), is_operator=actor.operates(),
    )  # fmt: skip


def _csv(found: Sequence[Referral]) -> Response:
    mine = current_actor().organisation_id
    header = (_("Number"), _("Kind"), _("Applicant"), _("Partner"), _("Patent no."), _("State"), _("Act by"),
              _("Sum agreed, yuan"), _("Agreed for how many months"), _("Asked on"))  # fmt: skip
    rows = (
        (one.number, str(KINDS[one.kind]), one.applicant.name, one.partner.name if one.partner else "",
         _number_of(one, mine), str(STATES[one.state]), one.due_at.isoformat() if one.due_at else "",
         Money(one.agreed_minor).decimal if one.agreed_minor is not None else "", one.agreed_months or "",
         one.created_at.date().isoformat())
        for one in found
    )  # fmt: skip
    return csv_response("referrals", header, rows)


def _number_of(one: Referral, mine: UUID | None) -> str:
    """The patent's number; for the partner only where it was shared."""
    if one.partner_id == mine:
        return str(one.shared.get("patent", {}).get("number", "")) if one.is_shown else ""
    return one.patent.shown_number if one.patent else ""


@bp.get("/referrals/<uuid:referral_id>")
@login_required
def show(referral_id: UUID) -> ResponseReturnValue:
    """One request: what was asked, what is shared, what has happened, what can be done now."""
    return _page(load(Referral, referral_id, current_actor(), ReferralPolicy.view, options=WITH_ALL))


def _page(referral: Referral, **sent: Any) -> ResponseReturnValue:
    actor = current_actor()
    may = may_of(actor, referral)
    forms: dict[str, Any] = {
        "talk": NoteForm(formdata=None, prefix="talk"), "agreed": AgreedForm(formdata=None, prefix="agreed"),
        "decline": ReasonForm(formdata=None, prefix="decline"), "away": ReasonForm(formdata=None, prefix="away"),
        "pledge": PledgeForm(formdata=None, prefix="pledge"), "pass_on": PassForm(formdata=None, prefix="pass"),
    }  # fmt: skip
    forms["pledge"].begin(referral)
    if may["pass_on"]:
        forms["pass_on"].offer(listed_partners(), referral)
    forms |= sent
    as_partner = referral.partner_id is not None and actor.organisation_id == referral.partner_id
    page = render(
        "market/referrals/show.html", referral=referral, forms=forms, may=may, kinds=KINDS, states=STATES, tones=TONES,
        facts=shown_facts(referral), steps=steps_of(referral), as_partner=as_partner,
        reads=not as_partner or referral.is_shown,
    )  # fmt: skip
    return page, 422 if sent else 200


def _act(referral_id: UUID, name: str, form: Any, deed: Callable[[Referral], object], told: str) -> ResponseReturnValue:
    """Do what one of the small forms asks, and come back to the page, with its faults where there are any."""
    referral = load(Referral, referral_id, current_actor(), ReferralPolicy.view, options=WITH_ALL)
    if name == "pass_on":
        form.offer(listed_partners(), referral)
    if form.validate_on_submit():
        with form.attempt():
            deed(referral)
        if form.ok:
            flash(told, "ok")
            return redirect(url_for(".show", referral_id=referral_id))
        if form.refusal is not None and form.refusal.field is None:
            flash(str(form.refusal), "error")
            return redirect(url_for(".show", referral_id=referral_id))
    return _page(referral, **{name: form})


@bp.post("/referrals/<uuid:referral_id>/pass", endpoint="pass_on")
@login_required
def give(referral_id: UUID) -> ResponseReturnValue:
    """The operator gives it to a partner."""
    form = PassForm(prefix="pass")
    return _act(referral_id, "pass_on", form, lambda one: _give(one, form), _("Passed on. The partner is told."))


def _give(referral: Referral, form: PassForm) -> None:
    partner = _partner(form.partner.data, listed_partners())
    if partner is None:
        raise Invalid(_l("Choose a partner."), field="partner")
    pass_on(current_actor(), referral, partner)


@bp.post("/referrals/<uuid:referral_id>/talk")
@login_required
def talk(referral_id: UUID) -> ResponseReturnValue:
    """The partner is in touch."""
    form = NoteForm(prefix="talk")
    told = _("Noted. The applicant is told.")
    return _act(referral_id, "talk", form, lambda one: take_up(current_actor(), one, form.note.data or ""), told)


@bp.post("/referrals/<uuid:referral_id>/agree", endpoint="agree")
@login_required
def agree_on(referral_id: UUID) -> ResponseReturnValue:
    """The partner notes what was agreed."""
    form = AgreedForm(prefix="agreed")
    return _act(
        referral_id, "agreed", form,
        lambda one: agree(current_actor(), one, form.amount.minor, form.months.data, form.note.data or ""),
        _("Noted. The applicant is told."),
    )  # fmt: skip


@bp.post("/referrals/<uuid:referral_id>/decline", endpoint="decline")
@login_required
def decline_it(referral_id: UUID) -> ResponseReturnValue:
    """The partner or the operator says no."""
    form = ReasonForm(prefix="decline")
    told = _("Declined. The applicant is told.")
    return _act(referral_id, "decline", form, lambda one: decline(current_actor(), one, form.reason.data or ""), told)


@bp.post("/referrals/<uuid:referral_id>/withdraw", endpoint="withdraw")
@login_required
def take_back(referral_id: UUID) -> ResponseReturnValue:
    """The applicant takes it back."""
    form = ReasonForm(prefix="away")
    told = _("Taken back. The partner reads nothing of it any more.")
    return _act(referral_id, "away", form, lambda one: withdraw(current_actor(), one, form.reason.data or ""), told)


@bp.post("/referrals/<uuid:referral_id>/pledge")
@login_required
def pledge(referral_id: UUID) -> ResponseReturnValue:
    """The patentee notes the registered pledge."""
    form = PledgeForm(prefix="pledge")
    return _act(
        referral_id, "pledge", form,
        lambda one: confirm_pledge(
            current_actor(), one, reference=form.reference.data or "", starts_on=form.starts_on.data or today(),
            ends_on=form.ends_on.data, email=form.email.data or "",
        ),
        _("The pledge stands at the patent."),
    )  # fmt: skip
