"""When a fee note was really paid, part by part, and what paying late costs."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import func, select

from app.accounts.models import Actor
from app.core.clock import DEFAULT_ZONE, day_period, today
from app.core.db import session
from app.core.errors import Conflict
from app.core.i18n import in_every_language
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note, issue_fee_note, lock
from app.settlement.fee_notes.queries import fee_note_of
from app.settlement.interest import Rate, late_interest
from app.settlement.models import ChargeKind
from app.settlement.payments.models import BankLine, Collection, Payment, PaymentReversal, PaymentSource
from app.settlement.statements.models import BillLine, StatementLine

SUBJECT = "fee_notes"  # what an interest note is about: the note that was paid late


def parts_paid(note: FeeNote) -> list[tuple[int, date]]:
    """What came in on a note and on the line of its bill, each part (minor units) with its value date.

    A transfer counts from the bank's date, credit and set-off from the day of their use.
    """
    undone = select(PaymentReversal.payment_id).where(PaymentReversal.payment_id == Payment.id).exists()
    held = session.execute(
        select(Payment.amount_minor, BankLine.booked_on)
        .join(BankLine, BankLine.id == Payment.bank_line_id)
        .where(Payment.fee_note_id == note.id, Payment.amount_minor > 0, ~undone)
    ).all()
    billed = session.execute(
        select(func.sum(Collection.gross_minor).label("amount"), BankLine.booked_on, Payment.created_at)
        .join(Payment, Payment.id == Collection.payment_id)
        .outerjoin(BankLine, BankLine.id == Payment.bank_line_id)
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .where(StatementLine.charge_id == note.charge_id, Payment.source != PaymentSource.HELD)
        .group_by(Payment.id, BankLine.booked_on)
        .having(func.sum(Collection.gross_minor) > 0)
    ).all()
    return [(row.amount_minor, row.booked_on) for row in held] + [
        (int(row.amount), row.booked_on or row.created_at.astimezone(DEFAULT_ZONE).date()) for row in billed
    ]


def paid_on(note: FeeNote) -> date | None:
    """The value date that made a note whole, be it on itself or on its bill; None while something is owed.

    Of a note that was lowered after more had come in, what came first counts.
    """
    came = 0
    for amount, day in sorted(parts_paid(note), key=lambda part: part[1]):
        came += amount
        if came >= note.total_minor:
            return day
    return None


def issue_interest(
    actor: Actor, note: FeeNote, rates: Sequence[Rate], *, due_days: int = 30, due_on: date | None = None
) -> FeeNote | None:
    """Ask for interest on a note that was paid late (or after `due_on`): a fee note of its own, earned at once.

    None when it was not late or the interest is less than half a fen; done again it is the first one. Raises Conflict
    while something of the note is still to be paid, and for a note without a due day.
    """
    lock(note)
    known = fee_note_of(SUBJECT, note.id)
    if known is not None:
        return known
    due, value_on = due_on or note.due_on, paid_on(note)
    if due is None or value_on is None:
        raise Conflict(_l("Interest is worked out when all of the fee is paid."), code="unpaid")
    amount = late_interest(parts_paid(note), due, rates)
    if amount <= 0:
        return None
    words = in_every_language(_l("Late interest on %(number)s, paid on %(day)s", number=note.number, day=value_on))
    asked = issue_fee_note(
        actor, subject_kind=SUBJECT, subject_id=note.id, subject_number=note.number, provider_id=note.provider_id,
        payer_id=note.payer_id, description=words["zh_CN"], description_en=words["en"],
        total=Money(amount, note.currency), tax_category=note.tax_category, tax_rate=note.tax_rate,
        due_on=today() + timedelta(days=due_days),
    )  # fmt: skip
    earn_fee_note(
        actor, asked, kind=ChargeKind.INTEREST, used_on=today(), service_period=day_period(today(), DEFAULT_ZONE)
    )
    return asked
