"""What the money machine reads of a licence behind the scenes: parts that came in, papers, the books."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select, text

from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.ledger import chart
from app.ledger.models import LedgerAccount
from app.ledger.queries import account_balance
from app.market.licences.models import Licence
from app.market.royalties.models import IncomeShare
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.interests.models import LateInterest
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.payments.models import Collection
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.queries import held_back
from app.settlement.statements.models import Bill, BillLine, StatementLine
from tests.market.royalties.money_model import Parts
from tests.settlement.checks import total

_PARTS = text("""
SELECT p.amount_minor, b.booked_on FROM payments p JOIN bank_lines b ON b.id = p.bank_line_id
WHERE p.fee_note_id = :note AND p.amount_minor > 0
UNION ALL
SELECT sum(c.gross_minor), coalesce(b.booked_on, (p.created_at AT TIME ZONE 'Asia/Shanghai')::date)
FROM fee_notes n JOIN statement_lines s ON s.charge_id = n.charge_id JOIN bill_lines l ON l.statement_line_id = s.id
JOIN collections c ON c.bill_line_id = l.id JOIN payments p ON p.id = c.payment_id
LEFT JOIN bank_lines b ON b.id = p.bank_line_id
WHERE n.id = :note AND p.source <> 'held' GROUP BY p.id, b.booked_on
""")
FROZEN = ("statements", "statement_lines", "bill_lines", "income_shares", "ledger_lines")
_BILLS = text("SELECT id::text, total_minor || due_on::text || number || issued_at || lines_count FROM bills")


def parts_of(note_id: Any) -> Parts:
    """What came in on a note and on the line of its bill, with the day that counts."""
    return [(int(amount), day) for amount, day in session.execute(_PARTS, {"note": note_id})]


def interest_asked(note_id: Any) -> int:
    """What reckonings have asked for and taken back."""
    return total(select(func.sum(LateInterest.amount_minor)).where(LateInterest.fee_note_id == note_id))


def papers() -> dict[Any, str]:
    """Every paper that was ever issued, as it reads."""
    found = {row[0]: row[1] for row in session.execute(_BILLS)}
    for table in FROZEN:
        rows = session.execute(text(f"SELECT id::text, md5(row_to_json(t)::text) FROM {table} t"))
        found |= {(table, row[0]): row[1] for row in rows}
    return found


def charged(licence: Licence) -> int:
    """All charges of the books for the licensee, what is taken back with its sign."""
    posted = Charge.state.in_((ChargeState.FINAL, ChargeState.BILLED))
    return total(select(func.sum(Charge.total_minor)).where(Charge.payer_id == licence.licensee_id, posted))


def owed(licence: Licence) -> int:
    """What bills and notes without a bill still ask for, less credits that stand on no bill yet."""
    bills = session.scalars(select(Bill).where(Bill.payer_id == licence.licensee_id)).all()
    earned = select(FeeNote).where(FeeNote.payer_id == licence.licensee_id, FeeNote.charge_id.is_not(None))
    notes = session.scalars(earned.where(FeeNote.state != FeeNoteState.BILLED)).all()
    new = select(func.sum(Charge.total_minor)).where(
        Charge.payer_id == licence.licensee_id, Charge.kind == ChargeKind.CREDIT, Charge.state == ChargeState.FINAL
    )
    return (
        sum(max(0, bill.total_minor - bill.paid_minor) for bill in bills)
        + sum(note.total_minor - note.paid_minor for note in notes) + total(new)
    )  # fmt: skip


def paid(licence: Licence, came: int) -> int:
    """What the bank has brought, but for credit, for what goes back, and for what is not earned yet."""
    notes = session.scalars(select(FeeNote).where(FeeNote.payer_id == licence.licensee_id)).all()
    unearned = sum(note.paid_minor for note in notes if note.charge_id is None and not note.refund_minor)
    back = sum(note.refund_minor for note in notes)
    return came - account_balance(chart.buyer_credit(licence.licensee_id)) - back - unearned


def books_sum() -> int:
    return int(session.scalar(select(func.sum(LedgerAccount.balance))) or 0)


def shares_add_up(licence: Licence) -> None:
    """Every stated charge is shared out once, to the fen: three fifths, a tenth, the rest, each within a fen."""
    lines = session.scalars(select(StatementLine).where(StatementLine.payer_id == licence.licensee_id)).all()
    shares = session.scalars(select(IncomeShare).where(IncomeShare.licence_id == licence.id)).all()
    assert sorted(line.charge_id for line in lines) == sorted(share.charge_id for share in shares)
    net = {line.charge_id: line.amount_minor - line.commission_minor for line in lines}
    for share in shares:
        sums = dict.fromkeys(("inventor", "department", "institution"), 0)
        for part in share.parts:
            sums[part["kind"]] += part["amount_minor"]
        assert sum(sums.values()) == share.net_minor == net[share.charge_id]
        for kind, tenths in (("inventor", 6), ("department", 1), ("institution", 3)):
            assert abs(10 * sums[kind] - tenths * share.net_minor) < 10, (kind, sums)


def holds_add_up(licence: Licence, pledged: bool) -> None:
    """Of a pledged patent every charge is held, until two persons let it go to where they have agreed."""
    posted = Charge.state.in_((ChargeState.FINAL, ChargeState.BILLED)) & (Charge.kind != ChargeKind.CREDIT)
    charges = set(session.scalars(select(Charge.id).where(Charge.payer_id == licence.licensee_id, posted)))
    holds = session.scalars(select(ProceedsHold)).all()
    assert {hold.charge_id for hold in holds} == (charges if pledged else set())
    kept = 0
    for hold in holds:
        rows = list(session.execute(_collected(hold.charge_id)))
        if hold.decided_at is None:
            assert all(payout is None for _net, payout, _of in rows)
        elsewhere = hold.choice in {ProceedsChoice.PREPAY, ProceedsChoice.DEPOSIT}
        assert all(of == (hold.id if elsewhere else None) for _net, payout, of in rows if payout is not None)
        if hold.decided_at is None or elsewhere:
            kept += sum(net for net, payout, _of in rows if payout is None)
    assert held_back(licence.licensor_id) == kept
    # Held and released together are what was collected, and no more than that has gone out.
    collected = total(select(func.sum(Collection.net_minor)).where(Collection.provider_id == licence.licensor_id))
    went = (PayoutState.APPROVED, PayoutState.PAID)
    gone = total(select(func.sum(Payout.amount_minor)).where(Payout.state.in_(went)))
    books = account_balance(chart.seller_payable(licence.licensor_id))
    owes = account_balance(chart.seller_receivable(licence.licensor_id))
    assert books - owes + gone == collected


def _collected(charge_id: Any) -> Any:
    return (
        select(Collection.net_minor, Collection.payout_id, Payout.proceeds_hold_id)
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .outerjoin(Payout, Payout.id == Collection.payout_id)
        .where(StatementLine.charge_id == charge_id)
    )


def credit_sums(charge_id: Any) -> tuple[int, int]:
    """What approved credit notes have taken back of a charge, and what others would."""
    rows = session.execute(select(CreditNote.state, CreditNote.amount_minor).where(CreditNote.charge_id == charge_id))
    found = [(state, int(amount)) for state, amount in rows]
    return tuple(sum(amount for state, amount in found if state is one)
                 for one in (CreditState.APPROVED, CreditState.WAITING))  # type: ignore[return-value]  # fmt: skip


def tried(deed: Callable[[], Any]) -> Any:
    """What a deed gives, None where it is refused."""
    try:
        with savepoint():
            return deed()
    except DomainError:
        return None
