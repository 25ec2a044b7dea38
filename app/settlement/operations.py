"""Charges from draft to ledger. Who calls them (a finished use, a late cancellation) has checked its own rules."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import Period, bounds, now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import CURRENCY, Money, round_half_up, tax_inside
from app.core.policy import ensure
from app.ledger import chart
from app.ledger.models import LedgerTransaction
from app.ledger.operations import Entry, Posting, lock_books, post_many, reverse
from app.settlement.models import HELD_KINDS, Charge, ChargeKind, ChargeState, NumberSeries
from app.settlement.policy import ChargePolicy
from app.settlement.settings import settings


def draft_charge(
    actor: Actor,
    *,
    subject_kind: str,
    subject_id: UUID,
    subject_number: str,
    provider_id: UUID,
    payer_id: UUID,
    description: str,
    service_period: Period,
    used_on: date,
    payer_class: str,
    lines: Sequence[Mapping[str, Any]],
    total: Money,
    tax_minor: int,
    tax_category: str,
    tax_rate: Decimal,
    minutes: int,
    kind: ChargeKind = ChargeKind.USE,
    description_en: str = "",
    estimate: Money | None = None,
    item_id: UUID | None = None,
    window_ends_at: datetime | None = None,
) -> Charge:
    """Write down what a subject costs, provisionally. `lines` add up to `total` (minor units); `tax_minor` is inside.

    The commission is frozen now. Raises Conflict when the subject has a charge of this kind already, Invalid when
    the lines do not add up.
    """
    charge = Charge(
        subject_kind=subject_kind, subject_id=subject_id, subject_number=subject_number, kind=kind, revision=1,
        state=ChargeState.PROVISIONAL, provider_id=provider_id, payer_id=payer_id, payer_class=payer_class,
        item_id=item_id, description=description, description_en=description_en, service_period=service_period,
        used_on=used_on, minutes=minutes, lines=[dict(line) for line in lines], total_minor=total.minor,
        estimate_minor=estimate.minor if estimate else None, currency=total.currency, tax_minor=tax_minor,
        tax_category=tax_category, tax_rate=tax_rate, window_ends_at=window_ends_at,
        commission_basis_points=0 if provider_id == payer_id else settings.number("commission_basis_points"),
        commission_tax_percent=settings.number("commission_tax_percent"),
    )  # fmt: skip
    ensure(actor, ChargePolicy.draft, charge)
    charge.revision = _next_revision(charge)
    return _add(actor, charge, "charge.draft")


def replace_charge(
    actor: Actor,
    charge: Charge,
    *,
    service_period: Period,
    used_on: date,
    lines: Sequence[Mapping[str, Any]],
    total: Money,
    tax_minor: int,
    minutes: int,
    window_ends_at: datetime | None = None,
) -> Charge:
    """Put a corrected revision in the place of a charge that is not final; the old one is kept as superseded.

    Tariff, tax class and commission rule stay those of the first revision. Raises Conflict when it is final.
    """
    ensure(actor, ChargePolicy.replace, charge, known_to=ChargePolicy.view)
    _lock(charge)
    if not charge.is_open:
        raise _not_open()
    corrected = _corrected(
        charge, service_period=service_period, used_on=used_on, minutes=minutes, lines=[dict(line) for line in lines],
        total_minor=total.minor, currency=total.currency, tax_minor=tax_minor, window_ends_at=window_ends_at,
    )  # fmt: skip
    charge.state = ChargeState.SUPERSEDED
    session.flush()
    return _add(actor, corrected, "charge.replace")


def lower_charge(actor: Actor, charge: Charge, total: Money) -> Charge:
    """Put a lower revision in the place of a final charge that stands on no statement yet; the books show the old one
    turned back and the new one. The caller has locked it and looks after what is held for it.

    Raises Conflict once it is billed (a credit note is the way then), Invalid for nothing or for no less.
    """
    if charge.state is not ChargeState.FINAL:
        raise Conflict(_l("This charge is on a statement. Issue a credit note instead."), code="billed")
    if not 0 < total.minor < charge.total_minor:
        raise Invalid(_l("A charge is lowered to less than it is, and to more than nothing."), code="amount")
    line = {**charge.lines[0], "quantity": 1, "unit_price": total.minor, "amount": total.minor}
    lower = _corrected(
        charge, service_period=charge.service_period, used_on=charge.used_on, minutes=charge.minutes, lines=[line],
        total_minor=total.minor, currency=total.currency, tax_minor=tax_inside(total.minor, charge.tax_rate),
        window_ends_at=None,
    )  # fmt: skip
    _turn_back(actor, charge, ChargeState.SUPERSEDED)
    _add(actor, lower, "charge.lower")
    post_charge(actor, lower)
    return lower


def _corrected(charge: Charge, **values: Any) -> Charge:
    """The next revision of a charge; parties, tariff, tax class and commission rule stay."""
    return Charge(
        subject_kind=charge.subject_kind, subject_id=charge.subject_id, subject_number=charge.subject_number,
        kind=charge.kind, revision=charge.revision + 1, state=ChargeState.PROVISIONAL, provider_id=charge.provider_id,
        payer_id=charge.payer_id, payer_class=charge.payer_class, item_id=charge.item_id,
        description=charge.description, description_en=charge.description_en, estimate_minor=charge.estimate_minor,
        tax_category=charge.tax_category, tax_rate=charge.tax_rate,
        commission_basis_points=charge.commission_basis_points, commission_tax_percent=charge.commission_tax_percent,
        **values,
    )  # fmt: skip


def object_charge(actor: Actor, charge: Charge, objection: str) -> Charge:
    """The payer says that a provisional charge is wrong; it waits, outside any month, until it is answered."""
    ensure(actor, ChargePolicy.object, charge, known_to=ChargePolicy.view)
    _lock(charge)
    if charge.state is not ChargeState.PROVISIONAL:
        raise _not_open()
    charge.state, charge.objection = ChargeState.OBJECTED, objection
    record(actor, "charge.object", charge, {"state": ["provisional", "objected"]})
    return charge


def finalise_charge(actor: Actor, charge: Charge) -> Charge:
    """Make a charge final and post it (key ``charge:<id>``); once final, doing it again changes nothing.

    Raises Conflict when it was superseded or made void.
    """
    ensure(actor, ChargePolicy.finalise, charge, known_to=ChargePolicy.view)
    _lock(charge)
    if charge.state in {ChargeState.FINAL, ChargeState.BILLED}:
        return charge
    if not charge.is_open:
        raise _not_open()
    before = charge.state
    post_charge(actor, charge)
    record(actor, "charge.finalise", charge, {"state": [before.value, "final"], "amount": [None, charge.total_minor]})
    return charge


def post_charge(actor: Actor, charge: Charge) -> None:
    """Enter a charge into the books and mark it final; a charge of nothing or to oneself has no ledger transaction."""
    if charge.is_owed:
        (charge.ledger_transaction_id,) = post_many(actor, [charge_posting(charge)])
    charge.state, charge.finalised_at = ChargeState.FINAL, now()
    session.flush()


def void_charge(actor: Actor, charge: Charge, reason: str) -> Charge:
    """Drop a charge that is on no statement yet; what was posted is reversed.

    Raises Conflict once it is billed, and for the charge of a fee note: what was paid on that would be nobody's.
    """
    ensure(actor, ChargePolicy.void, charge, known_to=ChargePolicy.view)
    _lock(charge)
    if charge.state is ChargeState.VOID:
        return charge
    if charge.state in {ChargeState.BILLED, ChargeState.SUPERSEDED}:
        raise Conflict(_l("This charge is on a statement. Issue a credit note instead."), code="billed")
    if charge.kind in HELD_KINDS:
        raise Conflict(
            _l("Money is held for this charge on a fee note. Wait for its bill, then issue a credit note."), code="held"
        )
    before = charge.state
    _turn_back(actor, charge, ChargeState.VOID)
    record(actor, "charge.void", charge, {"state": [before.value, "void"], "reason": [None, reason]})
    return charge


def drop_charge(actor: Actor, charge: Charge, reason: str) -> None:
    """Nothing of a final, unbilled charge is owed any more. The caller has locked it and looks after what is held.

    Raises Conflict once it is billed.
    """
    if charge.state is not ChargeState.FINAL:
        raise Conflict(_l("This charge is on a statement. Issue a credit note instead."), code="billed")
    _turn_back(actor, charge, ChargeState.VOID)
    record(actor, "charge.void", charge, {"state": ["final", "void"], "reason": [None, reason]})


def _turn_back(actor: Actor, charge: Charge, state: ChargeState) -> None:
    if charge.ledger_transaction_id is not None:
        reverse(actor, session.get_one(LedgerTransaction, charge.ledger_transaction_id), now())
    charge.state = state
    session.flush()


def charge_posting(charge: Any) -> Posting:
    """How a charge (or a row with its columns) goes into the books: the payer owes it, the provider has earned it
    but not yet collected, the platform keeps its commission and the VAT inside that."""
    memo = charge.subject_number
    entries: list[Entry] = [
        (chart.buyer_receivable(charge.payer_id), charge.total_minor, memo),
        (chart.seller_uncollected(charge.provider_id), charge.commission_minor - charge.total_minor, memo),
        (chart.COMMISSION, charge.commission_tax_minor - charge.commission_minor, memo),
        (chart.OUTPUT_VAT, -charge.commission_tax_minor, memo),
    ]
    return Posting(
        f"charge:{charge.id}",
        f"charge_{charge.kind}",
        bounds(charge.service_period)[1],
        [entry for entry in entries if entry[1]],
        "charges",
        charge.id,
        charge.currency,
    )


def commission_of(total_minor: int, basis_points: int, tax_percent: int) -> tuple[int, int]:
    """The platform's share of a gross amount and the VAT inside it, each rounded half up to the minor unit."""
    commission = round_half_up(Decimal(total_minor * basis_points) / 10_000)
    return commission, tax_inside(commission, Decimal(tax_percent))


