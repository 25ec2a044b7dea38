"""Lists of uses: hours to confirm for customers, hours to enter for institutions, disputes for the operator."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import OrganisationKind, Role
from app.core.db import session
from app.core.errors import Forbidden, Missing
from app.core.filters import asks, one_of, words
from app.core.forms import PressForm
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_datetime, format_money, render
from app.equipment.usage.models import Use
from app.equipment.usage.operations import accept_use
from app.equipment.usage.policy import UsePolicy
from app.equipment.usage.queries import (
    charges_of,
    disputes,
    hours_to_confirm,
    hours_to_enter,
    open_objections,
)
from app.equipment.usage.words import objection_state, review_word, use_state_word

bp = Blueprint("usage", __name__, template_folder="../templates")
disputes_bp = Blueprint("disputes", __name__, url_prefix="/operator/disputes", template_folder="../templates")

MOST_AT_ONCE = 200
WORKERS = (Role.OWNER, Role.MANAGER, Role.TECHNICIAN)


def _asked(allowed: Iterable[str], name: str) -> str:
    value = request.args.get(name, "")
    return value if value in set(allowed) else ""


def _text() -> str:
    return request.args.get("q", "").replace("\x00", "").strip()[:100]


@bp.get("/uses/confirm")
@acting_required
@asks(state=one_of(("objected", "accepted")), q=words)
def to_confirm() -> ResponseReturnValue:
    """Recorded hours that wait for the customer; also those objected to and accepted."""
    state, text = _asked(("objected", "accepted"), "state"), _text()
    statement = hours_to_confirm(current_actor(), state=state, text=text)
    if wants_csv():
        return _uses_csv("hours-to-confirm", session.scalars(statement).unique().all())
    page = paginate(statement)
    return render(
        "equipment/usage/confirm.html",
        page=page,
        charges=charges_of(page.items),
        objections=open_objections(page.items) if state == "objected" else {},
        state=state,
        text=text,
        state_word=use_state_word,
        form=PressForm(),
    )


@bp.post("/uses/confirm")
@acting_required
def accept_chosen() -> ResponseReturnValue:
    """Accept all chosen hours; each that cannot be is named, the others are kept."""
    actor = current_actor()
    accepted, refused = 0, []
    for identity in request.form.getlist("use")[:MOST_AT_ONCE]:
        use = _use(identity)
        form = PressForm()
        with form.attempt():
            accept_use(actor, use)
        if form.refusal is None:
            accepted += 1
        else:
            refused.append(f"{use.reservation.number}: {form.refusal}")
    if accepted:
        flash(ngettext("%(num)d use accepted", "%(num)d uses accepted", accepted), "toast")
    if refused:
        flash(" ".join(refused), "error")
    if not accepted and not refused:
        flash(_("Choose the hours to accept."), "error")
    return redirect(url_for(".to_confirm", q=request.args.get("q") or None))


def _use(identity: str) -> Use:
    try:
        return load(
            Use, UUID(identity), current_actor(), UsePolicy.view, options=[joinedload(Use.reservation, innerjoin=True)]
        )
    except ValueError:
        raise Missing(_l("There is nothing here, or it is not yours to see.")) from None


@bp.get("/uses/review")
@acting_required
@asks(kind=one_of(("review", "objected")), q=words)
def review() -> ResponseReturnValue:
    """Hours that the institution has to enter, check or answer for."""
    actor = current_actor()
    if actor.organisation is None or actor.organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if not actor.roles.intersection(WORKERS):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": "owner / manager / technician"})
    kind, text = _asked(("review", "objected"), "kind"), _text()
    statement = hours_to_enter(actor, kind=kind, text=text)
    if wants_csv():
        return _uses_csv("hours-to-enter", session.scalars(statement).unique().all())
    page = paginate(statement)
    return render(
        "equipment/usage/review.html",
        page=page,
        objections=open_objections(page.items),
        kind=kind,
        text=text,
        review_word=review_word,
        state_word=use_state_word,
    )


def _uses_csv(name: str, uses: Sequence[Use]) -> Response:
    charges = charges_of(uses)
    header = (
        _("Number"), _("Instrument"), _("Institution"), _("Customer"), _("Booked from"), _("Booked to"),
        _("Used from"), _("Used to"), _("Minutes"), _("State"), _("Estimate"), _("Fee"), _("Answer by"),
    )  # fmt: skip
    return csv_response(name, header, (_use_row(use, charges) for use in uses))


def _use_row(use: Use, charges: dict[UUID, Any]) -> tuple[Any, ...]:
    booking, zone = use.reservation, use.reservation.instrument.timezone
    charge = charges.get(use.id)
    return (
        booking.number, booking.instrument.name_zh or booking.instrument.name, booking.instrument.owner.name,
        booking.payer.name, format_datetime(booking.booked.lower, "iso", zone),
        format_datetime(booking.booked.upper, "iso", zone), format_datetime(use.started_at, "iso", zone),
        format_datetime(use.ended_at, "iso", zone) if use.ended_at else "", use.used_minutes or "",
        use_state_word(use.state), format_money(booking.estimate_minor, symbol=False).replace(",", ""),
        format_money(charge.total, symbol=False).replace(",", "") if charge else "",
        format_datetime(use.answer_due_at, "iso", zone) if use.answer_due_at else "",
    )  # fmt: skip


@disputes_bp.get("")
@acting_required
@asks(state=one_of(("settled",)), q=words)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is disputes.list
    """Objections that wait for the operator, those settled, or all."""
    actor = current_actor()
    if not actor.is_operator:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if not UsePolicy.disputes(actor, None):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": "settlement / auditor"})
    state, text = _asked(("settled", "all"), "state"), _text()
    statement = disputes(state=state, text=text)
    if wants_csv():
        return _disputes_csv(session.scalars(statement).unique())
    page = paginate(statement)
    return render(
        "equipment/usage/disputes.html",
        page=page,
        charges=charges_of([objection.use for objection in page.items]),
        state=state,
        text=text,
        objection_state=objection_state,
    )


def _disputes_csv(found: Iterable[Any]) -> Response:
    header = (
        _("Objection"), _("Number"), _("Instrument"), _("Institution"), _("Customer"), _("Raised"),
        _("Recorded minutes"), _("Claimed minutes"), _("Offered minutes"), _("Decided minutes"), _("State"),
        _("Reason"), _("Answer"),
    )  # fmt: skip
    return csv_response("disputes", header, (_dispute_row(objection) for objection in found))


def _dispute_row(objection: Any) -> tuple[Any, ...]:
    booking = objection.use.reservation
    return (
        objection.number, booking.number, booking.instrument.name_zh or booking.instrument.name,
        booking.provider.name, booking.payer.name, format_datetime(objection.raised_at, "iso"),
        objection.recorded_minutes, objection.claimed_minutes, objection.offered_minutes or "",
        objection.decided_minutes or "", objection_state(objection)[1], objection.reason, objection.answer,
    )  # fmt: skip
