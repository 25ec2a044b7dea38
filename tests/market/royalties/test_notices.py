"""Who hears of a royalty's period: P8–P10 (flows-market.md §2), once, in the reader's language."""

from datetime import date

import pytest
import time_machine

from app.accounts.models import Actor, Role
from app.core.db import session
from app.market.royalties.models import RoyaltyQuestion
from app.market.royalties.operations import make_due, remind_of_reports
from app.market.royalties.questions import answer, ask
from app.market.royalties.reporting import report_royalty
from app.market.royalties.tasks import late_and_billed
from tests.accounts.factories import make_actor
from tests.market.royalties.conftest import World, at
from tests.market.royalties.test_operations import SOLD
from tests.market.told import heard, mails, told


@pytest.fixture
def told_people(world: World) -> tuple[Actor, Actor]:
    """A transfer officer of the licensor and finance of the licensee, who read English."""
    for person in (world.officer, world.payer):
        assert person.user is not None
        person.user.locale = "en"
    session.flush()
    return world.officer, world.payer


def test_p8_the_licensee_hears_that_a_report_is_due_soon_due_and_late(
    world: World, told_people: tuple[Actor, Actor], clock: time_machine.Traveller
) -> None:
    officer, payer = told_people
    booker = make_actor(world.maker, Role.BOOKER)
    number = f"{world.licence.number}-01"
    make_due()
    heard()
    (line,) = told(payer, "royalty")
    assert line.startswith(f"Royalty report {number} due")
    at(clock, date(2027, 2, 9))
    assert remind_of_reports() == 1
    heard()
    assert len(told(payer, "royalty_due")) == 2
    at(clock, date(2027, 2, 20))
    assert late_and_billed() == 1
    heard()
    late = f"Royalty report {number} is late. No sales? Report zero."
    assert told(payer, "royalty_late") == told(officer, "royalty_late") == [late]
    assert not told(officer, "royalty_due")
    assert told(booker) == told(world.stranger) == []


def test_p9_a_report_is_told_as_a_bill_and_as_income(world: World, told_people: tuple[Actor, Actor]) -> None:
    officer, payer = told_people
    report = report_royalty(world.payer, world.periods[0], SOLD)
    amount = f"¥{report.due_minor / 100:,.2f}"
    heard()
    number = f"{world.licence.number}-01"
    assert told(payer, "royalty_billed") == [f"Royalty {amount}: {number}"]
    assert told(officer, "royalty_reported") == [f"Royalty reported: {amount}, {number}"]
    assert told(officer, "royalty_reported")[0] in [mail.subject for mail in mails(officer)]


def test_p10_a_question_goes_to_the_licensee_and_its_answer_back(
    world: World, told_people: tuple[Actor, Actor]
) -> None:
    officer, payer = told_people
    report_royalty(world.payer, world.periods[0], SOLD)
    identity = ask(world.officer, world.periods[0], "Where are the sales in Songjiang?").id
    heard()
    (line,) = told(payer, "royalty_questioned")
    assert line.startswith(f"{world.licence.number}-01 questioned: answer by")
    assert "Where are the sales in Songjiang?" in mails(payer)[-1].body
    answer(world.payer, session.get_one(RoyaltyQuestion, identity), "There were none.")
    heard()
    assert told(officer, "royalty_answered") == [f"Question about {world.licence.number}-01 answered"]
    assert "There were none." in mails(officer)[-1].body
