"""Many fee notes that are earned at once, in a few statements: what the timer bills over night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Actor, Organisation
from app.core.audit import AuditEntry, audit_row
from app.core.clock import Period, now, today
from app.core.db import insert_rows, session
from app.core.ids import readable_code, uuid7
from app.core.money import CURRENCY, tax_inside
from app.core.policy import ensure
from app.ledger.operations import lock_books, post_many
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import charge_posting, commission_of, paper_number, take_numbers
from app.settlement.policy import settler
from app.settlement.settings import settings


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to be paid for; `total_minor` is above zero and holds the VAT."""

    subject_id: UUID
    subject_number: str
    provider_id: UUID
    payer_id: UUID
    description: str
    description_en: str
    total_minor: int
    service_period: Period
    due_on: date


def issue_earned(
    actor: Actor,
    asks: Sequence[Ask],
    *,
    subject_kind: str,
    kind: ChargeKind,
    tax_category: str,
    tax_rate: int,
    bears_interest: bool = False,
) -> list[UUID]:
    """What `issue_fee_note` and `earn_fee_note` do, for many at once; returns the notes' ids in the same order.

    The subjects have no note yet (the database refuses a second one). For the system and the platform's settlers.
    """
    ensure(actor, settler, None)
    if not asks:
        return []
    lock_books()
    charges = [_charge(ask, subject_kind, kind, tax_category, tax_rate) for ask in asks]
    posted = post_many(actor, [charge_posting(SimpleNamespace(**charge)) for charge in charges])
    for charge, transaction_id in zip(charges, posted, strict=True):
        charge["ledger_transaction_id"] = transaction_id
    insert_rows(Charge, charges)
    notes = [{**note, "bears_interest": bears_interest} for note in _notes(actor, asks, charges)]
    insert_rows(FeeNote, notes)
    entries = []
    for charge, note in zip(charges, notes, strict=True):
        amount = {"amount": [None, note["total_minor"]]}
        entries += [
            audit_row(actor, "fee_note.issue", FeeNote(id=note["id"]), amount),
            audit_row(actor, "charge.finalise", Charge(id=charge["id"]), amount),
        ]
    insert_rows(AuditEntry, entries)
    return [note["id"] for note in notes]


def _charge(ask: Ask, subject_kind: str, kind: ChargeKind, tax_category: str, tax_rate: int) -> dict[str, Any]:
    points, percent = settings.number("commission_basis_points"), settings.number("commission_tax_percent")
    commission, commission_tax = commission_of(ask.total_minor, points, percent)
    line = {"kind": kind.value, "quantity": 1, "unit": "", "unit_price": ask.total_minor, "amount": ask.total_minor}
    return {
        "id": uuid7(), "subject_kind": subject_kind, "subject_id": ask.subject_id, "kind": kind, "revision": 1,
        "subject_number": ask.subject_number, "state": ChargeState.FINAL, "provider_id": ask.provider_id,
        "payer_id": ask.payer_id, "payer_class": "", "description": ask.description, "used_on": today(),
        "description_en": ask.description_en, "service_period": ask.service_period, "minutes": 0, "lines": [line],
        "total_minor": ask.total_minor, "currency": CURRENCY, "tax_category": tax_category,
        "tax_minor": tax_inside(ask.total_minor, Decimal(tax_rate)), "tax_rate": Decimal(tax_rate),
        "commission_minor": commission, "commission_tax_minor": commission_tax, "commission_basis_points": points,
        "commission_tax_percent": percent, "finalised_at": now(),
    }  # fmt: skip


def _notes(actor: Actor, asks: Sequence[Ask], charges: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    year = today().year
    first = take_numbers("fee_note", year, len(asks))
    payers = {
        row.id: {"name": row.name, "name_en": row.name_en, "code": row.code}
        for row in session.execute(
            select(Organisation.id, Organisation.name, Organisation.name_en, Organisation.code).where(
                Organisation.id.in_({ask.payer_id for ask in asks})
            )
        )
    }
    bank = {name: settings[name] for name in ("bank_name", "bank_account", "bank_account_name")}
    return [
        {
            "id": uuid7(), "number": paper_number("F", year, first + place), "memo_code": readable_code(8),
            "subject_kind": charge["subject_kind"], "subject_id": ask.subject_id, "due_on": ask.due_on,
            "subject_number": ask.subject_number, "provider_id": ask.provider_id, "payer_id": ask.payer_id,
            "description": ask.description, "description_en": ask.description_en, "bank": bank,
            "total_minor": ask.total_minor, "tax_minor": charge["tax_minor"], "charge_id": charge["id"],
            "tax_category": charge["tax_category"], "tax_rate": int(charge["tax_rate"]), "currency": CURRENCY,
            "state": FeeNoteState.OPEN, "party": payers[ask.payer_id], "issued_by_id": actor.user_id,
            "issued_at": now(),
        }
        for place, (ask, charge) in enumerate(zip(asks, charges, strict=True))
    ]  # fmt: skip
