"""Many transfers for one fee note at once: it is paid once, what is too much is the payer's credit."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.accounts.models import Role
from app.core.db import session, unit_of_work
from app.core.web import App
from app.ledger import chart
from app.ledger.queries import account_balance, verify
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import BankLine, Payment
from tests.accounts.factories import make_operator, make_organisation
from tests.ledger.live import committed_application
from tests.ledger.test_concurrency import race
from tests.settlement.factories import make_institution
from tests.settlement.fee_notes.factories import make_fee_note, make_transfer

pytestmark = pytest.mark.live


@pytest.fixture
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        yield application


@pytest.mark.parametrize("by_memo", [True, False])
def test_eight_transfers_for_one_note_at_once(live: App, by_memo: bool) -> None:
    """Each is of ¥300, the note of ¥1,000: four are taken (the last in part), the others wait in suspense."""
    with unit_of_work():
        desk = make_operator(Role.SETTLEMENT)
        payer = make_organisation()
        note = make_fee_note(make_institution(), payer, 1_000_00)
        note_id, payer_id, memo = note.id, payer.id, note.memo_code if by_memo else ""
        lines = [make_transfer(desk, 300_00, memo).id for _number in range(8)]

    def take(number: int) -> None:
        line = session.get_one(BankLine, lines[number])
        if by_memo:
            match_transfer(desk, line)
        else:
            hold_transfer(desk, line, session.get_one(FeeNote, note_id))

    outcomes = race(live, 8, take)
    assert outcomes["done"] + outcomes["Conflict"] == 8
    note = session.get_one(FeeNote, note_id, populate_existing=True)
    assert (note.state, note.paid_minor) == (FeeNoteState.PAID, 1_000_00)
    assert account_balance(chart.order_hold(note_id)) == 1_000_00
    assert account_balance(chart.buyer_credit(payer_id)) == 200_00
    assert account_balance(chart.BANK_UNMATCHED) == -4 * 300_00
    assert session.scalar(select(func.count()).select_from(Payment)) == 4
    assert verify().ok
