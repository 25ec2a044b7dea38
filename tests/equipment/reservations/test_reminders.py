"""Requests come in one mail and again before they run out; tomorrow's bookings are told the day before."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import delete, select, update

from app.accounts.events import SignUpBegun
from app.accounts.models import SYSTEM, Actor, OrganisationKind, Role
from app.core.clock import bounds, now
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import emit, relay
from app.core.ids import uuid7
from app.core.settings import forget_settings
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.holds import extend_for_sign_up, hold_slot
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import approve_reservation, cancel_reservation, withdraw_reservation
from app.equipment.reservations.reminders import remind_of_requests, tell_of_tomorrow
from app.equipment.schedule.models import Occupation
from app.equipment.settings import settings
from app.notifications.digests import compose_digests
from app.notifications.models import Mail, Notification
from app.notifications.operations import mark_all_read
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot

SHANGHAI = ZoneInfo("Asia/Shanghai")
# Tuesday, 10:00 in Shanghai.
TUESDAY = datetime(2026, 12, 1, 2, tzinfo=UTC)


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


@pytest.fixture
def instrument(manager: Actor) -> Instrument:
    assert manager.organisation is not None
    return make_bookable_instrument(manager.organisation, rules={"needs_approval": True})


def ask(instrument: Instrument, customer: Actor | None = None, **when: int) -> Reservation:
    """A request made now, announced and told."""
    made = make_reservation(customer or make_actor(), instrument.id, slot(**when), purpose="Residual stress")
    relay()
    return made


def at(hours: float) -> time_machine.travel:
    """So many hours after Tuesday morning."""
    return time_machine.travel(TUESDAY + timedelta(hours=hours), tick=False)


def mails_to(person: Actor) -> Sequence[str]:
    assert person.user is not None
    return list(session.scalars(select(Mail.subject).where(Mail.recipient == person.user.email).order_by(Mail.id)))


def told(kind: str) -> Counter[object]:
    return Counter(session.scalars(select(Notification.user_id).where(Notification.kind == kind)))


def test_requests_make_one_mail_at_the_next_hour_and_are_in_the_application_at_once(
    manager: Actor, instrument: Instrument
) -> None:
    with at(0):
        first, *_others = (ask(instrument, days=4 + number) for number in range(3))
        assert told("reservation_requested") == {manager.user_id: 3}
        assert mails_to(manager) == []
    with at(4):
        assert compose_digests() == 1
        assert compose_digests() == 0
    (subject,) = mails_to(manager)
    assert subject.startswith("3条申请待审，最早")
    body = session.scalars(select(Mail.body).where(Mail.key.startswith("digest:reservation_requested"))).one()
    assert first.number in body
    assert body.count("Residual stress") == 3


def test_what_was_answered_or_read_is_not_mailed(manager: Actor, instrument: Instrument) -> None:
    with at(0):
        approve_reservation(manager, ask(instrument, days=4))
        cancel_reservation(actor_of(gone := ask(instrument, days=5)), gone)
    with at(4):
        assert compose_digests() == 0
        ask(instrument, days=6)
        mark_all_read(manager)
    with at(24):
        assert compose_digests() == 0
    assert mails_to(manager) == []


def actor_of(reservation: Reservation) -> Actor:
    return Actor(reservation.booker, reservation.payer, frozenset({Role.OWNER}))


def test_what_starts_soon_is_mailed_at_once_and_not_again(manager: Actor, instrument: Instrument) -> None:
    with at(0):
        ask(instrument, days=1, hour=9)
        assert len(mails_to(manager)) == 1
    with at(4):
        assert compose_digests() == 0


def test_a_request_comes_again_at_half_its_time_and_the_owner_hears_at_three_quarters(
    manager: Actor, instrument: Instrument
) -> None:
    owner = make_actor(manager.organisation, Role.OWNER)
    with at(0):
        request = ask(instrument, days=9)
    assert request.answer_due_at == TUESDAY + timedelta(days=2)
    with at(23):
        assert remind_of_requests() == 0
    with at(24):
        assert remind_of_requests() == 1
        assert remind_of_requests() == 0
        assert told("reservation_request_waits") == {manager.user_id: 1, owner.user_id: 1}
    with at(28):
        compose_digests()
        assert len(mails_to(manager)) == 1
    with at(36):
        assert remind_of_requests() == 1
        assert remind_of_requests() == 0
    assert told("reservation_request_waits") == {manager.user_id: 1, owner.user_id: 2}
    assert len(mails_to(owner)) == 2
    with at(37):
        approve_reservation(manager, request)
        assert remind_of_requests() == 0


def test_a_weekend_does_not_count_among_the_days_to_answer(instrument: Instrument) -> None:
    friday = TUESDAY + timedelta(days=3)
    with time_machine.travel(friday, tick=False):
        assert ask(instrument, days=9).answer_due_at == friday + timedelta(days=4)


def test_bookings_of_tomorrow_are_one_mail_to_each_side_about_what_still_stands(manager: Actor) -> None:
    assert manager.organisation is not None
    technician = make_actor(manager.organisation, Role.TECHNICIAN)
    customer, other = make_actor(), make_actor()
    instrument = make_bookable_instrument(manager.organisation)
    with at(0):
        kept, _other = (ask(instrument, customer, days=1, hour=hour) for hour in (9, 12))
        dropped = ask(instrument, other, days=1, hour=15)
        ask(instrument, customer, days=2)
        session.execute(delete(Mail))
        assert tell_of_tomorrow() == 0
    with at(6):
        assert tell_of_tomorrow() == tell_of_tomorrow() == 3
        assert told("bookings_tomorrow") == {one.user_id: 1 for one in (technician, customer, other)}
        cancel_reservation(other, dropped)
    with at(7):
        compose_digests()
    assert (mails_to(customer), mails_to(technician)) == (["明日预约2个"], ["明日预约2个"])
    assert (mails_to(other), mails_to(manager)) == ([], [])
    body = session.scalars(select(Mail.body).where(Mail.key.startswith("digest:bookings_tomorrow")).limit(1)).one()
    assert kept.number in body


def test_one_who_books_in_the_evening_hears_nothing_of_it_a_day_late(manager: Actor) -> None:
    customer = make_actor()
    instrument = make_bookable_instrument(manager.organisation)
    with at(8):
        ask(instrument, customer, days=1)
        assert tell_of_tomorrow() == 0
    with at(24 + 7):
        assert compose_digests() == 0


def test_a_browser_holds_one_slot_at_a_time_wherever_it_is() -> None:
    """flows.md §2 ⚙: holds, one per browser."""
    customer, first, second = make_actor(), make_bookable_instrument(), make_bookable_instrument()
    earlier = hold_slot(customer, first.id, slot(), holder="one")
    kept = hold_slot(customer, first.id, slot(days=4), holder="another")
    later = hold_slot(customer, second.id, slot(), holder="one")
    session.expire_all()
    assert [each.active for each in (earlier, kept, later)] == [False, True, True]


def test_visitors_hold_as_many_slots_of_an_instrument_as_is_set() -> None:
    instrument = make_bookable_instrument()
    for number in range(2):
        hold_slot(Actor(), instrument.id, slot(days=3 + number), holder=f"browser{number}")
    with pytest.raises(Conflict) as refused:
        hold_slot(Actor(), instrument.id, slot(days=6), holder="third")
    assert refused.value.code == "held"
    settings.change(SYSTEM, "anonymous_holds", 3)
    forget_settings()
    assert hold_slot(Actor(), instrument.id, slot(days=6), holder="third").active


def test_a_hold_lasts_longer_once_when_an_account_is_opened_for_it(client: FlaskClient) -> None:
    instrument = make_bookable_instrument()
    begin, end = (edge.astimezone(SHANGHAI) for edge in bounds(slot()))
    wish = {"date": f"{begin:%Y-%m-%d}", "from": f"{begin:%H:%M}", "to": f"{end:%H:%M}"}
    sign_up = client.post(f"/instruments/{instrument.id}/hold", data=wish).headers["Location"]
    hold = session.scalars(select(Occupation).where(Occupation.instrument_id == instrument.id)).one()
    assert 9 < minutes_left(hold) <= 10
    who = {"email": "new@corp.example", "name": "新人", "password": "a long way to the river"}
    assert client.post(sign_up, data=who).status_code == 302
    relay()
    assert 24 < minutes_left(hold) <= 25
    settings.change(SYSTEM, "hold_signup_minutes", 12)
    forget_settings()
    emit(SignUpBegun(uuid7(), f"/holds/{hold.id}"))
    relay()
    assert 24 < minutes_left(hold) <= 25
    session.execute(update(Occupation).values(expires_at=now() - timedelta(seconds=1)))
    settings.change(SYSTEM, "hold_signup_minutes", 60)
    forget_settings()
    assert not extend_for_sign_up(hold.id), "what is over stays over"


def minutes_left(hold: Occupation) -> float:
    session.refresh(hold)
    assert hold.expires_at is not None
    return (hold.expires_at - now()) / timedelta(minutes=1)


def test_who_loses_a_booking_reads_which_times_are_free_instead(manager: Actor) -> None:
    """flows.md W24."""
    instrument = make_bookable_instrument(manager.organisation, rules={"granularity": 60, "shortest": 60})
    with at(0):
        taken = ask(instrument, days=3, hour=8, minutes=60)
        lost = ask(instrument, days=3, hour=9, minutes=60)
        withdraw_reservation(manager, lost, "Detector broken.")
        relay()
    body = session.scalars(select(Mail.body).where(Mail.key.startswith(f"reservation_withdrawn:{lost.id}"))).one()
    offered = next(line for line in body.splitlines() if line.startswith("最近空档"))
    assert "10:00–11:00" in offered
    assert "11:00–12:00" in offered
    assert "09:00–10:00" not in offered
    assert taken.number not in body
