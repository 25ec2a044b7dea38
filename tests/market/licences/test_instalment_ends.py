"""Instalments around the end of a licence: owed when due before it, never with it or after it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from app.core.db import session
from app.market.licences.clocks import end_by_time
from app.market.licences.instalments import tend_instalment
from app.market.licences.models import Licence
from app.market.licences.operations import end_licence
from app.market.licences.queries import instalments_of
from app.market.open_licences.models import PriceForm
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.world import heard, note_of, noticed, pay

PARTS = [{"months": months, "minor": amount} for months, amount in ((0, 100), (6, 200), (12, 300), (14, 900))]


def taken(clock: time_machine.Traveller) -> Licence:
    """Fourteen months from 31 January 2041, with a last instalment on the day of its end."""
    clock.move_to(datetime(2041, 1, 31, 4, tzinfo=UTC))
    patent = make_patent(expires_on=date(2060, 1, 1), annuity_paid_through=20)
    opened = make_open_licence(
        patent, price_form=PriceForm.INSTALMENTS, instalments=PARTS, term_months=14, announced_on=date(2041, 1, 2)
    )
    licence = noticed(opened)
    pay(note_of(licence))
    session.refresh(licence)
    return licence


@pytest.fixture
def clock(transaction: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2041, 1, 1, tzinfo=UTC), tick=False) as moved:
        yield moved


def test_what_would_be_due_with_the_end_is_never_asked_for(clock: time_machine.Traveller) -> None:
    licence = taken(clock)
    assert licence.ends_on == date(2042, 3, 31)
    assert [part.due_on for part in instalments_of(licence.id)] == [date(2041, 7, 31), date(2042, 1, 31)]


def test_what_was_due_before_the_end_is_owed_though_nobody_was_at_work(clock: time_machine.Traveller) -> None:
    """The nights in between were missed: the end comes first, and takes nothing away."""
    licence = taken(clock)
    first, second = instalments_of(licence.id)
    clock.move_to(datetime(2041, 7, 31, 4, tzinfo=UTC))
    assert tend_instalment(first.id)
    clock.move_to(datetime(2042, 4, 2, 4, tzinfo=UTC))
    assert end_by_time(licence.id)
    heard()
    session.refresh(second)
    note = session.scalars(select(FeeNote).where(FeeNote.subject_id == second.id)).one()
    assert (second.is_closed, note.total_minor, note.charge_id is not None) == (True, 300, True)
    assert not tend_instalment(second.id)


def test_a_part_paid_on_an_instalment_that_is_not_owed_any_more_goes_back(clock: time_machine.Traveller) -> None:
    """The patent ends between the payment and the due day: what is paid in full is earned, a part of it is not."""
    licence = taken(clock)
    first, _second = instalments_of(licence.id)
    clock.move_to(datetime(2041, 7, 25, 4, tzinfo=UTC))
    assert tend_instalment(first.id)
    assert first.fee_note_id is not None
    note = session.get_one(FeeNote, first.fee_note_id)
    pay(note, amount=150)
    end_licence(licence, date(2041, 7, 31), "lapsed")
    session.refresh(note)
    assert (note.state, note.refund_minor, note.charge_id) == (FeeNoteState.REFUNDED, 150, None)
    assert [part.is_closed for part in instalments_of(licence.id)] == [True, True]
