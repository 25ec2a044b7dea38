"""What follows from bookings, closed months and uses: fees, acceptance with the month, and who is told."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import SYSTEM
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.events import emit, subscribe
from app.equipment.reservations.events import FeeWaived, ReservationCancelled, ReservationMissed
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.notices import managers_of
from app.equipment.usage.charging import charge_fee, fee_charge
from app.equipment.usage.events import (
    ObjectionAnswered,
    ObjectionDecided,
    ObjectionEscalated,
    ObjectionOverdue,
    UseAccepted,
    UseObjected,
    UseRecorded,
    UseSentToReview,
)
from app.equipment.usage.models import Use, UseObjection, UseState
from app.equipment.usage.notices import (
    ask_to_confirm,
    customers_of,
    mail,
    objection_parameters,
    parameters_of,
    settlement_desk,
    tell,
    use_with_names,
)
from app.notifications.operations import notify
from app.settlement.events import ChargesFinalised
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import finalise_charge, void_charge


@subscribe(ReservationCancelled)
def charge_cancellation(event: ReservationCancelled) -> None:
    """A late cancellation costs its fee, final at once: there are no hours to confirm."""
    _charge(event.reservation_id, ReservationState.CANCELLED, ChargeKind.CANCELLATION_FEE)


@subscribe(ReservationMissed)
def charge_no_show(event: ReservationMissed) -> None:
    """A no-show costs its fee, unless it turned out meanwhile that somebody came."""
    _charge(event.reservation_id, ReservationState.NO_SHOW, ChargeKind.NO_SHOW_FEE)


def _charge(reservation_id: UUID, state: ReservationState, kind: ChargeKind) -> None:
    reservation = session.get(Reservation, reservation_id, with_for_update={"of": Reservation})
    if reservation is None or reservation.state is not state or fee_charge(reservation_id) is not None:
        return
    charge = charge_fee(SYSTEM, reservation, kind)
    if charge is not None:
        finalise_charge(SYSTEM, charge)


@subscribe(FeeWaived)
def drop_fee(event: FeeWaived) -> None:
    """A waived fee is void; what was posted is reversed. One that was billed meanwhile needs a credit note."""
    charge = fee_charge(event.reservation_id)
    if charge is not None and charge.state is not ChargeState.BILLED:
        void_charge(SYSTEM, charge, "waived")


@subscribe(ChargesFinalised)
def accept_closed_uses(event: ChargesFinalised) -> None:
    """Closing a month waits for nobody: hours that were not confirmed by then are accepted with it."""
    uses = session.scalars(
        select(Use)
        .options(joinedload(Use.reservation, innerjoin=True))
        .where(Use.charge_id.in_([UUID(identity) for identity in event.charge_ids]), Use.state == UseState.TO_CONFIRM)
        .order_by(Use.id)
        .with_for_update(of=Use)
    ).all()
    for use in uses:
        use.state = UseState.ACCEPTED
        use.accepted_at = now()
        record(SYSTEM, "use.accept_with_month", use)
        emit(UseAccepted(use.id))
    session.flush()


@subscribe(UseRecorded)
def ask_customer(event: UseRecorded) -> None:
    """The customer is asked to confirm; managers hear of a fault."""
    use = use_with_names(event.use_id)
    if use.fault:
        tell(managers_of(use.reservation.provider_id), use.reservation.provider_id, "use_fault", use, fault=use.fault)
    if use.state is UseState.TO_CONFIRM and use.ended_at is not None:
        ask_to_confirm(use, tag=f":{use.charge_id}")


@subscribe(UseSentToReview)
def tell_of_review(event: UseSentToReview) -> None:
    """Managers have hours to enter."""
    use = use_with_names(event.use_id)
    provider_id = use.reservation.provider_id
    tell(managers_of(provider_id), provider_id, "use_in_review", use, tag=f":{use.review_reason}")


@subscribe(UseObjected)
def tell_of_objection(event: UseObjected) -> None:
    """Managers read what the customer says and until when to answer (N9)."""
    use, objection = use_with_names(event.use_id), session.get_one(UseObjection, event.objection_id)
    people = managers_of(use.reservation.provider_id)
    more, tag = objection_parameters(objection), f":{objection.id}"
    tell(people, use.reservation.provider_id, "use_objection", use, tag=tag, **more)
    mail(people, "objection", use, tag=tag, objection=objection)


@subscribe(ObjectionAnswered)
def tell_of_answer(event: ObjectionAnswered) -> None:
    """The customer reads the answer and takes the offer or turns to the operator."""
    use, objection = use_with_names(event.use_id), session.get_one(UseObjection, event.objection_id)
    if not objection.is_open:
        return
    people = customers_of(use.reservation)
    more, tag = objection_parameters(objection), f":{objection.id}"
    tell(people, use.reservation.payer_id, "use_objection_answered", use, tag=tag, **more)
    mail(people, "objection_answered", use, tag=tag, objection=objection)


@subscribe(ObjectionOverdue)
def tell_of_silence(event: ObjectionOverdue) -> None:
    """The customer may turn to the operator."""
    use, objection = use_with_names(event.use_id), session.get_one(UseObjection, event.objection_id)
    people = customers_of(use.reservation)
    more, tag = objection_parameters(objection), f":{objection.id}"
    tell(people, use.reservation.payer_id, "use_objection_overdue", use, tag=tag, **more)


@subscribe(ObjectionEscalated)
def tell_operator(event: ObjectionEscalated) -> None:
    """The operator's settlement desk has something to decide."""
    use, objection = use_with_names(event.use_id), session.get_one(UseObjection, event.objection_id)
    for person in settlement_desk():
        key = f"use_objection_escalated:{objection.id}"
        parameters = {**parameters_of(use), **objection_parameters(objection)}
        notify(person.id, None, "use_objection_escalated", key, parameters, f"/objections/{objection.id}")


@subscribe(ObjectionDecided)
def tell_of_decision(event: ObjectionDecided) -> None:
    """Both sides learn the settled length and fee (N10)."""
    use, objection = use_with_names(event.use_id), session.get_one(UseObjection, event.objection_id)
    total = session.get_one(Charge, use.charge_id).total
    more, tag = {**objection_parameters(objection), "total": total}, f":{objection.id}"
    reservation = use.reservation
    for people, organisation_id in (
        (customers_of(reservation), reservation.payer_id),
        (managers_of(reservation.provider_id), reservation.provider_id),
    ):
        tell(people, organisation_id, "use_objection_settled", use, tag=tag, **more)
        mail(people, "objection_settled", use, tag=tag, objection=objection, total=total)
