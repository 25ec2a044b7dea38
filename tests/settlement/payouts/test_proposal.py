"""The payout day: what was collected until then is proposed for a draft, told once, and made by one click."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor, Role
from app.core.clock import DEFAULT_ZONE
from app.core.db import session
from app.core.money import Money
from app.core.settings import forget_settings
from app.notifications.models import Notification
from app.settlement.papers.notices import tell_of_payout_day
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.payouts.models import PayoutBatch
from app.settlement.payouts.operations import draft_payouts
from app.settlement.payouts.queries import last_payout_day, proposed_payout
from app.settlement.settings import settings
from app.settlement.statements.models import Bill
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_operator, make_organisation, sign_in
from tests.settlement.factories import OCTOBER, make_final_charge, make_institution

REAL = datetime.now(DEFAULT_ZONE).replace(hour=12)  # the database dates what comes in by its own clock
FIRST_OF_NEXT = (REAL.replace(day=1) + timedelta(days=32)).replace(day=1)
PAYOUT_DAY = REAL + timedelta(days=1) if (REAL + timedelta(days=1)).day in range(2, 29) else FIRST_OF_NEXT


@pytest.fixture
def desk() -> Actor:
    """Who settles, after ¥100 of two institutions came in before the payout day; one has no account."""
    settler = make_operator(Role.SETTLEMENT)
    settings.change(SYSTEM, "payout_day", PAYOUT_DAY.day)
    forget_settings()
    with time_machine.travel(datetime(2026, 11, 10, 2, tzinfo=UTC), tick=True):
        payer = make_organisation()
        make_final_charge(make_institution("甲大学"), payer, 100_00)
        make_final_charge(make_institution("乙大学", bank_account=""), payer, 100_00)
        close_month(SYSTEM, OCTOBER)
        bill = session.scalars(select(Bill)).one()
        line, _new = record_transfer(settler, Transfer("T1", date(2026, 11, 9), "x", "", Money(200_00), bill.memo_code))
        match_transfer(settler, line)
    return settler


def test_the_payout_day_is_that_of_this_month_or_the_last() -> None:
    days = [date(2026, 11, 14), date(2026, 11, 15), date(2026, 12, 1), date(2027, 1, 3)]
    assert [last_payout_day(day) for day in days] == [
        date(2026, 10, 15), date(2026, 11, 15), date(2026, 11, 15), date(2026, 12, 15),
    ]  # fmt: skip


def test_what_came_in_after_a_payout_day_waits_for_the_next(desk: Actor) -> None:
    with time_machine.travel(PAYOUT_DAY - timedelta(days=1)):
        assert proposed_payout() is None
        assert tell_of_payout_day() == 0


def test_the_settlement_desk_is_told_once_and_only_of_money_that_can_go_out(desk: Actor) -> None:
    make_operator(Role.VERIFIER)
    with time_machine.travel(PAYOUT_DAY, tick=True):
        assert tell_of_payout_day() == tell_of_payout_day() >= 1
        proposed = proposed_payout()
    assert proposed is not None
    assert (proposed.institutions, proposed.amount_minor) == (1, 100_00)
    told = session.scalars(select(Notification.user_id).where(Notification.kind == "payout_to_draft")).all()
    assert told == [desk.user_id]


def test_one_click_at_the_desk_makes_the_draft(desk: Actor, client: FlaskClient) -> None:
    with time_machine.travel(PAYOUT_DAY, tick=True):
        sign_in(client, desk)
        page = client.get("/desk", headers={"Accept-Language": "en"}).text
        assert "Payout draft waits" in page
        assert 'action="/settlement/payouts/draft"' in page
        assert "Payout day was" in client.get("/settlement/payouts", headers={"Accept-Language": "en"}).text
        client.post("/settlement/payouts/draft")
        assert session.scalars(select(PayoutBatch.total_minor)).all() == [100_00]
        assert "Payout draft waits" not in client.get("/desk", headers={"Accept-Language": "en"}).text


def test_a_draft_that_waits_is_not_proposed_again(desk: Actor) -> None:
    with time_machine.travel(PAYOUT_DAY, tick=True):
        draft_payouts(desk)
        assert proposed_payout() is None
