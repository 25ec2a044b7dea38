"""Real use to look at: the part of a booking's page, hours to confirm, hours to enter, objections."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Actor, Organisation, Role, User
from app.core.clock import minutes as length_of
from app.core.db import session
from app.core.money import Money
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation
from app.equipment.usage.comparing import as_quote, compared_lines
from app.equipment.usage.models import SECOND_PRESS, Use, UseObjection, UseReport, UseState
from app.equipment.usage.policy import UsePolicy
from app.equipment.usage.words import review_word, use_state_word
from app.settlement.models import LIVE, Charge
from app.settlement.statements.calendar import following

RESERVATION_WITH_NAMES = (
    contains_eager(Use.reservation).joinedload(Reservation.instrument).joinedload(Instrument.owner),
    contains_eager(Use.reservation).joinedload(Reservation.payer),
)


def use_panel(actor: Actor, reservation: Reservation) -> dict[str, Any]:
    """Context of ``equipment/usage/_booking.html`` on a booking's page, under the name `use_panel`; empty before a use.

    The caller has let the actor see the booking.
    """
    use = session.scalars(
        select(Use).options(joinedload(Use.reservation, innerjoin=True)).where(Use.reservation_id == reservation.id)
    ).one_or_none()
    if use is None:
        return {}
    charge = session.get(Charge, use.charge_id) if use.charge_id is not None else None
    estimate = Money(reservation.estimate_minor, reservation.currency)
    quoted = as_quote(reservation.quote["lines"], reservation.estimate_minor, reservation.currency)
    final = as_quote(charge.lines, charge.total_minor, charge.currency) if charge is not None else None
    objections = objections_of_use(use.id)
    return {
        "use": use,
        "state_word": use_state_word(use.state),
        "review_word": review_word(use.review_reason),
        "booked_minutes": length_of(reservation.booked),
        "charge": charge,
        "charged_minutes": sum(line.quantity for line in final.lines if line.kind == "machine_time") if final else None,
        "estimate": estimate,
        "difference": charge.total - estimate if charge is not None else None,
        "lines": compared_lines(quoted, final),
        "presses": presses_with_names(reservation.id),
        "objections": objections,
        "objection": next((each for each in objections if each.is_open), None),
        "proposed_end": reservation.ends_at if use.state is UseState.REVIEW else None,
        "may": _may(actor, use),
    }


def _may(actor: Actor, use: Use) -> dict[str, bool]:
    names = ("answer", "correct", "reply", "decide", "manage")
    return {name: getattr(UsePolicy, name)(actor, use) for name in names}


def presses_with_names(reservation_id: UUID) -> list[tuple[UseReport, str]]:
    """Who pressed what and when, by the clocks of the devices."""
    rows = session.execute(
        select(UseReport, User.name)
        .outerjoin(User, User.id == UseReport.user_id)
        .where(UseReport.reservation_id == reservation_id)
        .order_by(UseReport.pressed_at, UseReport.id)
    )
    return [(press, person or "") for press, person in rows]


def objections_of_use(use_id: UUID) -> list[UseObjection]:
    """The objections to a use, the oldest first."""
    return list(
        session.scalars(select(UseObjection).where(UseObjection.use_id == use_id).order_by(UseObjection.raised_at))
    )


def hours_to_confirm(actor: Actor, *, state: str = "", text: str = "") -> Select[Use]:
    """Recorded uses of the organisation acted for that the actor may answer, the most urgent first."""
    wanted = UseState(state) if state in {"objected", "accepted"} else UseState.TO_CONFIRM
    statement = _uses().where(Reservation.payer_id == actor.organisation_id, Use.state == wanted)
    if not actor.roles.intersection({Role.OWNER, Role.FINANCE}):
        statement = statement.where(Reservation.booker_id == actor.user_id)
    statement = statement.where(*_named(text, Reservation.provider_id))
    if wanted is UseState.ACCEPTED:
        return statement.order_by(Use.accepted_at.desc(), Use.id)
    return statement.order_by(Use.answer_due_at, Use.id)


def hours_to_enter(actor: Actor, *, kind: str = "", text: str = "") -> Select[Use]:
    """Uses of the institution acted for that wait for a manager: without an end, doubtful, or objected."""
    without_end = Use.state == UseState.REVIEW
    doubtful = (Use.state == UseState.TO_CONFIRM) & (Use.review_reason == SECOND_PRESS)
    objected = (Use.state == UseState.OBJECTED) & Use.id.in_(
        select(UseObjection.use_id).where(UseObjection.decided_at.is_(None), UseObjection.answered_at.is_(None))
    )
    wanted = {"review": or_(without_end, doubtful), "objected": objected}.get(
        kind, or_(without_end, doubtful, objected)
    )
    statement = _uses().where(Reservation.provider_id == actor.organisation_id, wanted)
    return statement.where(*_named(text, Reservation.payer_id)).order_by(Use.started_at, Use.id)


def _uses() -> Select[Use]:
    return select(Use).join(Use.reservation).options(*RESERVATION_WITH_NAMES)


def _named(text: str, other_side: Any) -> list[ColumnElement[bool]]:
    """The condition of a search by instrument, number or name of the other side."""
    if not text:
        return []
    called = (Instrument.name, Instrument.name_zh, Instrument.asset_no)
    instruments = select(Instrument.id).where(or_(*(column.icontains(text, autoescape=True) for column in called)))
    others = select(Organisation.id).where(Organisation.name.icontains(text, autoescape=True))
    number = Reservation.number.icontains(text, autoescape=True)
    return [or_(number, Reservation.instrument_id.in_(instruments), other_side.in_(others))]


def disputes(*, state: str = "", text: str = "") -> Select[UseObjection]:
    """Objections for the operator: those to decide (longest waiting first), settled ones, or all."""
    statement = (
        select(UseObjection)
        .join(UseObjection.use)
        .join(Use.reservation)
        .options(
            contains_eager(UseObjection.use).contains_eager(Use.reservation).joinedload(Reservation.instrument),
            contains_eager(UseObjection.use).contains_eager(Use.reservation).joinedload(Reservation.payer),
            contains_eager(UseObjection.use).contains_eager(Use.reservation).joinedload(Reservation.provider),
        )
    )
    if text:
        statement = statement.where(
            or_(*_named(text, Reservation.payer_id), UseObjection.number.icontains(text, autoescape=True))
        )
    if state == "settled":
        return statement.where(UseObjection.decided_at.is_not(None)).order_by(
            UseObjection.decided_at.desc(), UseObjection.id
        )
    if state == "all":
        return statement.order_by(UseObjection.raised_at.desc(), UseObjection.id)
    return statement.where(UseObjection.escalated_at.is_not(None), UseObjection.decided_at.is_(None)).order_by(
        UseObjection.escalated_at, UseObjection.id
    )


def charges_of(uses: Sequence[Use]) -> dict[UUID, Charge]:
    """The charges of some uses, by the id of the use: one statement."""
    found = {
        charge.id: charge
        for charge in session.scalars(
            select(Charge).where(Charge.id.in_([use.charge_id for use in uses if use.charge_id is not None]))
        )
    }
    return {use.id: found[use.charge_id] for use in uses if use.charge_id in found}


def open_objections(uses: Sequence[Use]) -> dict[UUID, UseObjection]:
    """The open objections of some uses, by the id of the use: one statement."""
    rows = session.scalars(
        select(UseObjection).where(UseObjection.use_id.in_([use.id for use in uses]), UseObjection.decided_at.is_(None))
    )
    return {objection.use_id: objection for objection in rows}


def _count(statement: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def _of_own_bookings(actor: Actor, month: date) -> tuple[Any, ...]:
    return (
        Reservation.booker_id == actor.user_id,
        Reservation.payer_id == actor.organisation_id,
        Charge.payer_id == actor.organisation_id,
        Charge.state.in_(LIVE),
        Charge.used_on >= month,
        Charge.used_on < following(month),
    )


_TO_BOOKING = (Charge.subject_kind == "reservations") & (Charge.subject_id == Reservation.id)


def own_charges(actor: Actor, month: date) -> Select[Charge]:
    """Charges, used in a month, of what this person booked for the organisation acted for, the newest first."""
    return (
        select(Charge)
        .join(Reservation, _TO_BOOKING)
        .options(joinedload(Charge.provider))
        .where(*_of_own_bookings(actor, month))
        .order_by(Charge.used_on.desc(), Charge.id.desc())
    )


def own_total(actor: Actor, month: date) -> int:
    """The sum of `own_charges` in minor units; what was taken back is deducted."""
    total = select(func.coalesce(func.sum(Charge.total_minor), 0)).join(Reservation, _TO_BOOKING)
    return int(session.scalar(total.where(*_of_own_bookings(actor, month))) or 0)
