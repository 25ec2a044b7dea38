"""Open licences for programs: what is announced and what is a pilot, the newest first, and everything about one."""

from typing import Any
from uuid import UUID

from flask import current_app
from marshmallow import fields, validate
from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from app.accounts.identity import current_actor
from app.accounts.models import Organisation
from app.core.api import Blueprint, MoneyField, PageQuery, Schema, TextField, page_of
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import lazy_gettext as _l
from app.core.pages import bad_cursor, decode_cursor, encode_cursor
from app.core.policy import load
from app.market.open_licences.models import ENDED, OPEN, OpenLicence, PriceForm
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.patents.models import Patent
from app.market.portal.facts import facts_of
from app.market.portal.harvesting import page_url
from app.market.portal.statements import has_symbol
from app.search.queries import matches

bp = Blueprint("open_licences_api", __name__, url_prefix="/api/v1", description="Open patent licences")


class OpenLicenceQuery(PageQuery):
    """What the list is narrowed by."""

    q = TextField(load_default="", validate=validate.Length(max=200))
    ipc = TextField(load_default="", validate=validate.Regexp(r"^([A-H](\d{2}[A-Z]?)?)?$"))
    form = fields.String(load_default="", validate=validate.OneOf(["", *(form.value for form in PriceForm)]))
    status = fields.String(load_default="", validate=validate.OneOf(["", "announced", "pilot"]))
    owner = TextField(load_default="", validate=validate.Length(max=18))


class InstalmentSchema(Schema):
    """One payment, so many months after the licence takes effect."""

    months = fields.Integer(required=True)
    amount = MoneyField(required=True)


class PriceSchema(Schema):
    """The announced price; a pilot's binds nobody."""

    form = fields.String(required=True)
    is_binding = fields.Boolean(required=True)
    due_now = MoneyField(required=True)
    instalments = fields.List(fields.Nested(InstalmentSchema), required=True)
    rate_percent = fields.String(required=True)
    royalty_base = fields.String(required=True, allow_none=True)
    floor = MoneyField(required=True, allow_none=True)
    cap = MoneyField(required=True, allow_none=True)
    period_months = fields.Integer(required=True)


class LicensedPatentSchema(Schema):
    """The patent that is opened."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    use = fields.String(required=True)
    products = fields.List(fields.String(), required=True)
    industry = fields.String(required=True)
    ipc = fields.List(fields.String(), required=True)
    locarno = fields.List(fields.String(), required=True)
    expires_on = fields.Date(required=True)
    register_checked_on = fields.Date(required=True, allow_none=True)


class PatenteeSchema(Schema):
    """Who has declared it."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    region = fields.String(required=True)


class OpenLicenceSchema(Schema):
    """A declaration; only an announced one can be taken by notice and payment (专利法 art. 51)."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["announced", "pilot"]))
    can_be_taken = fields.Boolean(required=True)
    patent = fields.Nested(LicensedPatentSchema, required=True)
    owner = fields.Nested(PatenteeSchema, required=True)
    price = fields.Nested(PriceSchema, required=True)
    term_months = fields.Integer(required=True, allow_none=True)
    territory = fields.String(required=True)
    announcement_no = fields.String(required=True)
    announced_on = fields.Date(required=True, allow_none=True)
    withdrawal_filed_on = fields.Date(required=True, allow_none=True)
    url = fields.String(required=True)


@bp.route("/open-licences", methods=["GET"])
@bp.arguments(OpenLicenceQuery, location="query")
@bp.response(200, page_of(OpenLicenceSchema))
@bp.problems(401, 422)
def list_open_licences(query: dict[str, Any]) -> dict[str, Any]:
    """Announced licences and pilots, the newest first; `status` and `can_be_taken` tell them apart."""
    announced = OpenLicence.state.in_(OPEN)
    pilot = OpenLicence.pilot_at.is_not(None) & OpenLicence.state.not_in((*OPEN, *ENDED))
    wanted = {"announced": announced, "pilot": pilot}.get(query["status"], or_(announced, pilot))
    statement = (
        select(OpenLicence)
        .join(OpenLicence.patent)
        .join(Organisation, Organisation.id == Patent.owner_id)
        .options(contains_eager(OpenLicence.patent).contains_eager(Patent.owner), defer(OpenLicence.terms_text))
        .where(wanted, Patent.published_at.is_not(None))
    )
    if query["q"]:
        statement = statement.where(matches(Patent.search_words, query["q"]))
    if query["form"]:
        statement = statement.where(OpenLicence.price_form == PriceForm(query["form"]))
    if query["owner"]:
        statement = statement.where(Organisation.code == query["owner"])
    if query["ipc"]:
        statement = statement.where(has_symbol((query["ipc"],)))
    after = decode_cursor(query["cursor"], 1)
    if after is not None:
        statement = statement.where(OpenLicence.id < _position(after[0]))
    found = session.scalars(statement.order_by(OpenLicence.id.desc()).limit(query["limit"] + 1)).unique().all()
    items = found[: query["limit"]]
    cursor = encode_cursor([items[-1].id]) if len(found) > query["limit"] else None
    return {"items": [_facts(item) for item in items], "next_cursor": cursor}


@bp.route("/open-licences/<uuid:open_licence_id>", methods=["GET"])
@bp.response(200, OpenLicenceSchema)
@bp.problems(401, 404)
def show(open_licence_id: UUID) -> dict[str, Any]:
    """One announced licence or pilot; what has ended or was never public is absent."""
    options = [joinedload(OpenLicence.patent).joinedload(Patent.owner)]
    found = load(OpenLicence, open_licence_id, current_actor(), OpenLicencePolicy.view, options=options)
    if not (found.is_open or found.is_pilot) or not found.patent.is_published:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return _facts(found)


def _facts(open_licence: OpenLicence) -> dict[str, Any]:
    public_url = str(current_app.config["JISHI"].public_url)
    return facts_of(open_licence, open_licence.patent, page_url(open_licence.patent, public_url))


def _position(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise bad_cursor() from None
