"""Payments of a late fee and runs of its interest at once: whatever comes first, interest is asked for once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Role
from app.core.clock import today
from app.core.db import session, unit_of_work
from app.core.settings import forget_settings
from app.core.web import App
from app.ledger.queries import verify
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.interests.models import LateInterest
from app.settlement.interests.operations import reckon_interest
from app.settlement.models import ChargeKind
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import BankLine
from tests.accounts.factories import make_operator, make_organisation
from tests.ledger.live import committed_application
from tests.ledger.test_concurrency import race
from tests.settlement.factories import make_institution
from tests.settlement.fee_notes.factories import make_earned, make_fee_note, make_transfer

pytestmark = pytest.mark.live


@pytest.fixture
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        yield application


def test_transfers_and_interest_runs_at_once(live: App) -> None:
    """Four transfers make the note whole while four runs look at it; then two more runs race."""
    forget_settings()  # of the test before
    with unit_of_work():
        desk = make_operator(Role.SETTLEMENT)
        note = make_fee_note(
            make_institution(), make_organisation(), 36_500_00, due_on=today() - timedelta(days=11), bears_interest=True
        )
        make_earned(note, ChargeKind.ROYALTY)
        note_id, late = note.id, today() - timedelta(days=1)
        lines = [make_transfer(desk, 9_125_00, "", late).id for _number in range(4)]

    def act(number: int) -> None:
        if number % 2:
            reckon_interest(session.get_one(FeeNote, note_id))
        else:
            hold_transfer(desk, session.get_one(BankLine, lines[number // 2]), session.get_one(FeeNote, note_id))

    def run(_number: int) -> None:
        reckon_interest(session.get_one(FeeNote, note_id))

    assert race(live, 8, act)["done"] == 8
    assert race(live, 2, run)["done"] == 2
    (reckoning,) = session.scalars(select(LateInterest))
    assert reckoning.amount_minor == 30_00  # ten days at 3 %, the table as it comes
    note = session.get_one(FeeNote, note_id, populate_existing=True)
    assert note.state is FeeNoteState.PAID
    assert verify().ok
