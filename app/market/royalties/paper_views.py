"""Statements of a licence's royalties, and the pages and papers of the income's shares."""

from datetime import date
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import Actor
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, month
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import PDF, XLSX, csv_response, file_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.market.licences.models import Licence
from app.market.licences.policy import LicencePolicy
from app.market.royalties.models import IncomeShare
from app.market.royalties.papers import shares_pdf, shares_workbook, statement_pdf, statement_workbook
from app.market.royalties.policy import IncomePolicy, income_reader
from app.market.royalties.queries import periods_of, visible_shares
from app.market.royalties.sharing import parts_for
from app.market.royalties.words import PART_KINDS
from app.settlement.proceeds.queries import holds_of

bp = Blueprint("royalty_papers", __name__, url_prefix="/royalties/licences", template_folder="../../templates")
income_bp = Blueprint("income", __name__, url_prefix="/income", template_folder="../../templates")

WITH_PARTIES = (joinedload(Licence.patent), joinedload(Licence.licensor), joinedload(Licence.licensee))


@bp.get("/<uuid:licence_id>/statement.pdf")
@login_required
def pdf(licence_id: UUID) -> ResponseReturnValue:
    """All periods of a licence as PDF, for either side."""
    licence = load(Licence, licence_id, current_actor(), LicencePolicy.view, options=WITH_PARTIES)
    return file_response(f"{licence.number}.pdf", PDF, [statement_pdf(licence, periods_of(licence.id))])


@bp.get("/<uuid:licence_id>/statement.xlsx")
@login_required
def xlsx(licence_id: UUID) -> ResponseReturnValue:
    """All periods of a licence as XLSX, for either side."""
    licence = load(Licence, licence_id, current_actor(), LicencePolicy.view, options=WITH_PARTIES)
    return file_response(f"{licence.number}.xlsx", XLSX, [statement_workbook(licence, periods_of(licence.id))])


@income_bp.get("", endpoint="list")
@acting_required
@asks(month=month)
def list_shares() -> ResponseReturnValue:
    """Shares of the income by month; an inventor sees the own rows alone."""
    actor = current_actor()
    ensure(actor, income_reader, None)
    month = _month(request.args.get("month", ""))
    statement = visible_shares(actor, month=month)
    if wants_csv():
        header = (_("Month"), _("Licence"), _("Patent"), _("Part"), _("Name"), _("Department"), _("Amount, CNY"))
        rows = (
            (f"{share.month:%Y-%m}", share.licence.number, share.licence.patent.shown_number, PART_KINDS[part["kind"]],
             part["name"], part["department"], Money(part["amount_minor"]).decimal)
            for share in session.scalars(statement)
            for part in parts_for(actor, share)
        )  # fmt: skip
        return csv_response("income-shares", header, rows)
    page = paginate(statement)
    return render(
        "market/income/list.html", page=page, month=month, kinds=PART_KINDS,
        holds=holds_of([share.charge_id for share in page.items]),
        parts=lambda share: parts_for(actor, share), sees_all=lambda share: IncomePolicy.view_all(actor, share),
    )  # fmt: skip


@income_bp.get("/<uuid:licence_id>/<month>")
@login_required
def show(licence_id: UUID, month: str) -> ResponseReturnValue:
    """The shares of one licence and month."""
    actor = current_actor()
    licence, day, shares = _shares(actor, licence_id, month)
    return render(
        "market/income/show.html", licence=licence, month=day, shares=shares, kinds=PART_KINDS,
        holds=holds_of([share.charge_id for share in shares]),
        parts=lambda share: parts_for(actor, share), sees_all=IncomePolicy.view_all(actor, shares[0]),
    )  # fmt: skip


@income_bp.get("/<uuid:licence_id>/<month>/pdf")
@login_required
def pdf_of_month(licence_id: UUID, month: str) -> ResponseReturnValue:
    """收益分配表 as PDF."""
    licence, day, shares = _shares(current_actor(), licence_id, month)
    return file_response(f"{licence.number}-{day:%Y-%m}.pdf", PDF, [shares_pdf(current_actor(), licence, day, shares)])


@income_bp.get("/<uuid:licence_id>/<month>/xlsx")
@login_required
def xlsx_of_month(licence_id: UUID, month: str) -> ResponseReturnValue:
    """收益分配表 as XLSX."""
    licence, day, shares = _shares(current_actor(), licence_id, month)
    return file_response(
        f"{licence.number}-{day:%Y-%m}.xlsx", XLSX, [shares_workbook(current_actor(), licence, day, shares)]
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def _shares(actor: Actor, licence_id: UUID, month: str) -> tuple[Licence, date, list[IncomeShare]]:
    """A licence with its shares of a month that the actor may see, at least one of them. Raises Missing for none."""
    day = _month(month)
    shares = list(session.scalars(visible_shares(actor, licence_id=licence_id, month=day))) if day else []
    seen = [share for share in shares if IncomePolicy.view(actor, share)]
    if day is None or not seen:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return load(Licence, licence_id, actor, LicencePolicy.view, options=WITH_PARTIES), day, seen
