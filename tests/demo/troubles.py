"""What went wrong or is not agreed on in the demonstration, counted again by plain arithmetic."""

import re
from datetime import timedelta
from fractions import Fraction

from sqlalchemy import func, select

from app.core.clock import today
from app.core.db import session
from app.demo.cast import BANK, company
from app.demo.lateness import LATE_DAYS, PAID_DAYS_AGO, STILL_LATE_DAYS
from app.demo.patents import SHEETS
from app.demo.pledge import DEPOSITARY, PLEDGEE, held_sums
from app.market.licences.models import Dispute, DisputeEntry, DisputeState, EntryKind
from app.market.negotiations.models import Contract, ContractSignature, Negotiation, NegotiationState, Side
from app.market.patents.models import Patent
from app.market.patents.reliefs import Ground, next_due
from app.market.referrals.models import Referral, ReferralState
from app.market.royalties.models import Inspection, RoyaltyQuestion, RoyaltyReport
from app.notifications.models import Mail
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.interest import rounded
from app.settlement.interests.models import LateInterest
from app.settlement.interests.queries import rates_in_force, running
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.proceeds.models import ProceedsChoice
from app.settlement.proceeds.queries import collected_of, hold_by_link


def check_troubles() -> None:
    """Held proceeds, late fees, reliefs, disagreements, half-signed contracts and referrals."""
    _check_held()
    _check_late()
    _check_reliefs()
    _check_quarrels()
    _check_signing()
    assert set(session.scalars(select(Referral.state))) == set(ReferralState)


def _check_held() -> None:
    """One sum goes to the pledgee as two persons agreed, one waits for the second, one is open; each has its link."""
    holds = held_sums()
    assert [(one.proposed_choice, one.is_open) for one in holds] == [
        ("prepay", False), ("deposit", True), (None, True),
    ]  # fmt: skip
    assert holds[0].choice is ProceedsChoice.PREPAY
    assert holds[0].decided_by_id not in (None, holds[0].proposed_by_id)
    assert [one.payee for one in holds] == [PLEDGEE, DEPOSITARY, {}]
    collected = collected_of([one.charge_id for one in holds])
    assert [collected.get(one.charge_id, 0) for one in holds] == [1_500_000, 1_500_000, 0]
    payouts = session.scalars(select(Payout).where(Payout.proceeds_hold_id.is_not(None))).all()
    assert [(one.proceeds_hold_id, one.amount_minor, one.state) for one in payouts] == [
        (holds[0].id, 1_500_000, PayoutState.DRAFT)
    ]
    bodies = session.scalars(select(Mail.body).where(Mail.recipient == "bank@jishi.example")).all()
    tokens = [found[1] for body in bodies for found in [re.search(r"/held/([\w-]+)", body)] if found]
    assert {hold.id for token in tokens for hold in [hold_by_link(token)] if hold} == {one.id for one in holds}
    assert {one.pledgee for one in holds} == {company(BANK).name}


def _check_late() -> None:
    """Two instalments were due long ago: interest of the one is asked for and paid, of the other it runs up."""
    due, paid_on = today() - timedelta(days=LATE_DAYS), today() - timedelta(days=PAID_DAYS_AGO)
    interest = session.scalars(select(LateInterest)).one()
    assert (interest.due_on, interest.value_on) == (due, paid_on)
    owed = session.get_one(FeeNote, interest.fee_note_id).total_minor
    assert interest.amount_minor == round(_simple(owed, LATE_DAYS - PAID_DAYS_AGO))
    asked = session.get_one(FeeNote, interest.interest_note_id)
    assert (asked.state, asked.total_minor) == (FeeNoteState.PAID, interest.amount_minor)
    late = FeeNote.bears_interest & (FeeNote.state == FeeNoteState.OPEN) & (FeeNote.total_minor == owed)
    overdue = session.scalars(select(FeeNote).where(late)).one()
    assert overdue.due_on == today() - timedelta(days=STILL_LATE_DAYS)
    assert rounded(running(overdue)) == round(_simple(owed, STILL_LATE_DAYS))


def _simple(owed: int, days: int) -> Fraction:
    """Interest of so many days up to now at the newest rate, in fen: no rate changed in the last weeks."""
    newest = max(rates_in_force(), key=lambda rate: rate.since)
    return Fraction(owed * newest.basis_points * days, 10_000 * 365)


def _check_reliefs() -> None:
    """Of 70 % on file and 15 % for the open licence only the greater counts; elsewhere the 15 % are all there is."""
    numbers = {sheet.key: sheet.number for sheet in SHEETS}
    both, alone = (
        next_due(session.scalars(select(Patent).where(Patent.number == numbers[key])).one(), today())
        for key in ("recycling", "laser")
    )
    assert both is not None
    assert alone is not None
    assert {(each.ground, each.percent) for each in both.reliefs} == {
        (Ground.REDUCTION, 70), (Ground.OPEN_LICENCE, 15),
    }  # fmt: skip
    assert both.reduced_minor * 100 == both.full_minor * 30
    assert alone.reduced_minor * 100 == alone.full_minor * 85


def _check_quarrels() -> None:
    question = session.scalars(select(RoyaltyQuestion)).one()
    assert question.answer
    assert (question.inspection, question.closed_at) == (Inspection.AGREED, None)
    fewer = session.scalars(select(RoyaltyReport).where(RoyaltyReport.revision == 2)).one()
    assert fewer.difference_minor == -132_000  # 3 % of the 44,000 yuan that were not sold
    lowered = session.scalars(select(FeeNote).where(FeeNote.lowered_minor > 0)).one()
    assert (lowered.total_minor, lowered.lowered_minor) == (fewer.due_minor, 132_000)
    dispute = session.scalars(select(Dispute)).one()
    last = select(DisputeEntry.kind).where(DisputeEntry.dispute_id == dispute.id)
    kind = session.scalar(last.order_by(DisputeEntry.position.desc()).limit(1))
    assert (dispute.state, kind) == (DisputeState.MEDIATING, EntryKind.PROPOSAL)


def _check_signing() -> None:
    signed = session.execute(
        select(Negotiation.state, func.array_agg(ContractSignature.side))
        .join(Contract, Contract.negotiation_id == Negotiation.id)
        .join(ContractSignature, ContractSignature.contract_id == Contract.id)
        .group_by(Negotiation.id)
    ).all()
    assert sorted((state, len(sides)) for state, sides in signed) == [
        (NegotiationState.EFFECTIVE, 2), (NegotiationState.SIGNING, 1),
    ]  # fmt: skip
    assert [sides for state, sides in signed if state is NegotiationState.SIGNING] == [[Side.ASKER]]
