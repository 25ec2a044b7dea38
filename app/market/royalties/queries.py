"""Reading royalties: whose they are, what is due, late or accepted by silence, what of it is paid."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Actor, Role
from app.core.clock import today
from app.core.db import session
from app.market.licences.models import Licence, LicenceInstalment
from app.market.royalties.models import IncomeShare, PeriodState, RoyaltyPeriod, RoyaltyQuestion, RoyaltyReport
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.models import LateInterest
from app.settlement.models import Charge
from app.settlement.payments.models import Collection
from app.settlement.statements.models import BillLine, StatementLine

WITH_LICENCE = (joinedload(RoyaltyPeriod.licence).joinedload(Licence.patent),)
WITH_PARTIES = (joinedload(RoyaltyPeriod.licensor), joinedload(RoyaltyPeriod.licensee))
WITH_REPORTS = (selectinload(RoyaltyPeriod.reports).joinedload(RoyaltyReport.fee_note),)
SIDES = ("licensee", "licensor")


def visible_periods(actor: Actor, *, side: str = "", state: str = "", late: bool = False) -> Select[RoyaltyPeriod]:
    """The periods the actor may see (the operator all), what waits for somebody first, what has not begun last.

    `side` is licensee or licensor.
    """
    statement = select(RoyaltyPeriod).options(*WITH_LICENCE, *WITH_PARTIES, *WITH_REPORTS)
    mine = {
        "licensee": RoyaltyPeriod.licensee_id == actor.organisation_id,
        "licensor": RoyaltyPeriod.licensor_id == actor.organisation_id,
    }
    if side in mine:
        statement = statement.where(mine[side])
    elif not actor.operates():
        statement = statement.where(or_(*mine.values()))
    if state in {each.value for each in PeriodState}:
        statement = statement.where(RoyaltyPeriod.state == PeriodState(state))
    if late:
        statement = statement.where(RoyaltyPeriod.is_late)
    waiting = RoyaltyPeriod.state.in_((PeriodState.DUE, PeriodState.REPORTED, PeriodState.QUESTIONED))
    ahead = RoyaltyPeriod.starts_on > today()
    return statement.order_by(waiting.desc(), ahead, RoyaltyPeriod.due_on.desc(), RoyaltyPeriod.id)


def periods_waiting(actor: Actor, limit: int = 20) -> Sequence[tuple[RoyaltyPeriod, date | None]]:
    """(period, last day of an answer) of what waits for the organisation acted for, in one statement.

    The licensee reports what is due and answers what is asked; the licensor accepts or asks about what is reported.
    """
    answer = (
        select(func.max(RoyaltyQuestion.answer_due_on))
        .where(
            RoyaltyQuestion.period_id == RoyaltyPeriod.id,
            RoyaltyQuestion.answered_at.is_(None), RoyaltyQuestion.closed_at.is_(None),
        )
        .correlate(RoyaltyPeriod)
        .scalar_subquery()
    )  # fmt: skip
    asked = (RoyaltyPeriod.state == PeriodState.QUESTIONED) & answer.is_not(None)
    mine = actor.organisation_id
    as_licensee = (RoyaltyPeriod.licensee_id == mine) & ((RoyaltyPeriod.state == PeriodState.DUE) | asked)
    as_licensor = (RoyaltyPeriod.licensor_id == mine) & (RoyaltyPeriod.state == PeriodState.REPORTED)
    rows = session.execute(
        select(RoyaltyPeriod, answer)
        .options(joinedload(RoyaltyPeriod.licence))
        .where(as_licensee | as_licensor)
        .order_by(func.coalesce(RoyaltyPeriod.question_until, RoyaltyPeriod.due_on), RoyaltyPeriod.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def periods_of(licence_id: UUID) -> Sequence[RoyaltyPeriod]:
    """All periods of a licence with their reports and fee notes, the first one first."""
    return session.scalars(
        select(RoyaltyPeriod)
        .options(*WITH_REPORTS)
        .where(RoyaltyPeriod.licence_id == licence_id)
        .order_by(RoyaltyPeriod.position)
    ).all()


def reports_of(period_id: UUID) -> Sequence[RoyaltyReport]:
    """The revisions of a period, the first one first."""
    return session.scalars(
        select(RoyaltyReport)
        .options(joinedload(RoyaltyReport.fee_note))
        .where(RoyaltyReport.period_id == period_id)
        .order_by(RoyaltyReport.revision)
    ).all()


def latest_report(period_id: UUID) -> RoyaltyReport | None:
    """The revision that counts."""
    reports = reports_of(period_id)
    return reports[-1] if reports else None


def previous_products(period: RoyaltyPeriod) -> list[dict[str, object]]:
    """What the licensee reported for the licence before: names to fill a form with."""
    found = session.scalars(
        select(RoyaltyReport.products)
        .join(RoyaltyPeriod, RoyaltyPeriod.id == RoyaltyReport.period_id)
        .where(
            RoyaltyPeriod.licence_id == period.licence_id,
            RoyaltyPeriod.position < period.position,
            RoyaltyReport.products != [],
        )
        .order_by(RoyaltyPeriod.position.desc(), RoyaltyReport.revision.desc())
        .limit(1)
    ).one_or_none()
    return list(found or [])


def questions_of(period_id: UUID) -> Sequence[RoyaltyQuestion]:
    """What was asked about a period, the oldest first."""
    return session.scalars(
        select(RoyaltyQuestion).where(RoyaltyQuestion.period_id == period_id).order_by(RoyaltyQuestion.asked_at)
    ).all()


def collected_on(charge_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How much came in on the bills that show these charges, by charge."""
    rows = session.execute(
        select(StatementLine.charge_id, func.sum(Collection.gross_minor))
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .join(Collection, Collection.bill_line_id == BillLine.id)
        .where(StatementLine.charge_id.in_(charge_ids))
        .group_by(StatementLine.charge_id)
    ).all()
    return {charge_id: int(gross) for charge_id, gross in rows}


