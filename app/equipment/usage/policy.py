"""Who may do what with a use (flows.md §3). Row-level security may hide its booking: then nobody may do anything."""

from app.accounts.models import Actor, Role
from app.core.clock import DEFAULT_ZONE, now
from app.core.policy import Rule, rule
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.policy import ReservationPolicy
from app.equipment.usage.models import Use


def _on_reservation(permission: Rule) -> Rule:
    return Rule(
        lambda actor, use: use.reservation is not None and permission(actor, use.reservation), needs=permission.needs
    )


@rule(needs="owner / manager")
def manages(actor: Actor, use: Use) -> bool:
    return actor.acts_for(use.reservation.provider_id, Role.OWNER, Role.MANAGER)


@rule(needs="owner / manager")
def recorded_it_today(actor: Actor, use: Use) -> bool:
    """A technician may put right what he or she recorded, on the same day."""
    if use.ended_at is None or actor.user_id is None or use.ended_by_id != actor.user_id:
        return False
    same_day = use.ended_at.astimezone(DEFAULT_ZONE).date() == now().astimezone(DEFAULT_ZONE).date()
    return same_day and actor.acts_for(use.reservation.provider_id, Role.TECHNICIAN)


@rule(needs="owner / booker / finance")
def answers(actor: Actor, use: Use) -> bool:
    """Accepts or objects: owner or finance of the payer, or whoever booked."""
    reservation = use.reservation
    return actor.acts_for(reservation.payer_id, Role.OWNER, Role.FINANCE) or (
        actor.acts_for(reservation.payer_id) and actor.user_id == reservation.booker_id
    )


@rule()
def reads_disputes(actor: Actor, _thing: object) -> bool:
    """The operator's settlement desk and auditor."""
    return actor.operates(Role.SETTLEMENT, Role.AUDITOR)


@rule(needs="settlement")
def decides(actor: Actor, use: Use) -> bool:
    return actor.operates(Role.SETTLEMENT)


@rule(needs="owner / manager / technician")
def works_instrument(actor: Actor, instrument: Instrument) -> bool:
    return actor.acts_for(instrument.owner_id, Role.OWNER, Role.MANAGER, Role.TECHNICIAN)


@rule()
def knows_instrument(actor: Actor, instrument: Instrument) -> bool:
    """Everybody knows what is in the catalogue, its institution also the rest."""
    return instrument.is_published or actor.acts_for(instrument.owner_id)


class UsePolicy:
    """One attribute per action; a use is judged with its reservation loaded."""

    view: Rule = _on_reservation(ReservationPolicy.view)
    work: Rule = _on_reservation(ReservationPolicy.work)
    correct: Rule = Rule(
        lambda actor, use: manages(actor, use) or recorded_it_today(actor, use), needs="owner / manager"
    )
    manage: Rule = manages
    answer: Rule = answers
    reply: Rule = manages
    decide: Rule = decides
    walk_in: Rule = works_instrument
    label: Rule = works_instrument
    know_instrument: Rule = knows_instrument
    disputes: Rule = reads_disputes
