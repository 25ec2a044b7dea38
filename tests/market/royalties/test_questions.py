"""Accepting, asking, answering, inspecting; what waits and what silence does."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine

from app.accounts.models import SYSTEM
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.market.royalties.models import Inspection, PeriodState, RoyaltyQuestion
from app.market.royalties.operations import accept_by_silence
from app.market.royalties.questions import (
    accept_report,
    agree_inspection,
    answer,
    ask,
    close_question,
    record_inspection,
    request_inspection,
    settle_questions,
)
from app.market.royalties.reporting import report_royalty
from app.settlement.fee_notes.models import FeeNote
from tests.market.royalties.conftest import World, at
from tests.market.royalties.test_operations import SOLD, note, sold


@pytest.fixture
def bill(world: World) -> FeeNote:
    """The bill of the first period's report: 15 January, due on 14 February."""
    return note(report_royalty(world.payer, world.periods[0], SOLD))


@pytest.fixture
def question(world: World, bill: FeeNote, clock: time_machine.Traveller) -> RoyaltyQuestion:
    """Asked five days after the report."""
    at(clock, date(2027, 1, 20))
    return ask(world.officer, world.periods[0], "Where are the sales in Songjiang?")


def test_the_licensor_accepts_a_report(world: World, bill: FeeNote) -> None:
    with pytest.raises(Forbidden):
        accept_report(world.payer, world.periods[0])
    with pytest.raises(Missing):
        accept_report(world.stranger, world.periods[0])
    for _twice in range(2):
        assert accept_report(world.officer, world.periods[0]).state is PeriodState.BILLED


def test_silence_accepts_after_fifteen_working_days(world: World, bill: FeeNote, clock: time_machine.Traveller) -> None:
    at(clock, date(2027, 2, 5))
    assert accept_by_silence() == 0
    at(clock, date(2027, 2, 6))
    with pytest.raises(Conflict, match="passed"):
        ask(world.officer, world.periods[0], "Too late?")
    assert (accept_by_silence(), accept_by_silence()) == (1, 0)
    assert world.periods[0].state is PeriodState.BILLED


def test_a_report_is_asked_about_until_its_last_day_and_the_books_may_be_seen_today(
    world: World, bill: FeeNote, clock: time_machine.Traveller
) -> None:
    at(clock, date(2027, 2, 5))
    question = ask(world.officer, world.periods[0], "Where are the sales in Songjiang?", inspect=True)
    agree_inspection(world.payer, question, date(2027, 2, 5))
    record_inspection(world.officer, question, "All there.")
    assert (question.inspection, question.inspection_on) == (Inspection.DONE, date(2027, 2, 5))


def test_while_a_question_is_open_only_this_bill_waits(
    world: World, bill: FeeNote, question: RoyaltyQuestion, clock: time_machine.Traveller
) -> None:
    assert (world.periods[0].state, bill.due_on) == (PeriodState.QUESTIONED, None)
    assert question.answer_due_on == date(2027, 2, 3)  # 10 working days
    with pytest.raises(Conflict, match="Close"):
        accept_report(world.officer, world.periods[0])
    with pytest.raises(Conflict):
        ask(world.officer, world.periods[0], "Again?")
    at(clock, date(2027, 1, 25))
    answer(world.payer, question, "They are in the second line.")
    at(clock, date(2027, 1, 30))
    close_question(world.officer, question)
    assert bill.due_on == date(2027, 2, 24)  # ten days later than without the question
    assert world.periods[0].state is PeriodState.BILLED
    with pytest.raises(Conflict, match="closed"):
        answer(world.payer, question, "And more.")


def test_a_late_answer_gains_no_time(
    world: World, bill: FeeNote, question: RoyaltyQuestion, clock: time_machine.Traveller
) -> None:
    at(clock, date(2027, 2, 3))
    assert settle_questions() == 0
    at(clock, date(2027, 2, 4))
    assert (settle_questions(), settle_questions()) == (1, 0)
    assert bill.due_on == date(2027, 2, 28)  # 14 days of the answer, no more
    assert world.periods[0].state is PeriodState.QUESTIONED
    at(clock, date(2027, 3, 1))
    answer(world.payer, question, "Sorry.")
    close_question(world.officer, question)
    assert bill.due_on == date(2027, 2, 28)


def test_silence_after_the_answer_closes(
    world: World, bill: FeeNote, question: RoyaltyQuestion, clock: time_machine.Traveller
) -> None:
    answer(world.payer, question, "Here.")
    at(clock, date(2027, 2, 10))
    assert settle_questions() == 0
    at(clock, date(2027, 2, 11))
    assert (settle_questions(), settle_questions()) == (1, 0)
    assert (world.periods[0].state, question.closed_by_id) == (PeriodState.BILLED, None)


def test_the_books_are_looked_at_on_the_day_that_the_licensee_names(
    world: World, bill: FeeNote, question: RoyaltyQuestion, clock: time_machine.Traveller
) -> None:
    """查账: asked for, a day agreed, its outcome written down; silence does not close meanwhile."""
    with pytest.raises(Conflict, match="No inspection"):
        agree_inspection(world.payer, question, date(2027, 3, 1))
    request_inspection(world.officer, question)
    answer(world.payer, question, "Come and see.")
    with pytest.raises(Invalid, match="passed"):
        agree_inspection(world.payer, question, date(2027, 1, 19))
    agree_inspection(world.payer, question, date(2027, 3, 1))
    with pytest.raises(Conflict, match="not taken place"):
        record_inspection(world.officer, question, "All there.")
    at(clock, date(2027, 3, 1))
    assert settle_questions() == 0
    with pytest.raises(Invalid):
        record_inspection(world.officer, question, " ")
    record_inspection(world.officer, question, "One shop is missing.")
    assert question.inspection is Inspection.DONE
    report_royalty(world.payer, world.periods[0], sold(600_000_00), reason="one shop was missing")
    assert world.periods[0].state is PeriodState.QUESTIONED  # until the licensor closes
    close_question(world.officer, question)


def test_each_side_does_its_own_part(world: World, bill: FeeNote, question: RoyaltyQuestion) -> None:
    deeds: tuple[Callable[[], object], ...] = (
        lambda: answer(world.officer, question, "x"),
        lambda: close_question(world.payer, question),
        lambda: request_inspection(world.payer, question),
        lambda: ask(world.payer, world.periods[0], "x"),
        lambda: answer(SYSTEM, question, "x"),
    )
    for deed in deeds:
        with pytest.raises((Forbidden, Conflict)):
            deed()
    with pytest.raises(Missing):
        answer(world.stranger, question, "x")
    assert session.get_one(RoyaltyQuestion, question.id).answer == ""


def test_a_question_without_words_is_none(world: World, bill: FeeNote) -> None:
    with pytest.raises(Invalid):
        ask(world.officer, world.periods[0], "  ")
    with pytest.raises(Conflict, match="no report"):
        ask(world.officer, world.periods[1], "Where?")
