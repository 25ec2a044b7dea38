"""Transfers that the bank dates before a notice was void, though we matched them later (专利法 art. 51)."""

from datetime import date, timedelta

import pytest
import time_machine

from app.accounts.models import SYSTEM
from app.core.db import session
from app.core.errors import Conflict
from app.core.money import Money
from app.ledger.queries import verify
from app.market.licences.clocks import tend_notice
from app.market.licences.models import Licence, LicenceKind, LicenceState, Review
from app.market.licences.operations import void_notice
from app.market.licences.words import Reason
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import LegalStatus
from app.settlement.fee_notes.models import FeeNoteState
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.models import BankLine
from app.settlement.payments.operations import Transfer, record_transfer
from tests.market.factories import make_open_licence
from tests.market.licences.world import at, heard, make_taker, note_of, noticed, pay, withdraw

DAY = date(2027, 9, 3)
VOID_ON = DAY + timedelta(days=30)
LATER = VOID_ON + timedelta(days=4)


def voided(declaration: OpenLicence) -> Licence:
    """A notice of DAY that nobody seems to have paid; it is LATER now."""
    with time_machine.travel(at(DAY), tick=False):
        licence = noticed(declaration)
    with time_machine.travel(at(VOID_ON), tick=False):
        assert tend_notice(licence.id)
        heard()
    assert (licence.state, note_of(licence).state) == (LicenceState.VOID, FeeNoteState.VOID)
    return licence


def transfer(licence: Licence, value_on: date, amount: int | None = None) -> BankLine:
    """What a bank file brings now."""
    note = note_of(licence)
    sum_ = Money(note.total_minor if amount is None else amount)
    line, _new = record_transfer(
        SYSTEM, Transfer(f"R{note.number}{value_on}", value_on, "晶澜光电", "3317", sum_, note.memo_code)
    )
    return line


def refused(licence: Licence, line: BankLine) -> bool:
    """Neither the memo nor a person makes a licence of it."""
    assert match_transfer(SYSTEM, line) is None
    with pytest.raises(Conflict, match="not open"):
        hold_transfer(SYSTEM, line, note_of(licence))
    heard()
    return (licence.state, note_of(licence).state) == (LicenceState.VOID, FeeNoteState.VOID)


@pytest.mark.parametrize("by_memo", [True, False])
def test_article_51_paid_before_the_notice_was_void_makes_the_licence_whenever_it_is_matched(*, by_memo: bool) -> None:
    """专利法 art. 51: the later of notice and cleared payment, by the bank's value date; our thirty days are no law."""
    licence = voided(make_open_licence())
    value_on = VOID_ON - timedelta(days=1)
    with time_machine.travel(at(LATER), tick=False):
        line = transfer(licence, value_on)
        paid = match_transfer(SYSTEM, line) if by_memo else hold_transfer(SYSTEM, line, note_of(licence))
        assert paid is not None
        heard()
        assert (licence.state, licence.effective_on, licence.paid_on) == (LicenceState.EFFECTIVE, value_on, value_on)
        assert (licence.number is not None, licence.ended_on, licence.end_reason) == (True, None, "")
        assert (note_of(licence).state, note_of(licence).value_on) == (FeeNoteState.PAID, value_on)
        assert not tend_notice(licence.id)
        assert verify().ok


def test_paid_on_the_day_on_which_it_was_void_is_too_late() -> None:
    licence = voided(make_open_licence())
    with time_machine.travel(at(LATER), tick=False):
        assert refused(licence, transfer(licence, VOID_ON))


def test_part_of_the_fee_revives_nothing() -> None:
    """专利法 art. 51: the announced fee makes the licence, not a part of it."""
    licence = voided(make_open_licence())
    with time_machine.travel(at(LATER), tick=False):
        assert refused(licence, transfer(licence, DAY, 4_999_999))


@pytest.mark.parametrize(("after", "state"), [(1, "effective"), (0, "noticed"), (-1, "void")])
def test_article_50_a_withdrawal_before_the_value_date_leaves_it_void(after: int, state: str) -> None:
    """专利法 art. 50, 51: announced after the value date it touches nothing; on that day the operator decides."""
    declaration = make_open_licence()
    licence = voided(declaration)
    value_on = VOID_ON - timedelta(days=5)
    with time_machine.travel(at(LATER), tick=False):
        withdraw(declaration, value_on + timedelta(days=after))
        line = transfer(licence, value_on)
        assert (match_transfer(SYSTEM, line) is None) == (state == "void")
        heard()
        assert licence.state == state
        assert (licence.review is Review.SAME_DAY) == (after == 0)


def test_a_right_that_has_ended_is_not_licensed_any_more() -> None:
    """专利法 art. 42, 44."""
    declaration = make_open_licence()
    licence = voided(declaration)
    with time_machine.travel(at(LATER), tick=False):
        declaration.patent.legal_status = LegalStatus.LAPSED
        session.flush()
        assert refused(licence, transfer(licence, DAY))


def test_a_notice_that_ended_for_another_reason_stays_void() -> None:
    with time_machine.travel(at(DAY), tick=False):
        licence = noticed(make_open_licence())
        void_notice(licence, Reason.PATENT_ENDED)
        assert refused(licence, transfer(licence, DAY))


def test_a_contract_that_has_lapsed_stays_so() -> None:
    """What both sides have agreed on ends with its own terms; art. 51 speaks of the notice alone."""
    licence = voided(make_open_licence())
    licence.kind, licence.open_licence_id = LicenceKind.ORDINARY, None
    session.flush()
    with time_machine.travel(at(LATER), tick=False):
        assert refused(licence, transfer(licence, DAY))


def test_two_notices_of_one_licensee_are_one_licence() -> None:
    """The notice that was given since counts; the earlier transfer becomes credit."""
    declaration, taker = make_open_licence(), make_taker()
    with time_machine.travel(at(DAY), tick=False):
        first = noticed(declaration, taker)
    with time_machine.travel(at(VOID_ON), tick=False):
        assert tend_notice(first.id)
        second = noticed(declaration, taker)
        pay(note_of(second))
    with time_machine.travel(at(LATER), tick=False):
        assert refused(first, transfer(first, DAY))
    assert second.state is LicenceState.EFFECTIVE
