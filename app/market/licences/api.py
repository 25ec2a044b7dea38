"""Licences for programs: give notice, list, look."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import tuple_

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.api import Blueprint, idempotent, page_of
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import lazy_gettext as _l
from app.core.pages import bad_cursor, decode_cursor, encode_cursor
from app.core.policy import load
from app.market.licences.models import Licence, LicenceState
from app.market.licences.operations import give_notice
from app.market.licences.policy import LicencePolicy
from app.market.licences.queries import WITH_PARTIES, declaration_with_patent, licences_given, licences_taken
from app.market.licences.schemas import LicenceQuery, LicenceSchema, NoticeRequestSchema, licence_as_dict
from app.market.licences.wording import NoticeFields

bp = Blueprint("licences_api", __name__, url_prefix="/api/v1", description="Patent licences")


@bp.route("/open-licences/<uuid:open_licence_id>/notices", methods=["POST"])
@acting_required
@idempotent
@bp.arguments(NoticeRequestSchema)
@bp.response(201, LicenceSchema)
@bp.problems(401, 403, 404, 409, 413, 415, 422)
def notify(body: dict[str, Any], open_licence_id: UUID) -> dict[str, Any]:
    """Give the statutory notice for the organisation acted for. A second notice of the same licensee answers with the
    first one. With nothing due now the licence is in effect at once; else `pay_until` says until when it is paid."""
    actor, declaration = current_actor(), declaration_with_patent(open_licence_id)
    if declaration is None or not declaration.is_public or actor.organisation is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    licence = give_notice(actor, declaration, actor.organisation, NoticeFields(**body))
    return _shown(licence.id)


@bp.route("/licences", methods=["GET"])
@acting_required
@bp.arguments(LicenceQuery, location="query")
@bp.response(200, page_of(LicenceSchema))
@bp.problems(401, 403, 422)
def list_licences(query: dict[str, Any]) -> dict[str, Any]:
    """Notices and licences of the organisation acted for, the newest first: taken by it, or given by it."""
    actor = current_actor()
    statement = licences_given(actor) if query["side"] == "given" else licences_taken(actor)
    if query["state"]:
        statement = statement.where(Licence.state == LicenceState(query["state"]))
    after = decode_cursor(query["cursor"], 2)
    if after is not None:
        statement = statement.where(tuple_(Licence.noticed_at, Licence.id) < _position(after))
    found = list(session.scalars(statement.limit(query["limit"] + 1)).unique())
    items, more = found[: query["limit"]], len(found) > query["limit"]
    cursor = encode_cursor([items[-1].noticed_at.isoformat(), items[-1].id]) if more else None
    return {"items": [licence_as_dict(item) for item in items], "next_cursor": cursor}


def _position(after: list[str]) -> Any:
    try:
        return tuple_(datetime.fromisoformat(after[0]), UUID(after[1]))
    except ValueError:
        raise bad_cursor() from None


@bp.route("/licences/<uuid:licence_id>", methods=["GET"])
@login_required
@bp.response(200, LicenceSchema)
@bp.problems(401, 404)
def show(licence_id: UUID) -> dict[str, Any]:
    """One licence, for its parties."""
    return _shown(licence_id)


def _shown(licence_id: UUID) -> dict[str, Any]:
    return licence_as_dict(load(Licence, licence_id, current_actor(), LicencePolicy.view, options=WITH_PARTIES))
