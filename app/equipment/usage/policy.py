"""Who may do what with a use (flows.md §3)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.usage.models import Use


def _on_reservation(permission: Rule) -> Rule:
    return Rule(lambda actor, use: permission(actor, use.reservation), needs=permission.needs)


@rule(needs="owner / manager")
def manages(actor: Actor, use: Use) -> bool:
    return actor.acts_for(use.reservation.provider_id, Role.OWNER, Role.MANAGER)


@rule(needs="owner / booker")
def answers(actor: Actor, use: Use) -> bool:
    """Accepts or objects: owner or finance of the payer, or whoever booked."""
    reservation = use.reservation
    return actor.acts_for(reservation.payer_id, Role.OWNER, Role.FINANCE) or (
        actor.acts_for(reservation.payer_id) and actor.user_id == reservation.booker_id
    )


@rule(needs="settlement")
def decides(actor: Actor, use: Use) -> bool:
    return actor.operates(Role.SETTLEMENT)


@rule(needs="owner / manager / technician")
def works_instrument(actor: Actor, instrument: Instrument) -> bool:
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.MANAGER, Role.TECHNICIAN)


class UsePolicy:
    """One attribute per action; a use is judged with its reservation loaded."""

    view: Rule = _on_reservation(ReservationPolicy.view)
    work: Rule = _on_reservation(ReservationPolicy.work)
    correct: Rule = manages
    answer: Rule = answers
    reply: Rule = manages
    decide: Rule = decides