def take_numbers(series: str, year: int, count: int = 1) -> int:
    """The first of `count` numbers in a row. The series is locked until the transaction ends: no gap, no double."""
    statement = insert(NumberSeries).values(series=series, year=year, last=count)
    last = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["series", "year"], set_={"last": NumberSeries.last + count}
        ).returning(NumberSeries.last)
    )
    return int(last or 0) - count + 1


def paper_number(prefix: str, year: int, number: int) -> str:
    """``S-2026-000012``."""
    return f"{prefix}-{year}-{number:06d}"


def _add(actor: Actor, charge: Charge, action: str) -> Charge:
    if charge.currency != CURRENCY:
        raise Invalid(_l("Charges are in yuan."), code="wrong_currency")
    if sum(line["amount"] for line in charge.lines) != charge.total_minor:
        raise Invalid(_l("The lines do not add up to the total."), code="sum")
    charge.commission_minor, charge.commission_tax_minor = commission_of(
        charge.total_minor, charge.commission_basis_points, charge.commission_tax_percent
    )
    charged = Conflict(_l("This is charged already."), code="charged")
    with guard({"charges_one_live": charged, "charges_subject_kind_subject_id_kind_revision_key": charged}):
        session.add(charge)
    record(actor, action, charge, {"amount": [None, charge.total_minor]})
    return charge


def _next_revision(charge: Charge) -> int:
    last = select(func.max(Charge.revision)).where(
        Charge.subject_kind == charge.subject_kind, Charge.subject_id == charge.subject_id, Charge.kind == charge.kind
    )
    return (session.scalar(last) or 0) + 1


def _lock(charge: Charge) -> None:
    """Books before rows, everywhere: two that post can then never wait for each other."""
    lock_books()
    session.refresh(charge, with_for_update={"of": Charge})


def _not_open() -> Conflict:
    return Conflict(_l("This charge is not open any more."), code="not_open")
