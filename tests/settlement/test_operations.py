"""Charges from draft to ledger."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.money import Money
from app.ledger.chart import COMMISSION, OUTPUT_VAT, buyer_receivable, seller_uncollected
from app.ledger.models import LedgerTransaction
from app.ledger.queries import account_balance, account_balances, last_number, verify
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.operations import (
    commission_of,
    finalise_charge,
    object_charge,
    replace_charge,
    take_numbers,
    void_charge,
)
from app.settlement.queries import income_by_institution, live_charge
from tests.accounts.factories import make_actor, make_organisation
from tests.settlement.factories import make_charge, make_final_charge, make_institution, set_commission


def correction(charge: Charge, amount: int = 60_00) -> dict[str, Any]:
    return {
        "service_period": charge.service_period, "used_on": charge.used_on, "minutes": 60,
        "lines": [{"kind": "time", "amount": amount}], "total": Money(amount), "tax_minor": 0,
    }  # fmt: skip


def test_a_final_charge_is_owed_by_the_payer_and_earned_by_the_institution() -> None:
    provider, payer = make_institution(), make_organisation()
    charge = make_final_charge(provider, payer, 234_00)
    assert charge.state is ChargeState.FINAL
    transaction = session.get_one(LedgerTransaction, charge.ledger_transaction_id)
    assert transaction.key == f"charge:{charge.id}"
    assert account_balance(buyer_receivable(payer.id)) == 234_00
    assert account_balance(seller_uncollected(provider.id)) == 234_00
    assert verify().ok


def test_the_commission_is_frozen_when_the_charge_is_made() -> None:
    provider, payer = make_institution(), make_organisation()
    set_commission(1000)
    charge = make_charge(provider, payer, 850_00)
    set_commission(0)
    finalise_charge(SYSTEM, charge)
    assert (charge.commission_minor, charge.commission_tax_minor) == (85_00, 4_81)
    balances = account_balances([seller_uncollected(provider.id), COMMISSION, OUTPUT_VAT])
    assert list(balances.values()) == [765_00, 80_19, 4_81]


@pytest.mark.parametrize(
    ("total", "basis_points", "expected"),
    [(100_00, 500, (500, 28)), (1, 500, (0, 0)), (10, 500, (1, 0)), (0, 500, (0, 0)), (100_00, 0, (0, 0))],
)
def test_commission_is_rounded_half_up(total: int, basis_points: int, expected: tuple[int, int]) -> None:
    assert commission_of(total, basis_points, 6) == expected


def test_making_a_charge_final_twice_posts_once() -> None:
    charge = make_final_charge(make_institution(), make_organisation())
    number = last_number()
    assert finalise_charge(SYSTEM, charge) is charge
    assert last_number() == number


def test_a_charge_of_nothing_becomes_final_without_a_ledger_transaction() -> None:
    charge = make_final_charge(make_institution(), make_organisation(), 0)
    assert (charge.state, charge.ledger_transaction_id, last_number()) == (ChargeState.FINAL, None, 0)


def test_a_charge_to_oneself_moves_no_money_and_carries_no_commission() -> None:
    set_commission(500)
    provider = make_institution()
    charge = make_final_charge(provider, provider)
    assert (charge.commission_minor, charge.ledger_transaction_id, last_number()) == (0, None, 0)


def test_a_subject_is_charged_once() -> None:
    charge = make_charge(make_institution(), make_organisation())
    with pytest.raises(Conflict, match="charged already"):
        make_charge(charge.provider_id, charge.payer_id, subject_id=charge.subject_id)
    fee = make_charge(charge.provider_id, charge.payer_id, subject_id=charge.subject_id, kind=ChargeKind.NO_SHOW_FEE)
    assert live_charge("use", charge.subject_id, ChargeKind.NO_SHOW_FEE) is fee


def test_lines_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(Invalid, match="add up"):
        make_charge(make_institution(), make_organisation(), 100_00, total=Money(99_99))


def test_only_yuan_are_charged() -> None:
    with pytest.raises(Invalid, match="yuan"):
        make_charge(make_institution(), make_organisation(), 100_00, total=Money(100_00, "EUR"))


def test_an_objection_stops_a_charge_until_it_is_corrected() -> None:
    provider, payer = make_institution(), make_organisation()
    customer = make_actor(payer)
    charge = make_charge(provider, payer)
    object_charge(customer, charge, "只用了1小时")
    corrected = replace_charge(make_actor(provider), charge, **correction(charge))
    assert (charge.state, corrected.revision) == (ChargeState.SUPERSEDED, 2)
    finalise_charge(customer, corrected)
    assert account_balance(buyer_receivable(charge.payer_id)) == 60_00


def test_the_corrected_charge_keeps_the_commission_rule_of_the_first() -> None:
    set_commission(500)
    charge = make_charge(make_institution(), make_organisation())
    set_commission(1000)
    assert replace_charge(SYSTEM, charge, **correction(charge)).commission_minor == 3_00


def test_a_final_charge_is_neither_replaced_nor_objected_to() -> None:
    charge = make_final_charge(make_institution(), make_organisation())
    with pytest.raises(Conflict, match="not open"):
        replace_charge(SYSTEM, charge, **correction(charge))
    with pytest.raises(Conflict, match="not open"):
        object_charge(SYSTEM, charge, "too much")


def test_a_superseded_charge_cannot_become_final() -> None:
    charge = make_charge(make_institution(), make_organisation())
    replace_charge(SYSTEM, charge, **correction(charge))
    with pytest.raises(Conflict):
        finalise_charge(SYSTEM, charge)


def test_a_void_charge_is_reversed_once() -> None:
    charge = make_final_charge(make_institution(), make_organisation())
    for _again in range(2):
        void_charge(SYSTEM, charge, "waived")
    assert account_balance(buyer_receivable(charge.payer_id)) == 0
    assert last_number() == 2
    assert verify().ok
    make_charge(charge.provider_id, charge.payer_id, subject_id=charge.subject_id)


def test_who_may_do_what_with_a_charge() -> None:
    provider, payer = make_institution(), make_organisation()
    charge = make_charge(provider, payer)
    stranger, booker, technician = make_actor(), make_actor(payer, Role.BOOKER), make_actor(provider, Role.TECHNICIAN)
    with pytest.raises(Missing):
        finalise_charge(stranger, charge)
    with pytest.raises(Forbidden):
        object_charge(technician, charge, "no")
    with pytest.raises(Forbidden):
        void_charge(booker, charge, "no")
    with pytest.raises(Forbidden):
        make_charge(provider, payer, actor=stranger)
    finalise_charge(booker, charge)
    void_charge(technician, charge, "waived")


def test_income_counts_final_charges_of_others_by_month_and_class() -> None:
    provider, payer = make_institution(), make_organisation()
    make_final_charge(provider, payer, 100_00, used_on=date(2026, 10, 1))
    make_final_charge(provider, payer, 50_00, used_on=date(2026, 10, 31), payer_class="institution")
    make_final_charge(provider, payer, 7_00, used_on=date(2026, 11, 1))
    make_final_charge(provider, provider, 999_00)
    make_charge(provider, payer, 888_00)
    found = income_by_institution(date(2026, 10, 1), date(2026, 12, 1), provider.id)
    assert [(each.month.month, each.payer_class, each.amount_minor, each.uses) for each in found] == [
        (10, "enterprise", 100_00, 1),
        (10, "institution", 50_00, 1),
        (11, "enterprise", 7_00, 1),
    ]
    assert all(each.minutes == 120 for each in found)


def test_numbers_of_a_series_have_no_gaps() -> None:
    assert [take_numbers("test", 2026), take_numbers("test", 2026, 3), take_numbers("test", 2026)] == [1, 2, 5]
    assert take_numbers("test", 2027) == 1


def test_money_columns_hold_decimals_of_rates() -> None:
    charge = make_charge(make_institution(), make_organisation(), tax_rate=Decimal("0.5"))
    session.refresh(charge)
    assert charge.tax_rate == Decimal("0.5")
