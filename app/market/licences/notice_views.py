"""Taking an open licence: the notice, a look at it as it will be sent, and the press that gives it."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import ask_to_sign_in, current_actor, current_session
from app.accounts.models import Actor, Organisation, OrganisationKind
from app.accounts.organisations.persons import act_for_oneself
from app.accounts.proofs import digest_of
from app.accounts.sessions.operations import join_session
from app.core.clock import today
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import render
from app.core.tenancy import set_tenant
from app.core.workdays import add_months
from app.market.licences.forms import NoticeForm
from app.market.licences.operations import give_notice
from app.market.licences.queries import current_licence, declaration_with_patent
from app.market.licences.taking import checked, ensure_can_be_taken, is_register_old
from app.market.licences.wording import notice_parts, party_of, text_of
from app.market.open_licences.models import OpenLicence
from app.market.settings import settings

bp = Blueprint("notices", __name__, url_prefix="/open-licences", template_folder="../templates")


@bp.route("/<uuid:open_licence_id>/notice", methods=["GET", "POST"])
def new(open_licence_id: UUID) -> ResponseReturnValue:
    """Fill in, check, give. A visitor may fill in first; after signing in the form is filled again."""
    actor, declaration = current_actor(), _declaration(open_licence_id)
    held = current_licence(declaration.id, actor.organisation_id)
    if held is not None:
        flash(_("You already hold %(number)s.", number=held.number or held.notice_no), "ok")
        return redirect(url_for("licences.show", licence_id=held.id))
    ensure_can_be_taken(declaration, actor.organisation_id, today())
    form = NoticeForm()
    if request.method == "GET":
        form.prefill(request.args, actor)
    if form.validate_on_submit():
        if actor.user is None:
            back = url_for(".new", open_licence_id=declaration.id) + "?" + urlencode(form.as_arguments)
            return redirect(url_for("sessions.new", next=back))
        with form.attempt():
            checked(form.fields, declaration.patent)
        if form.ok and form.step.data == "give":
            return _give(actor, declaration, form)
        if form.ok:
            return _page("check", actor, declaration, form)
    return _page("form", actor, _declaration(open_licence_id), form), 422 if form.is_submitted() else 200


@bp.post("/<uuid:open_licence_id>/notice/preview")
def preview(open_licence_id: UUID) -> ResponseReturnValue:
    """The page that the patentee will get, while it is being filled in."""
    declaration = _declaration(open_licence_id)
    form = NoticeForm()
    return render(
        "market/licences/_notice.html", parts=_parts(current_actor(), declaration, form), marked=_marked(form)
    )


def _give(actor: Actor, declaration: OpenLicence, form: NoticeForm) -> ResponseReturnValue:
    if actor.organisation is None and not form.for_myself.data:
        return ask_to_sign_in()
    with form.attempt():
        acting = _acting(actor, form)
        assert acting.organisation is not None  # noqa: S101 both ways lead to one
        licence = give_notice(acting, declaration, acting.organisation, form.fields)
    if not form.ok:
        return _page("form", actor, _declaration(declaration.id), form), 422
    flash(_("Notice given."), "ok")
    return redirect(url_for("licences.show", licence_id=licence.id))


def _acting(actor: Actor, form: NoticeForm) -> Actor:
    """The organisation acted for, or the person as a party of its own, for whom this browser acts from now on."""
    if actor.organisation is not None and not form.for_myself.data:
        return actor
    acting = act_for_oneself(actor)
    assert acting.organisation is not None  # noqa: S101 it has just been made
    join_session(current_session().signed_in, acting.organisation.id)
    set_tenant(str(acting.organisation.id))
    return acting


def _declaration(open_licence_id: UUID) -> OpenLicence:
    declaration = declaration_with_patent(open_licence_id)
    if declaration is None or not declaration.is_public:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return declaration


def _licensee(actor: Actor, form: NoticeForm) -> Organisation:
    """Who stands in the notice; for a person or a visitor one that is never kept."""
    if actor.organisation is not None and not form.for_myself.data:
        return actor.organisation
    name = actor.user.name if actor.user else form.contact_name.data or "…"
    return Organisation(name=name, name_en="", code="", address="", kind=OrganisationKind.PERSON)


def _parts(actor: Actor, declaration: OpenLicence, form: NoticeForm) -> list[str]:
    party = party_of(_licensee(actor, form), form.fields)
    return notice_parts(declaration, party, form.fields, today())


def _marked(form: NoticeForm) -> list[str]:
    """What was typed, to be shown on tint."""
    return [text for text in (form[name].data for name in ("product", "place", "contact_name", "address")) if text]


def _page(step: str, actor: Actor, declaration: OpenLicence, form: NoticeForm) -> str:
    parts = _parts(actor, declaration, form)
    return render(
        f"market/licences/notice_{step}.html",
        form=form,
        declaration=declaration,
        patent=declaration.patent,
        licensee=_licensee(actor, form),
        parts=parts,
        marked=_marked(form),
        digest=digest_of(text_of(parts)),
        present=today(),
        void_days=settings.number("unpaid_notice_days"),
        filing_months=settings.number("filing_months"),
        first_report_on=add_months(today(), declaration.period_months) if declaration.price_form.has_royalty else None,
        is_register_old=is_register_old(declaration.patent, today()),
    )
