"""Random orders of everything that takes an instrument's time, against a model of twenty lines (scorecard A 11)."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, or_, select, text

from app.accounts.models import Actor, OrganisationKind
from app.core.clock import Period, now, period
from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.holds import find_hold, hold_slot, holder_names
from app.equipment.reservations.models import OCCUPYING, Reservation
from app.equipment.reservations.operations import cancel_reservation, move_reservation
from app.equipment.schedule.models import Occupation
from app.equipment.schedule.operations import add_maintenance, remove_maintenance
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument

BEGIN = datetime(2026, 11, 26, 1, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
HOLD = timedelta(minutes=10)

Span = tuple[int, int]
spans = st.tuples(st.integers(0, 9), st.integers(1, 4)).map(lambda pair: (pair[0], sum(pair)))
people = st.sampled_from([0, 1])
which = st.integers(0, 7)


def stretch(span: Span) -> Period:
    return period(BEGIN + span[0] * HALF_HOUR, BEGIN + span[1] * HALF_HOUR)


class Model:
    """What must be taken: named spans, each until an instant or for good."""

    def __init__(self) -> None:
        self.taken: dict[Any, tuple[Span, datetime | None]] = {}
        self.open = True

    def live(self) -> dict[Any, Span]:
        return {name: span for name, (span, until) in self.taken.items() if until is None or until > now()}

    def is_free(self, span: Span, *, but: Any = None) -> bool:
        others = (other for name, other in self.live().items() if name != but)
        return not any(span[0] < other[1] and other[0] < span[1] for other in others)

    def take(self, name: Any, span: Span, until: datetime | None = None) -> None:
        self.taken[name] = (span, until)

    def give_back(self, name: Any) -> None:
        self.taken.pop(name, None)


class BookingMachine(RuleBasedStateMachine):
    """Two customers with a browser each and a manager around one instrument; the clock runs on by minutes."""

    def __init__(self) -> None:
        super().__init__()
        session.connection()
        self.nested = session.begin_nested()
        self.traveller = time_machine.travel(BEGIN - timedelta(days=3), tick=False)
        self.clock = self.traveller.start()
        self.model, self.numbers = Model(), count(1)
        self.bookings: dict[int, Reservation] = {}
        self.blocks: dict[int, UUID] = {}
        self.holds: dict[int, UUID] = {}

    def teardown(self) -> None:
        self.traveller.stop()
        self.nested.rollback()
        session.expunge_all()

    @initialize()
    def begin(self) -> None:
        institution = make_organisation(OrganisationKind.INSTITUTION)
        self.manager = make_actor(institution)
        self.customers: list[Actor] = [make_actor(), make_actor()]
        self.instrument: Instrument = make_bookable_instrument(institution)

    def attempt(self, expected: bool, operation: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer of an operation that must go through or be refused; what is refused leaves no trace."""
        try:
            with savepoint():
                answer = operation(*args, **kwargs)
        except DomainError:
            assert not expected
            session.expire_all()
            return None
        assert expected
        return answer

    @rule(who=people, span=spans)
    def hold(self, who: int, span: Span) -> None:
        name = ("hold", who)
        possible = self.model.open and self.model.is_free(span, but=name)
        kept = self.attempt(
            possible, hold_slot, self.customers[who], self.instrument.id, stretch(span), holder=f"browser{who}"
        )
        if kept is not None:
            self.model.take(name, span, now() + HOLD)
            self.holds[who] = kept.id

    @rule(who=people, span=spans)
    def book(self, who: int, span: Span) -> None:
        possible = self.model.open and self.model.is_free(span)
        made = self.attempt(
            possible, make_reservation, self.customers[who], self.instrument.id, stretch(span), purpose="x"
        )
        self.remember(made, span)

    @rule(who=people)
    def book_what_is_held(self, who: int) -> None:
        held = self.model.live().get(("hold", who))
        assert (who in self.holds and find_hold(self.holds[who], holder_names(f"browser{who}")) is not None) == (
            held is not None
        )
        if held is None:
            return
        made = self.attempt(
            self.model.open, make_reservation, self.customers[who], self.instrument.id, stretch(held), purpose="x",
            hold_id=self.holds[who], holders=holder_names(f"browser{who}"),
        )  # fmt: skip
        if made is not None:
            self.model.give_back(("hold", who))
            self.remember(made, held)

    def remember(self, made: Reservation | None, span: Span) -> None:
        if made is not None:
            number = next(self.numbers)
            self.bookings[number] = made
            self.model.take(number, span)

    @rule(chosen=which)
    def cancel(self, chosen: int) -> None:
        if not self.bookings:
            return
        number = sorted(self.bookings)[chosen % len(self.bookings)]
        booked = self.bookings[number]
        owner = next(each for each in self.customers if each.organisation_id == booked.payer_id)
        self.attempt(number in self.model.live(), cancel_reservation, owner, booked)
        self.model.give_back(number)

    @rule(chosen=which, span=spans)
    def move(self, chosen: int, span: Span) -> None:
        if not self.bookings:
            return
        number = sorted(self.bookings)[chosen % len(self.bookings)]
        booked = self.bookings[number]
        owner = next(each for each in self.customers if each.organisation_id == booked.payer_id)
        possible = number in self.model.live() and self.model.is_free(span, but=number)
        if self.attempt(possible, move_reservation, owner, booked, stretch(span)) is not None:
            self.model.take(number, span)

    @rule(span=spans)
    def block(self, span: Span) -> None:
        possible = self.model.is_free(span)
        made = self.attempt(possible, add_maintenance, self.manager, self.instrument, stretch(span), "calibration")
        if made is not None:
            number = next(self.numbers)
            self.blocks[number] = made
            self.model.take(number, span)

    @rule(chosen=which)
    def unblock(self, chosen: int) -> None:
        if not self.blocks:
            return
        number = sorted(self.blocks)[chosen % len(self.blocks)]
        block = session.get_one(Occupation, self.blocks.pop(number))
        self.attempt(True, remove_maintenance, self.manager, self.instrument, block)
        self.model.give_back(number)

    @rule(is_open=st.booleans())
    def open_or_close(self, is_open: bool) -> None:
        self.instrument.state = InstrumentState.PUBLISHED if is_open else InstrumentState.WITHDRAWN
        session.flush()
        self.model.open = is_open

    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))

    @invariant()
    def what_is_taken_is_what_the_model_says(self) -> None:
        lasting = or_(Occupation.expires_at.is_(None), Occupation.expires_at > now())
        rows = session.execute(
            select(func.lower(Occupation.period), func.upper(Occupation.period)).where(
                Occupation.active, lasting, Occupation.instrument_id == self.instrument.id
            )
        )
        found = sorted(((a - BEGIN) // HALF_HOUR, (b - BEGIN) // HALF_HOUR) for a, b in rows)
        assert found == sorted(self.model.live().values())

    @invariant()
    def bookings_stand_for_their_time(self) -> None:
        for timing in ("IMMEDIATE", "DEFERRED"):
            session.execute(text(f"SET CONSTRAINTS ALL {timing}"))
        standing = session.scalar(
            select(func.count()).where(
                Reservation.instrument_id == self.instrument.id, Reservation.state.in_(OCCUPYING)
            )
        )
        assert standing == len(self.bookings.keys() & self.model.live().keys())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_instruments_time_is_as_the_model_says_after_any_order_of_events() -> None:
    run_state_machine_as_test(
        BookingMachine,
        settings=settings(
            max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
