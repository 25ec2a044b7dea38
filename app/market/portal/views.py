"""Patents for everybody: the search, one patent, the comparison, a portfolio; and interest in pilots."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import OrganisationKind
from app.accounts.organisations.queries import organisation_by_code
from app.core.db import session
from app.core.errors import Forbidden, Missing
from app.core.filters import asks
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import Page, csv_response, paginate, wants_csv
from app.core.policy import ensure
from app.core.templating import render
from app.market.patents.policy import OFFICERS
from app.market.portal.filters import ASKED, Filters, address, read_filters, read_sales
from app.market.portal.forms import InterestForm
from app.market.portal.models import Interest
from app.market.portal.operations import register_interest
from app.market.portal.page import compare_page, patent_page, tray
from app.market.portal.parts import below_search, on_patent
from app.market.portal.policy import PortalPolicy
from app.market.portal.queries import (
    MOST_EXPORTED,
    PAGE_SIZE,
    Counts,
    count_patents,
    interests_in,
    list_patents,
    patents_picked,
    portal_row,
)
from app.market.portal.showing import (
    EXPORTED,
    chips,
    exported_row,
    facet_values,
    list_rows,
    name_of,
    understood,
)
from app.market.portal.statements import of_owner
from app.market.portal.understanding import plain_words

bp = Blueprint("portal", __name__, template_folder="../templates")


@bp.get("/patents")
@asks(**ASKED)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is portal.list
    """What can be taken, what is a pilot, and on request what has no announced terms."""
    filters, counts = _understand(read_filters(request.args))
    if wants_csv():
        rows = list_patents(filters, limit=MOST_EXPORTED)
        header = [str(name) for name in EXPORTED]
        return csv_response("patents", header, (exported_row(row, filters) for row in rows))
    total = counts.matching
    number = min(max(1, request.args.get("page", 1, type=int)), max(1, -(-total // PAGE_SIZE)))
    rows = list_patents(filters, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE) if total else []
    return render(
        "market/portal/list.html",
        filters=filters,
        counts=counts,
        page=Page(list_rows(rows, filters), number, PAGE_SIZE, total),
        facets=facet_values(filters, counts),
        chips=chips(filters, counts),
        words=understood(filters, rows),
        exact_url=url_for(".list", **address(filters, exact="1")),
        clear_url=url_for(".list", q=filters.q or None),
        rss_url=url_for("feeds_patents.rss_feed", **address(filters, pick=[])),
        csv_url=url_for(".list", **address(filters, format="csv")),
        tray=tray(filters, patents_picked(filters.picks)),
        parts=below_search(current_actor(), filters),
    )


def _understand(filters: Filters) -> tuple[Filters, Counts]:
    """The counts of what has all the words; where nothing has, of what has one of them."""
    counts = count_patents(filters)
    if not counts.matching and not filters.is_exact and len(plain_words(filters.q)) > 1:
        loose = replace(filters, is_loose=True)
        return loose, count_patents(loose)
    return filters, counts


@bp.get("/patents/compare")
@asks(**ASKED)
def compare() -> ResponseReturnValue:
    """The patents picked in the list, side by side; for visitors too."""
    return render("market/portal/compare.html", **compare_page(read_filters(request.args)))


@bp.get("/patents/<uuid:patent_id>")
@asks(**{name: ASKED[name] for name in ("sales", "margin", "years")})
def show(patent_id: UUID) -> ResponseReturnValue:
    """One patent: what it is for, how it is taken, terms, legal facts; beside it what is due now."""
    return _page(_row(patent_id), InterestForm())


def _row(patent_id: UUID) -> Row[Any]:
    row = portal_row(patent_id)
    if row is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return row


def _page(row: Row[Any], form: InterestForm) -> str:
    context = patent_page(current_actor(), row, read_sales(request.args))
    if request.method == "GET" and context["interest"] is not None:
        form.purpose.data = context["interest"].purpose
    return render("market/portal/show.html", form=form, parts=on_patent(current_actor(), row.Patent), **context)


@bp.post("/patents/<uuid:patent_id>/interest")
@acting_required
def interest(patent_id: UUID) -> ResponseReturnValue:
    """Register interest in what cannot be taken by notice yet."""
    actor, row = current_actor(), _row(patent_id)
    ensure(actor, PortalPolicy.register_interest, row.Patent)
    form = InterestForm()
    if form.validate_on_submit():
        with form.attempt():
            register_interest(actor, row.Patent, row.OpenLicence, form.purpose.data or "")
        if form.ok:
            flash(_("Your interest is registered. The patentee is told and will answer you."), "ok")
            return redirect(url_for(".show", patent_id=patent_id))
    return _page(row, form), 409 if form.refusal is not None and form.refusal.status == 409 else 422


@bp.get("/organisations/<code>/patents")
@asks(**ASKED)
def portfolio(code: str) -> ResponseReturnValue:
    """The public patents of one organisation, what can be taken first."""
    owner = organisation_by_code(code)
    if owner is None or owner.kind is OrganisationKind.OPERATOR:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    filters = read_filters(request.args)
    statement = of_owner(owner)
    if wants_csv():
        rows: Sequence[Row[Any]] = session.execute(statement.limit(MOST_EXPORTED)).all()
        header = [str(name) for name in EXPORTED]
        return csv_response("patents", header, (exported_row(row, filters) for row in rows))
    page = paginate(statement, scalars=False)
    shown = Page(list_rows(page.items, filters), page.page, page.size, page.total)
    return render("market/portal/portfolio.html", owner=owner, name=name_of(owner), page=shown)


@bp.get("/patents/interests")
@acting_required
def interests() -> ResponseReturnValue:
    """Who would like to use our patents."""
    actor = current_actor()
    if actor.organisation is None or actor.organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if not actor.roles.intersection(OFFICERS):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": "owner / transfer"})
    statement = interests_in(actor.organisation.id)
    if wants_csv():
        header = (_("Patent no."), _("Title"), _("Organisation"), _("Person"), _("E-mail"), _("Purpose"),
                  _("Registered on"))  # fmt: skip
        return csv_response("interests", header, map(_interest_row, session.scalars(statement)))
    return render("market/portal/interests.html", page=paginate(statement))


def _interest_row(one: Interest) -> Sequence[Any]:
    return (
        one.patent.shown_number, one.patent.title, one.organisation.name, one.user.name, one.user.email, one.purpose,
        one.created_at.isoformat(timespec="minutes"),
    )  # fmt: skip