def paid_by_note(notes: Sequence[FeeNote]) -> dict[UUID, int]:
    """What has come in on each fee note: held for it, or on the bill on which its charge stands."""
    on_bills = collected_on([note.charge_id for note in notes if note.charge_id is not None]) if notes else {}
    return {note.id: max(note.paid_minor, on_bills.get(note.charge_id, 0) if note.charge_id else 0) for note in notes}


def paid_minor(notes: Sequence[FeeNote]) -> int:
    """What has come in on all of them."""
    return sum(paid_by_note(notes).values())


def live_notes(reports: Sequence[RoyaltyReport]) -> list[FeeNote]:
    """The fee notes of reports that still ask for something; those that were lowered to nothing do not."""
    return [each.fee_note for each in reports if each.fee_note and not each.fee_note.has_ended]


def credited_minor(charge_ids: Sequence[UUID]) -> int:
    """What credit notes take back of these charges; those that wait for their second person count too."""
    taken = session.scalar(
        select(func.coalesce(func.sum(CreditNote.amount_minor), 0)).where(
            CreditNote.charge_id.in_(charge_ids), CreditNote.state != CreditState.REFUSED
        )
    )
    return int(taken or 0)


def period_of_note(note_id: UUID) -> RoyaltyPeriod | None:
    """The period that a fee note asks for."""
    return session.scalars(
        select(RoyaltyPeriod)
        .join(RoyaltyReport, RoyaltyReport.period_id == RoyaltyPeriod.id)
        .where(RoyaltyReport.fee_note_id == note_id)
    ).one_or_none()


