"""Fee notes and the transfers that pay them, for tests."""

from datetime import date
from itertools import count
from typing import Any

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.clock import day_period, today
from app.core.ids import uuid7
from app.core.money import Money
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note, issue_fee_note
from app.settlement.models import Charge, ChargeKind
from app.settlement.payments.models import BankLine
from app.settlement.payments.operations import Transfer, record_transfer
from tests.equipment.factories import SHANGHAI

_serial = count(1)


def make_fee_note(
    provider: Organisation, payer: Organisation, amount: int = 50_000_00, *, actor: Actor = SYSTEM, **values: Any
) -> FeeNote:
    """An open fee note for the fee of one licence."""
    asked: dict[str, Any] = {
        "subject_kind": "test_licences", "subject_id": uuid7(), "subject_number": f"L-2026-{next(_serial):06d}",
        "provider_id": provider.id, "payer_id": payer.id, "description": "一种光学胶的制备方法：许可使用费",
        "description_en": "Optical adhesive: licence fee", "total": Money(amount), "tax_category": "patent_licence",
        "tax_rate": 6,
    }  # fmt: skip
    return issue_fee_note(actor, **{**asked, **values})


def make_earned(note: FeeNote, kind: ChargeKind = ChargeKind.LICENCE_FEE, used_on: date | None = None) -> Charge:
    """The charge of a note that is earned on a day."""
    day = used_on or today()
    return earn_fee_note(SYSTEM, note, kind=kind, used_on=day, service_period=day_period(day, SHANGHAI))


def make_transfer(desk: Actor, amount: int, memo: str = "", booked_on: date | None = None) -> BankLine:
    """An incoming transfer that waits to be assigned."""
    transfer = Transfer(f"FN{next(_serial)}", booked_on or today(), "晶澜光电", "", Money(amount), memo)
    line, is_new = record_transfer(desk, transfer)
    assert is_new
    return line
