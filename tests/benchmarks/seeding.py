"""Many rows, written the quick way."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import text

from app.accounts.models import OrganisationKind, Role
from app.core.clock import now
from app.core.db import db, session
from app.core.web import App
from app.equipment.catalogue.operations import refresh_stale_offers
from tests.accounts.factories import make_organisation
from tests.benchmarks.clients import Slot
from tests.equipment.factories import make_bookable_instrument
from tests.live.world import Person, committed, person

INSTRUMENTS, BOOKINGS = 1000, 100_000

_PAST_CLAIMS = """
    INSERT INTO occupations (id, instrument_id, period, kind, active, reason, holder)
    SELECT gen_random_uuid(), i.id, tstzrange(begin_at, begin_at + interval '1 hour'), 'reservation', true, '', ''
    FROM instruments i CROSS JOIN generate_series(1, :each) n
    CROSS JOIN LATERAL (SELECT date_trunc('hour', now()) - n * interval '3 hours' AS begin_at) t
"""
_PAST_RESERVATIONS = """
    INSERT INTO reservations (id, number, instrument_id, provider_id, payer_id, booker_id, period, state, purpose,
        tariff_id, payer_class, is_internal, estimate_minor, currency, quote, cancellation)
    SELECT o.id, 'S-' || o.id, o.instrument_id, i.owner_id, :payer, :booker, o.period, 'finished', 'past',
        t.id, 'enterprise', false, 70000, 'CNY', '{"lines": [], "currency": "CNY"}', '{}'
    FROM occupations o JOIN instruments i ON i.id = o.instrument_id JOIN tariffs t ON t.instrument_id = i.id
"""


@dataclass
class Town:
    """A catalogue of instruments with a past, and people who book."""

    bookers: list[Person]
    owner: Person
    instruments: list[UUID]
    _taken: "count[int]" = field(default_factory=count)

    def slots(self, amount: int, *, hot: bool) -> list[Slot]:
        """Free half hours, all on one instrument or each on another."""
        midnight = now().replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=1)  # 0:00 in Shanghai
        found = []
        for _number in range(amount):
            number = next(self._taken)
            place = 0 if hot else 1 + number % (len(self.instruments) - 1)
            begin = midnight + timedelta(minutes=30) * number
            found.append((str(self.instruments[place]), begin.isoformat(), _end(begin)))
        return found


def _end(begin: datetime) -> str:
    return (begin + timedelta(minutes=30)).isoformat()


def build_town(application: App, bookers: int = 8) -> Town:
    """1,000 published instruments and 100,000 bookings of the past."""
    with committed(application):
        owner = person(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER, Role.MANAGER)
        rules = {"horizon_days": 730}
        ids = [make_bookable_instrument(owner.organisation, rules=rules).id for _number in range(INSTRUMENTS)]
        people = [person() for _number in range(bookers)]
        session.flush()
        first = people[0].actor
        session.execute(text(_PAST_CLAIMS), {"each": BOOKINGS // INSTRUMENTS})
        session.execute(text(_PAST_RESERVATIONS), {"payer": first.organisation_id, "booker": first.user_id})
    with committed(application):
        refresh_stale_offers(limit=INSTRUMENTS)
    with application.app_context(), db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("RESET ROLE"))
        connection.execute(text("VACUUM ANALYZE"))
    return Town(people, owner, ids)
