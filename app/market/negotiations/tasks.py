"""The sweep: offers nobody answered and contracts nobody signed in time."""

from app.core.db import session, unit_of_work
from app.core.tasks import task
from app.market.negotiations.models import Negotiation
from app.market.negotiations.operations import lapse
from app.market.negotiations.queries import overdue


@task("negotiations.lapse", every=300.0, in_pieces=True)
def lapse_task() -> None:
    """Each in a unit of work of its own."""
    with unit_of_work():
        due = overdue()
    for negotiation_id in due:
        with unit_of_work():
            lapse(session.get_one(Negotiation, negotiation_id))
