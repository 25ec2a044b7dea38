"""Who may see and end a place in line. Joining is for those who may book (reservations/policy.py)."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.equipment.waiting.models import WaitingEntry


@rule("owner / booker")
def books_for_it(actor: Actor, entry: WaitingEntry) -> bool:
    """Whoever may book for the organisation in line."""
    return actor.acts_for(entry.payer_id, Role.OWNER, Role.BOOKER, Role.MANAGER)


@rule()
def belongs(actor: Actor, entry: WaitingEntry) -> bool:
    """Any member of the organisation in line."""
    return actor.acts_for(entry.payer_id)


@rule()
def provides(actor: Actor, entry: WaitingEntry) -> bool:
    """Any member of the institution that owns the instrument."""
    return actor.acts_for(entry.provider_id)


class WaitingPolicy:
    """One attribute per action."""

    view: Rule = belongs | provides
    leave: Rule = books_for_it
    decline: Rule = books_for_it
