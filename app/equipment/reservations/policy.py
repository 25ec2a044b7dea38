"""Who may do what with a reservation (flows.md §3)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.reservations.models import Reservation


@rule(needs="owner / finance")
def pays(actor: Actor, reservation: Reservation) -> bool:
    """Owner or finance of the organisation that pays."""
    return actor.acts_for(reservation.payer_id, Role.OWNER, Role.FINANCE)


@rule()
def is_payers_owner(actor: Actor, reservation: Reservation) -> bool:
    return actor.acts_for(reservation.payer_id, Role.OWNER)


@rule(needs="booker")
def booked_it(actor: Actor, reservation: Reservation) -> bool:
    """The person who booked, still acting for the organisation that pays."""
    return actor.acts_for(reservation.payer_id) and actor.user_id == reservation.booker_id


@rule(needs="owner / manager")
def manages(actor: Actor, reservation: Reservation) -> bool:
    """Owner or manager of the institution that owns the instrument."""
    return actor.acts_for(reservation.provider_id, Role.OWNER, Role.MANAGER)


@rule(needs="owner / manager / technician")
def works_it(actor: Actor, reservation: Reservation) -> bool:
    return actor.acts_for(reservation.provider_id, Role.OWNER, Role.MANAGER, Role.TECHNICIAN)


@rule()
def provides(actor: Actor, reservation: Reservation) -> bool:
    """Any member of the institution that owns the instrument."""
    return actor.acts_for(reservation.provider_id)


@rule()
def audits(actor: Actor, reservation: Reservation) -> bool:
    """The operator's auditor reads everything, the settlement desk what is disputed or charged."""
    return actor.operates(Role.AUDITOR, Role.SETTLEMENT)


def moves_for_customer(actor: Actor, reservation: Reservation) -> bool:
    """Whether it is the institution that moves somebody else's booking: its own yes is in that."""
    return manages(actor, reservation) and not (is_payers_owner | booked_it)(actor, reservation)


class ReservationPolicy:
    """One attribute per action."""

    view: Rule = pays | booked_it | provides | audits
    cancel: Rule = is_payers_owner | booked_it
    move: Rule = is_payers_owner | booked_it | manages
    answer: Rule = manages
    withdraw: Rule = manages
    waive: Rule = manages
    work: Rule = works_it
    extend: Rule = works_it | is_payers_owner | booked_it


def may_book(actor: Actor) -> bool:
    """Whether the actor may book anything for the organisation acted for."""
    return actor.is_system or bool(actor.roles.intersection({Role.OWNER, Role.BOOKER, Role.MANAGER}))
