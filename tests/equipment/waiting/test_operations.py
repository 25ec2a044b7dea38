"""The line: fair, never more than one slot each, and always by the claim that decides over bookings too."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import bounds, now, period
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.events import relay
from app.core.tenancy import set_tenant
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.holds import held_for
from app.equipment.reservations.models import ReservationState
from app.equipment.reservations.operations import cancel_reservation
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.schedule.operations import remove_maintenance
from app.equipment.settings import settings
from app.equipment.waiting.models import WaitingEntry, WaitingState
from app.equipment.waiting.operations import decline_offer, join_line, leave_line, serve_line
from app.equipment.waiting.tasks import serve_lines_task
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot
from tests.equipment.waiting.factories import FIRST, LAST, MIDDLE, Full, day, join, make_full, midnight, wish


@pytest.fixture
def full() -> Full:
    return make_full()


def free_it(full: Full) -> None:
    cancel_reservation(full.occupant, full.booking)
    relay()


def hold_of(entry: WaitingEntry) -> Occupation:
    assert entry.hold_id is not None
    return session.get_one(Occupation, entry.hold_id)


def run_out(entry: WaitingEntry) -> None:
    session.execute(update(Occupation).where(Occupation.id == entry.hold_id).values(expires_at=now()))
    session.expire_all()


def book(actor: Actor, entry: WaitingEntry) -> ReservationState:
    assert entry.offered is not None
    made = make_reservation(
        actor, entry.instrument_id, entry.offered, purpose="x", hold_id=entry.hold_id, holders=held_for(actor)
    )
    relay()
    return made.state


def test_what_is_cancelled_is_held_for_the_first_in_line(full: Full) -> None:
    first, second = join(full), join(full)
    free_it(full)
    assert (first.state, second.state) == (WaitingState.OFFERED, WaitingState.WAITING)
    assert first.offered == full.booking.period
    held = hold_of(first)
    assert (held.kind, held.active, held.expires_at) == (OccupationKind.HOLD, True, first.offered_until)
    assert first.offered_until is not None
    assert timedelta(hours=11) < first.offered_until - now() <= timedelta(hours=12)


def test_the_first_in_line_is_told_once_in_both_ways(full: Full) -> None:
    entry = join(full)
    free_it(full)
    serve_line(full.instrument.id)
    relay()
    told = session.scalars(select(Notification).where(Notification.kind == "waiting_offered")).one()
    assert (told.user_id, told.url) == (entry.booker_id, f"/waiting/{entry.id}")
    mail = session.scalars(select(Mail).where(Mail.key.startswith("waiting_offered:"))).one()
    assert f"/waiting/{entry.id}" in mail.body


def test_the_offer_becomes_a_booking_at_the_price_of_that_moment(full: Full) -> None:
    waiting = make_actor()
    entry = join(full, waiting)
    free_it(full)
    assert book(waiting, entry) is ReservationState.CONFIRMED
    session.refresh(entry)
    assert entry.state is WaitingState.BOOKED
    assert hold_of(entry).kind is OccupationKind.RESERVATION


def test_nobody_else_can_take_what_is_held(full: Full) -> None:
    entry = join(full)
    free_it(full)
    rival = make_actor()
    with pytest.raises(Conflict) as refused:
        make_reservation(
            rival, full.instrument.id, full.booking.period, purpose="x", hold_id=entry.hold_id, holders=held_for(rival)
        )
    assert refused.value.code == "slot_taken"


@pytest.mark.parametrize("end", ["decline", "run out", "leave"])
def test_an_offer_that_is_not_taken_goes_to_the_next_and_never_back(full: Full, end: str) -> None:
    one, other = make_actor(), make_actor()
    first, second = join(full, one), join(full, other)
    free_it(full)
    if end == "decline":
        decline_offer(one, first)
    elif end == "leave":
        leave_line(one, first)
    else:
        run_out(first)
        serve_lines_task()
    relay()
    session.expire_all()
    assert second.state is WaitingState.OFFERED
    assert second.offered == full.booking.period
    assert first.state is (WaitingState.LEFT if end == "leave" else WaitingState.WAITING)
    decline_offer(other, second)
    relay()
    session.expire_all()
    assert first.state is not WaitingState.OFFERED, "the same slot is not offered twice"


def test_serving_twice_offers_once(full: Full) -> None:
    join(full)
    join(full)
    free_it(full)
    assert (serve_line(full.instrument.id), serve_line(full.instrument.id)) == (0, 0)
    held = select(func.count()).where(Occupation.kind == OccupationKind.HOLD, Occupation.active)
    assert session.scalar(held) == 1


def test_somebody_whom_it_does_not_suit_is_passed_over(full: Full) -> None:
    too_long, wrong_day = join(full, minutes=180), join(full, weekdays=(day(MIDDLE + 1).weekday(),))
    wrong_hours, other_days = join(full, from_minute=12 * 60), join(full, first=day(MIDDLE + 1))
    right = join(full, weekdays=(day(MIDDLE).weekday(),), from_minute=8 * 60, until_minute=12 * 60)
    free_it(full)
    assert right.state is WaitingState.OFFERED
    assert {each.state for each in (too_long, wrong_day, wrong_hours, other_days)} == {WaitingState.WAITING}


def test_two_fit_into_one_long_stretch_and_each_gets_a_part(full: Full) -> None:
    first, second = join(full, minutes=60), join(full, minutes=60)
    free_it(full)
    assert first.offered is not None
    assert second.offered is not None
    assert bounds(first.offered)[1] == bounds(second.offered)[0]


def test_a_block_that_goes_is_offered_too(full: Full) -> None:
    entry = join(full)
    block = session.scalars(
        select(Occupation).where(
            Occupation.instrument_id == full.instrument.id, Occupation.kind == OccupationKind.MAINTENANCE
        ).order_by(Occupation.period)
    ).first()  # fmt: skip
    assert block is not None
    remove_maintenance(full.manager, full.instrument, block)
    relay()
    assert entry.offered is not None
    assert bounds(entry.offered)[0] == midnight(FIRST)


def test_an_offer_ends_with_the_notice_of_the_instrument(full: Full) -> None:
    entry, start = join(full), bounds(full.booking.period)[0]
    notice = int((start - now()) / timedelta(minutes=1)) - 180
    session.execute(text("UPDATE booking_rules SET notice = :notice"), {"notice": notice})
    free_it(full)
    assert entry.offered_until == start - timedelta(minutes=notice)


def test_what_leaves_too_little_time_to_decide_is_not_offered(full: Full) -> None:
    entry = join(full)
    session.execute(text("UPDATE booking_rules SET notice = :notice"), {"notice": (MIDDLE + 2) * 24 * 60})
    free_it(full)
    assert entry.state is WaitingState.WAITING


def test_a_booking_of_what_one_waits_for_ends_the_waiting(full: Full) -> None:
    waiting = make_actor()
    entry = join(full, waiting)
    free_it(full)
    decline_offer(waiting, entry)
    make_reservation(waiting, full.instrument.id, full.booking.period, purpose="x")
    relay()
    session.expire_all()
    assert entry.state is WaitingState.BOOKED


def test_a_booking_of_other_days_does_not_end_the_waiting(full: Full) -> None:
    waiting = make_actor()
    entry = join(full, waiting)
    make_reservation(waiting, full.instrument.id, slot(days=LAST + 3), purpose="x")
    relay()
    session.expire_all()
    assert entry.state is WaitingState.WAITING


def test_days_that_have_passed_end_the_waiting_and_are_told(full: Full) -> None:
    entry = join(full)
    session.execute(update(WaitingEntry).values(days=period(now() - timedelta(days=3), now() + timedelta(minutes=60))))
    session.expire_all()
    serve_lines_task()
    relay()
    session.expire_all()
    assert entry.state is WaitingState.OVER
    told = session.scalars(select(Notification).where(Notification.kind == "waiting_over")).one()
    assert told.user_id == entry.booker_id


def test_joining_when_something_is_free_names_it(full: Full) -> None:
    with pytest.raises(Conflict) as refused:
        join(full, last=day(LAST + 1))
    assert refused.value.code == "free_now"
    assert refused.value.details["alternatives"][0]["starts_at"] == midnight(LAST + 1).isoformat()


def test_asking_for_the_same_twice_is_one_place(full: Full) -> None:
    actor = make_actor()
    assert join(full, actor).id == join(full, actor).id


def test_places_are_limited_per_instrument_and_organisation(full: Full) -> None:
    actor = make_actor()
    join(full, actor)
    join(full, actor, minutes=60)
    with pytest.raises(Conflict) as here:
        join(full, actor, minutes=90)
    for _number in range(settings.number("waiting_entries") - 2):
        join(make_full(), actor)
    with pytest.raises(Conflict) as anywhere:
        join(make_full(), actor)
    assert (here.value.code, anywhere.value.code) == ("waiting_limit", "waiting_limit")
    assert str(here.value) != str(anywhere.value)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first": day(-1)}, "first"),
        ({"last": day(FIRST - 1)}, "last"),
        ({"last": day(400)}, "last"),
        ({"minutes": 20}, "minutes"),
        ({"minutes": 45}, "minutes"),
        ({"weekdays": (7,)}, "weekdays"),
        ({"from_minute": 600, "until_minute": 600}, "until"),
        ({"from_minute": 600, "until_minute": 660}, "until"),
        ({"purpose": " "}, "purpose"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_at_its_field(full: Full, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        join(full, **changes)
    assert refused.value.field == field


def test_only_those_who_may_book_join(full: Full) -> None:
    with pytest.raises(Forbidden):
        join(full, make_actor(None, Role.FINANCE))
    draft = make_bookable_instrument(state="draft", published_at=None)
    with pytest.raises(Missing):
        join_line(make_actor(), draft.id, wish())


def test_an_instrument_that_is_withdrawn_offers_nothing(full: Full) -> None:
    entry = join(full)
    full.instrument.state = "withdrawn"  # type: ignore[assignment]
    free_it(full)
    assert entry.state is WaitingState.WAITING


def test_leaving_twice_and_declining_nothing(full: Full) -> None:
    actor = make_actor()
    entry = join(full, actor)
    with pytest.raises(Conflict):
        decline_offer(actor, entry)
    leave_line(actor, entry)
    assert leave_line(actor, entry).state is WaitingState.LEFT


def test_others_cannot_end_a_place(full: Full) -> None:
    entry = join(full)
    with pytest.raises(Missing):
        leave_line(make_actor(), entry)
    with pytest.raises(Forbidden):
        leave_line(full.manager, entry)


def test_the_row_is_seen_by_the_two_parties_alone(full: Full) -> None:
    entry = join(full)
    session.flush()
    for tenant, seen in (
        (entry.payer_id, 1), (entry.provider_id, 1), (make_organisation(OrganisationKind.INSTITUTION).id, 0),
    ):  # fmt: skip
        session.execute(text("SET LOCAL ROLE jishi_app"))
        set_tenant(str(tenant))
        assert len(session.execute(select(WaitingEntry.id)).all()) == seen
        set_tenant("*")
        session.execute(text("RESET ROLE"))
