"""The operator's list of partners: look, add, change, take off."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.codes import normal_code
from app.accounts.identity import acting_required, current_actor
from app.accounts.organisations.queries import organisation_by_code
from app.accounts.regions import region_name
from app.core.db import session
from app.core.errors import Invalid
from app.core.filters import asks
from app.core.filters import words as words_looked_for
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.market.referrals.forms import PartnerForm
from app.market.referrals.models import Partner, ReferralKind
from app.market.referrals.partners import add_partner, change_partner
from app.market.referrals.policy import PartnerPolicy
from app.market.referrals.queries import all_partners
from app.market.referrals.words import KINDS

bp = Blueprint("referral_partners", __name__, url_prefix="/operator/partners", template_folder="../templates")


def kind_words(partner: Partner) -> str:
    """What it offers, in words."""
    return str(_(", ")).join(str(KINDS[ReferralKind(kind)]) for kind in partner.kinds)


def region_words(partner: Partner) -> str:
    """Where it offers it, in words."""
    return str(_(", ")).join(region_name(code) for code in partner.regions) or _("Everywhere")


@bp.get("")
@acting_required
@asks(q=words_looked_for)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """All partners, those on the list first."""
    actor, words = current_actor(), request.args.get("q", "").replace("\0", "").strip()[:100]
    ensure(actor, PartnerPolicy.view, None)
    statement = all_partners(words)
    if wants_csv():
        header = (_("Partner"), _("Unified social credit code"), _("What it offers"), _("Regions"),
                  _("About the partner"),
                  _("On the list"))  # fmt: skip
        rows = (
            (one.organisation.name, one.organisation.code, kind_words(one), region_words(one), one.about,
             _("yes") if one.is_listed else _("no"))
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response("partners", header, rows)
    return render(
        "market/referrals/partners.html", page=paginate(statement), q=words, kind_words=kind_words,
        region_words=region_words, may_keep=PartnerPolicy.keep(actor, None),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@acting_required
def new() -> ResponseReturnValue:
    """Put an organisation on the list, by its code."""
    ensure(current_actor(), PartnerPolicy.keep, None)
    form = PartnerForm()
    if form.validate_on_submit():
        with form.attempt():
            organisation = organisation_by_code(normal_code(form.code.data or ""))
            if organisation is None:
                raise Invalid(_l("No organisation here has this code."), field="code")
            add_partner(current_actor(), organisation, form.said)
        if form.ok:
            flash(_("On the list."), "ok")
            return redirect(url_for(".list"))
    return render("market/referrals/partner.html", form=form, partner=None), 200 if form.ok else 422


@bp.route("/<uuid:partner_id>", methods=["GET", "POST"])
@acting_required
def edit(partner_id: UUID) -> ResponseReturnValue:
    """Change what is listed."""
    actor = current_actor()
    ensure(actor, PartnerPolicy.keep, None)
    options = [joinedload(Partner.organisation)]
    partner = load(Partner, partner_id, actor, PartnerPolicy.keep, options=options)
    form = PartnerForm()
    if request.method == "GET":
        form.show(partner)
    if form.validate_on_submit():
        with form.attempt():
            change_partner(actor, partner, form.said)
        if form.ok:
            flash(_("Saved."), "toast")
            return redirect(url_for(".list"))
    return render("market/referrals/partner.html", form=form, partner=partner), 200 if form.ok else 422
