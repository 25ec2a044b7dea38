"""Royalty reports for programs: the licensee's books send them, either side reads them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.identity import current_actor, login_required
from app.core.api import Blueprint, idempotent
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import load
from app.market.licences.models import Licence
from app.market.licences.policy import LicencePolicy
from app.market.royalties.models import PeriodState, RoyaltyPeriod
from app.market.royalties.queries import periods_of, reports_of
from app.market.royalties.reporting import report_royalty
from app.market.royalties.schemas import (
    NewReportSchema,
    RoyaltyReportListSchema,
    RoyaltyReportSchema,
    report_as_dict,
)

bp = Blueprint("royalties_api", __name__, url_prefix="/api/v1", description="Royalty reports of licences")


@bp.route("/licences/<uuid:licence_id>/royalty-reports", methods=["GET"])
@login_required
@bp.response(200, RoyaltyReportListSchema)
@bp.problems(401, 404)
def list_reports(licence_id: UUID) -> dict[str, Any]:
    """Every revision of every report of a licence, the first period first (both sides)."""
    licence = load(Licence, licence_id, current_actor(), LicencePolicy.view)
    return {"items": [report_as_dict(period, report) for period in periods_of(licence.id) for report in period.reports]}


@bp.route("/licences/<uuid:licence_id>/royalty-reports", methods=["POST"])
@login_required
@idempotent
@bp.arguments(NewReportSchema)
@bp.response(201, RoyaltyReportSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def create_report(body: dict[str, Any], licence_id: UUID) -> dict[str, Any]:
    """Report the royalty of a period that is over, or correct it; its bill is issued at once (the licensee)."""
    actor = current_actor()
    licence = load(Licence, licence_id, actor, LicencePolicy.report, known_to=LicencePolicy.view)
    period = _period(licence, body["starts_on"])
    sent = report_royalty(actor, period, body["products"], reason=body["reason"])
    return report_as_dict(period, next(each for each in reports_of(period.id) if each.id == sent.id))


def _period(licence: Licence, starts_on: Any) -> RoyaltyPeriod:
    statement = select(RoyaltyPeriod).where(RoyaltyPeriod.licence_id == licence.id).order_by(RoyaltyPeriod.position)
    if starts_on is None:
        waiting = RoyaltyPeriod.state.in_((PeriodState.OPEN, PeriodState.DUE)) & (RoyaltyPeriod.ends_on <= today())
        found = session.scalars(statement.where(waiting).limit(1)).one_or_none()
        if found is None:
            raise Conflict(_l("No report is due for this licence."), code="nothing_due")
        return found
    found = session.scalars(statement.where(RoyaltyPeriod.starts_on == starts_on)).one_or_none()
    if found is None:
        raise Invalid(_l("No royalty period begins on this day."), field="starts_on")
    return found
