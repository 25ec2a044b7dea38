"""Charges, closed months and payments for tests."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.accounts.models import SYSTEM, Actor, Organisation, OrganisationKind
from app.core.clock import period
from app.core.ids import uuid7
from app.core.money import Money, tax_inside
from app.core.settings import forget_settings
from app.settlement.models import Charge, ChargeKind
from app.settlement.operations import draft_charge, finalise_charge
from app.settlement.settings import settings
from tests.accounts.factories import make_organisation

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)

_serial = itertools.count(1)


def make_institution(name: str = "北松大学", **overrides: Any) -> Organisation:
    """A verified institution with a bank account."""
    bank = {"bank_name": "工商银行北松支行", "bank_account": "6222000011113317", "bank_account_name": name}
    return make_organisation(OrganisationKind.INSTITUTION, name=name, **{**bank, **overrides})


def make_charge(
    provider: Organisation | UUID,
    payer: Organisation | UUID,
    amount: int = 100_00,
    *,
    used_on: date = date(2026, 10, 8),
    hours: int = 2,
    actor: Actor = SYSTEM,
    **overrides: Any,
) -> Charge:
    """A provisional charge of a use that ended at noon (UTC) of a day."""
    number = next(_serial)
    ends_at = datetime.combine(used_on, time(4), UTC)
    values: dict[str, Any] = {
        "subject_kind": "use",
        "subject_id": uuid7(),
        "subject_number": f"R-{number:06d}",
        "provider_id": provider if isinstance(provider, UUID) else provider.id,
        "payer_id": payer if isinstance(payer, UUID) else payer.id,
        "description": "四极杆-轨道阱液质联用仪",
        "description_en": "Orbitrap LC-MS",
        "service_period": period(ends_at - timedelta(hours=hours), ends_at),
        "used_on": used_on,
        "payer_class": "enterprise",
        "lines": [
            {"kind": "time", "quantity": str(hours), "unit": "h", "unit_price": amount // hours, "amount": amount}
        ],
        "total": Money(amount),
        "tax_minor": tax_inside(amount, Decimal(6)),
        "tax_category": "service",
        "tax_rate": Decimal(6),
        "minutes": hours * 60,
        "kind": ChargeKind.USE,
    }
    return draft_charge(actor, **{**values, **overrides})


def make_final_charge(*args: Any, **kwargs: Any) -> Charge:
    """A charge that is final and posted."""
    return finalise_charge(SYSTEM, make_charge(*args, **kwargs))


def set_commission(basis_points: int) -> None:
    """Let new charges carry a commission."""
    settings.change(SYSTEM, "commission_basis_points", basis_points)
    forget_settings()
