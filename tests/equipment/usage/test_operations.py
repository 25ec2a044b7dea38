"""Start, finish, correct, accept: what is recorded, what it costs, what goes to review."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import Role
from app.core.clock import now
from app.core.db import savepoint, session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import ReservationState
from app.equipment.reservations.operations import mark_no_shows
from app.equipment.schedule.models import Occupation
from app.equipment.tariffs.operations import draft_tariff, publish_tariff
from app.equipment.tariffs.terms import Terms
from app.equipment.usage.models import SECOND_PRESS, Use, UseReport, UseState
from app.equipment.usage.operations import (
    accept_silent_uses,
    accept_use,
    correct_use,
    finish_use,
    review_forgotten_uses,
    start_use,
)
from app.settlement.models import Charge, ChargeState
from tests.accounts.factories import make_actor
from tests.equipment.factories import TERMS, slot
from tests.equipment.usage.factories import make_case, make_recorded, make_started


def charge_of(use: Use) -> Charge:
    return session.get_one(Charge, use.charge_id)


def test_real_use_is_charged_by_the_hours_rounded_up_to_the_step() -> None:
    _case, use = make_recorded(minutes=121)
    assert use.used_minutes == 121
    assert charge_of(use).total_minor == 20_000 + 50_000 + 60_000  # 2.5 hours
    assert charge_of(use).state is ChargeState.PROVISIONAL
    assert use.state is UseState.TO_CONFIRM


def test_the_lines_of_a_charge_add_up_to_its_total() -> None:
    _case, use = make_recorded(minutes=121, consumables={"vial": 6})
    charge = charge_of(use)
    assert sum(line["amount"] for line in charge.lines) == charge.total_minor == 136_000


def test_the_price_is_that_of_the_booking_even_after_a_new_tariff() -> None:
    case = make_case()
    owner = make_actor(case.manager.organisation, Role.OWNER)
    dearer = {
        **TERMS,
        "classes": {**TERMS["classes"], "enterprise": {"tiers": [{"upto_minutes": None, "per_hour": 999_900}]}},
    }
    draft = draft_tariff(owner, case.instrument, Terms.from_json(dearer))
    publish_tariff(owner, case.instrument, draft)
    assert draft.valid.lower is not None
    assert draft.valid.lower > date(2020, 1, 1)
    _case, use = make_recorded(case, minutes=120)
    assert charge_of(use).total_minor == case.reservation.estimate_minor == 110_000


def test_what_is_not_on_the_price_list_is_refused() -> None:
    case, use = make_started()
    with case.at(60), pytest.raises(Invalid, match="price list"), savepoint():
        finish_use(case.technician, case.reservation, consumables={"gold": 1})
    assert use.state is UseState.RUNNING


def test_own_use_is_accepted_at_once() -> None:
    case = make_case()
    own = make_reservation(case.manager, case.instrument.id, slot(hour=15), purpose="x")
    with time_machine.travel(own.starts_at, tick=False):
        start_use(case.technician, own)
    with time_machine.travel(own.ends_at, tick=False):
        assert finish_use(case.technician, own).state is UseState.ACCEPTED


def test_a_booking_can_be_started_a_quarter_of_an_hour_early_but_not_sooner() -> None:
    case = make_case()
    with case.at(-16), pytest.raises(Conflict, match="Too early"):
        start_use(case.technician, case.reservation)
    with case.at(-15):
        assert start_use(case.technician, case.reservation).started_at == now()


def test_strangers_do_not_know_of_it_and_customers_may_not_start_it() -> None:
    case = make_case()
    with case.at(0):
        with pytest.raises(Missing):
            start_use(make_actor(), case.reservation)
        with pytest.raises(Forbidden):
            start_use(case.customer, case.reservation)


def test_one_instrument_runs_one_use() -> None:
    case, _use = make_started()
    other = make_reservation(make_actor(), case.instrument.id, slot(hour=11), purpose="x")
    with case.at(110), pytest.raises(Conflict, match="already in use"):
        start_use(case.technician, other)


def test_the_next_start_sends_an_overrun_to_review() -> None:
    case, use = make_started()
    other = make_reservation(make_actor(), case.instrument.id, slot(hour=11), purpose="x")
    with case.at(125):
        assert start_use(case.technician, other).state is UseState.RUNNING
    assert (use.state, use.review_reason, use.charge_id) == (UseState.REVIEW, "overrun", None)


def test_a_technician_sets_the_end_and_a_manager_both_ends() -> None:
    case, _use = make_started()
    with case.at(130):
        ends = case.starts_at + timedelta(minutes=120)
        with pytest.raises(Forbidden, match="manager"):
            finish_use(case.technician, case.reservation, started_at=case.starts_at + timedelta(minutes=10))
        assert finish_use(case.technician, case.reservation, ended_at=ends).used_minutes == 120


def test_a_forgotten_use_goes_to_review_and_is_never_billed_unseen() -> None:
    case, use = make_started()
    with case.at(120 + 12 * 60 - 1):
        assert review_forgotten_uses() == 0
    with case.at(120 + 12 * 60 + 1):
        assert review_forgotten_uses() == 1
        assert use.charge_id is None
        assert case.reservation.state is ReservationState.FINISHED
        correct_use(
            case.manager,
            use,
            started_at=use.started_at,
            ended_at=case.reservation.ends_at,
            consumables={},
            reason="按预约",
        )
    assert use.state is UseState.TO_CONFIRM
    assert charge_of(use).total_minor == 110_000


def test_a_corrected_use_has_one_live_charge() -> None:
    case, use = make_recorded(minutes=180)
    before = charge_of(use)
    with case.at(200):
        correct_use(
            case.manager,
            use,
            started_at=use.started_at,
            ended_at=case.reservation.ends_at,
            consumables={},
            reason="漏按",
        )
    assert before.state is ChargeState.SUPERSEDED
    assert (charge_of(use).revision, charge_of(use).total_minor) == (2, 110_000)


def test_a_technician_corrects_only_what_was_recorded_today_by_the_same_hand() -> None:
    case, use = make_recorded(minutes=180)
    how = {"started_at": use.started_at, "ended_at": case.reservation.ends_at, "consumables": {}, "reason": "漏按"}
    colleague = make_actor(case.manager.organisation, Role.TECHNICIAN)
    with case.at(200):
        with pytest.raises(Forbidden):
            correct_use(colleague, use, **how)  # type: ignore[arg-type]
        correct_use(case.technician, use, **how)  # type: ignore[arg-type]
    with case.at(60 * 24), pytest.raises(Forbidden):
        correct_use(case.technician, use, **how)  # type: ignore[arg-type]


def test_silence_accepts_after_five_working_days() -> None:
    case, use = make_recorded()
    assert use.answer_due_at is not None
    with time_machine.travel(use.answer_due_at - timedelta(seconds=1), tick=False):
        assert accept_silent_uses() == 0
    with time_machine.travel(use.answer_due_at, tick=False):
        assert accept_silent_uses() == 1
    assert use.state is UseState.ACCEPTED
    assert charge_of(use).state is ChargeState.FINAL
    assert case.reservation.state is ReservationState.FINISHED


def test_accepting_twice_is_accepting_once() -> None:
    case, use = make_recorded()
    with case.at(130):
        accept_use(case.customer, use)
        accept_use(case.customer, use)
    assert charge_of(use).ledger_transaction_id is not None


def test_a_press_sent_twice_is_one_press() -> None:
    case, use = make_started()
    pressed = case.starts_at + timedelta(minutes=100)
    with case.at(110):
        first = finish_use(case.technician, case.reservation, pressed_at=pressed, device_key="a")
        again = finish_use(case.technician, case.reservation, pressed_at=pressed, device_key="a")
    assert first is again is use
    assert use.used_minutes == 100
    presses = select(UseReport.action).where(UseReport.reservation_id == case.reservation.id)
    assert session.scalars(presses.order_by(UseReport.pressed_at)).all() == ["start", "finish"]


def test_of_two_phones_the_first_wins_and_the_other_is_shown_to_a_manager() -> None:
    case, use = make_started()
    with case.at(130):
        finish_use(case.technician, case.reservation)
    with case.at(140):
        late = case.starts_at + timedelta(minutes=90)
        finish_use(case.manager, case.reservation, pressed_at=late, device_key="other")
    assert (use.used_minutes, use.state, use.review_reason) == (130, UseState.TO_CONFIRM, SECOND_PRESS)
    with case.at(141), pytest.raises(Conflict, match="finished already"):
        finish_use(case.manager, case.reservation)


def test_both_presses_of_a_phone_without_network_make_the_use() -> None:
    case = make_case()
    with case.at(31):
        assert mark_no_shows() == 1
    assert not session.get_one(Occupation, case.reservation.id, populate_existing=True).active
    with case.at(180):
        start_use(case.technician, case.reservation, pressed_at=case.starts_at, device_key="1")
        ended = case.starts_at + timedelta(minutes=110)
        use = finish_use(case.technician, case.reservation, pressed_at=ended, device_key="2")
    assert (use.state, use.used_minutes) == (UseState.TO_CONFIRM, 110)
    assert session.get_one(Occupation, case.reservation.id, populate_existing=True).active
    assert case.reservation.cancellation_fee_minor == 0
    session.commit()


def test_a_late_press_cannot_take_back_time_that_was_given_away() -> None:
    case = make_case()
    with case.at(31):
        mark_no_shows()
    make_reservation(make_actor(), case.instrument.id, slot(hour=10), purpose="x")
    with case.at(180), pytest.raises(Conflict, match="somebody else"):
        start_use(case.technician, case.reservation, pressed_at=case.starts_at, device_key="1")


def test_late_presses_of_the_use_before_do_not_disturb_the_running_one() -> None:
    case = make_case()
    other = make_reservation(make_actor(), case.instrument.id, slot(hour=11), purpose="x")
    with case.at(31):
        mark_no_shows()
    with case.at(120):
        running = start_use(case.technician, other)
    with case.at(150):
        use = start_use(case.technician, case.reservation, pressed_at=case.starts_at, device_key="1")
        assert use.state is UseState.REVIEW
        finish_use(
            case.technician, case.reservation, pressed_at=case.starts_at + timedelta(minutes=115), device_key="2"
        )
    assert (use.state, use.used_minutes) == (UseState.TO_CONFIRM, 115)
    assert running.state is UseState.RUNNING


def test_an_implausible_press_goes_to_review() -> None:
    case, use = make_started(minutes=10)
    with case.at(130):
        finish_use(case.technician, case.reservation, pressed_at=case.starts_at, device_key="1")
    assert (use.state, use.review_reason) == (UseState.REVIEW, "implausible")


def test_a_press_older_than_a_day_goes_to_review() -> None:
    case, use = make_started()
    with case.at(60 * 26):
        pressed = case.starts_at + timedelta(minutes=100)
        finish_use(case.technician, case.reservation, pressed_at=pressed, device_key="1", consumables={"vial": 2})
    assert (use.state, use.consumables) == (UseState.REVIEW, {"vial": 2})


def test_a_clock_that_runs_ahead_is_refused() -> None:
    case, _use = make_started()
    with case.at(60), pytest.raises(Invalid, match="future"):
        finish_use(case.technician, case.reservation, pressed_at=now() + timedelta(minutes=10), device_key="1")


def test_hours_under_objection_are_answered_not_corrected() -> None:
    case, use = make_recorded(minutes=150)
    use.state = UseState.OBJECTED
    session.flush()
    with pytest.raises(Conflict, match="Answer the objection"):
        correct_use(
            case.manager, use, started_at=use.started_at, ended_at=case.reservation.ends_at, consumables={}, reason="x"
        )