def periods_on_bill(bill_id: UUID) -> Sequence[RoyaltyPeriod]:
    """The periods whose royalties stand on a bill."""
    return session.scalars(
        select(RoyaltyPeriod)
        .join(RoyaltyReport, RoyaltyReport.period_id == RoyaltyPeriod.id)
        .join(FeeNote, FeeNote.id == RoyaltyReport.fee_note_id)
        .join(StatementLine, StatementLine.charge_id == FeeNote.charge_id)
        .join(BillLine, BillLine.statement_line_id == StatementLine.id)
        .where(BillLine.bill_id == bill_id)
        .distinct()
    ).all()


def visible_shares(actor: Actor, *, licence_id: UUID | None = None, month: date | None = None) -> Select[IncomeShare]:
    """Shares of the income of the organisation acted for, the newest first; for inventors those that name them."""
    statement = select(IncomeShare).options(
        joinedload(IncomeShare.charge), joinedload(IncomeShare.licence).joinedload(Licence.patent)
    )
    statement = statement.where(IncomeShare.licensor_id == actor.organisation_id)
    if not actor.roles.intersection((Role.OWNER, Role.TRANSFER, Role.FINANCE)):
        mine = [{"user_id": str(actor.user_id)}] if Role.INVENTOR in actor.roles else None
        statement = statement.where(IncomeShare.parts.contains(mine) if mine else literal(False))
    if licence_id is not None:
        statement = statement.where(IncomeShare.licence_id == licence_id)
    if month is not None:
        statement = statement.where(IncomeShare.month == month)
    return statement.order_by(IncomeShare.month.desc(), IncomeShare.id)


def patent_of_note(note_id: UUID) -> UUID | None:
    """The patent whose licence an instalment or a royalty of that fee note is for."""
    part = select(Licence.patent_id).join(LicenceInstalment).where(LicenceInstalment.fee_note_id == note_id)
    royalty = (
        select(Licence.patent_id)
        .join(RoyaltyPeriod, RoyaltyPeriod.licence_id == Licence.id)
        .join(RoyaltyReport, RoyaltyReport.period_id == RoyaltyPeriod.id)
        .where(RoyaltyReport.fee_note_id == note_id)
    )
    return session.scalar(part.union_all(royalty))


def stated_charges(month: date) -> Sequence[tuple[Charge, UUID]]:
    """Charges of licences stated in a month that have not been shared out, with their licence."""
    fees = select(Licence.id, Licence.fee_note_id.label("note_id"))
    royalties = select(RoyaltyPeriod.licence_id, RoyaltyReport.fee_note_id).join(
        RoyaltyReport, RoyaltyReport.period_id == RoyaltyPeriod.id
    )
    parts = select(LicenceInstalment.licence_id, LicenceInstalment.fee_note_id)
    bases = fees.where(Licence.fee_note_id.is_not(None)).union_all(parts, royalties).subquery()
    late = select(bases.c.id, LateInterest.interest_note_id.label("note_id")).join(
        LateInterest, LateInterest.fee_note_id == bases.c.note_id
    )
    notes = select(bases.c.id, bases.c.note_id).union_all(late).subquery()
    original = func.coalesce(Charge.corrects_id, Charge.id)
    rows = session.execute(
        select(Charge, notes.c.id)
        .join(StatementLine, StatementLine.charge_id == Charge.id)
        .join(FeeNote, FeeNote.charge_id == original)
        .join(notes, notes.c.note_id == FeeNote.id)
        .where(StatementLine.statement.has(month=month))
        .where(~select(IncomeShare.id).where(IncomeShare.charge_id == Charge.id).exists())
        .order_by(Charge.id)
    )
    return [(charge, licence_id) for charge, licence_id in rows]


def periods_with_charge(charge_id: UUID) -> Sequence[RoyaltyPeriod]:
    """The period that a charge belongs to, if it is a royalty's."""
    return session.scalars(
        select(RoyaltyPeriod)
        .join(RoyaltyReport, RoyaltyReport.period_id == RoyaltyPeriod.id)
        .join(FeeNote, FeeNote.id == RoyaltyReport.fee_note_id)
        .where(FeeNote.charge_id == charge_id)
    ).all()
