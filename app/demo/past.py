"""Three months of bookings: two whole months and the present one up to a few days ago."""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import today
from app.core.db import session
from app.demo.offers import all_offers
from app.demo.plan import Stage, plan_days
from app.demo.rows import write_bookings
from app.demo.timing import months_before, this_month
from app.equipment.reservations.models import Reservation

RECENT = timedelta(days=3)


def are_there() -> bool:
    """Whether anything was booked before."""
    return session.scalar(select(Reservation.id).limit(1)) is not None


def load_past(_password: str) -> str:
    """Write bookings with accepted uses; those of whole months are entered into the books when the month is closed."""
    planned = plan_days(all_offers(), months_before(2), today() - RECENT, Stage.ACCEPTED)
    return f"{write_bookings(planned, post_from=this_month())} bookings with their uses and charges"
