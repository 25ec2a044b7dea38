"""The licensor accepts a report or asks about it; the licensee answers with evidence; the books may be inspected."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.workdays import add_working_days
from app.files.models import StoredFile
from app.market.royalties.events import RoyaltyAnswered, RoyaltyQuestioned
from app.market.royalties.models import Inspection, PeriodState, RoyaltyPeriod, RoyaltyQuestion, RoyaltyReport
from app.market.royalties.operations import accept
from app.market.royalties.policy import RoyaltyPolicy
from app.market.royalties.queries import latest_report
from app.market.royalties.reporting import lock, note_of
from app.market.settings import settings
from app.settlement.fee_notes.operations import postpone_fee_note
from app.settlement.fee_notes.queries import due_day
from app.settlement.interests.operations import reckon_interest

RUNNING = (Inspection.REQUESTED, Inspection.AGREED)


def accept_report(actor: Actor, period: RoyaltyPeriod) -> RoyaltyPeriod:
    """The licensor has no question. Raises Conflict when nothing is reported or a question is open."""
    ensure(actor, RoyaltyPolicy.question, period, known_to=RoyaltyPolicy.view)
    lock(period)
    if period.state is PeriodState.QUESTIONED:
        raise Conflict(_l("Close your question first."), code="questioned")
    return accept(actor, period)


def ask(actor: Actor, period: RoyaltyPeriod, text: str, *, inspect: bool = False) -> RoyaltyQuestion:
    """The licensor asks about the report, within fifteen working days; only this period's bill waits meanwhile.

    `inspect` asks to look at the licensee's books (查账). Raises Conflict when it is too late or nothing is reported.
    """
    ensure(actor, RoyaltyPolicy.question, period, known_to=RoyaltyPolicy.view)
    if actor.user_id is None:
        raise Forbidden(_l("A person asks."))
    lock(period)
    report = latest_report(period.id)
    if report is None or period.state is not PeriodState.REPORTED or (period.question_until or today()) < today():
        raise Conflict(_l("There is no report to ask about, or the time to ask has passed."), code="not_open")
    if not text.strip():
        raise Invalid(_l("Write what you ask."), field="text")
    note = note_of(report)
    question = RoyaltyQuestion(
        period_id=period.id, report_id=report.id, licensor_id=period.licensor_id, licensee_id=period.licensee_id,
        text=text.strip(), asked_by_id=actor.user_id, asked_at=now(), asked_on=today(), file_ids=[],
        answer_due_on=add_working_days(today(), settings.number("answer_days")), answer="",
        inspection=Inspection.REQUESTED if inspect else Inspection.NONE, inspection_outcome="",
        bill_due_on=due_day(note) if note is not None and note.is_owed else None,
    )  # fmt: skip
    with guard({"royalty_questions_one_open": Conflict(_l("A question is open already."), code="questioned")}):
        session.add(question)
    if note is not None:
        postpone_fee_note(actor, note, None)
    period.state, period.changed_at = PeriodState.QUESTIONED, now()
    session.flush()
    record(actor, "royalty.question", period, {"state": ["reported", "questioned"]})
    emit(RoyaltyQuestioned(question.id))
    return question


def answer(actor: Actor, question: RoyaltyQuestion, text: str, files: Sequence[StoredFile] = ()) -> RoyaltyQuestion:
    """The licensee answers, with evidence. The licensor then has fifteen working days to close, or silence does."""
    period = _start(actor, question)
    ensure(actor, RoyaltyPolicy.answer, period, known_to=RoyaltyPolicy.view)
    if actor.user_id is None:
        raise Forbidden(_l("A person answers."))
    if question.answered_at is not None:
        raise Conflict(_l("This question is answered already."), code="answered")
    if not text.strip():
        raise Invalid(_l("Write the answer."), field="answer")
    question.answer, question.answered_by_id, question.answered_at = text.strip(), actor.user_id, now()
    question.file_ids = [file.id for file in files]
    period.question_until = add_working_days(today(), settings.number("question_days"))
    session.flush()
    record(actor, "royalty.answer", period, {"files": [0, len(files)]})
    emit(RoyaltyAnswered(question.id))
    return question


def request_inspection(actor: Actor, question: RoyaltyQuestion) -> RoyaltyQuestion:
    """The licensor wants to look at the books as well."""
    period = _start(actor, question)
    ensure(actor, RoyaltyPolicy.question, period, known_to=RoyaltyPolicy.view)
    if question.inspection is Inspection.NONE:
        _inspect(actor, period, question, Inspection.REQUESTED)
    return question


def agree_inspection(actor: Actor, question: RoyaltyQuestion, day: date) -> RoyaltyQuestion:
    """The licensee names the day on which the books can be looked at. Raises Invalid for a day that has passed."""
    period = _start(actor, question)
    ensure(actor, RoyaltyPolicy.answer, period, known_to=RoyaltyPolicy.view)
    if question.inspection not in RUNNING:
        raise Conflict(_l("No inspection is asked for."), code="no_inspection")
    if day < today():
        raise Invalid(_l("This day has passed."), field="day")
    question.inspection_on = day
    _inspect(actor, period, question, Inspection.AGREED)
    return question


def record_inspection(actor: Actor, question: RoyaltyQuestion, outcome: str) -> RoyaltyQuestion:
    """The licensor writes down what the books say. Raises Conflict before the agreed day."""
    period = _start(actor, question)
    ensure(actor, RoyaltyPolicy.question, period, known_to=RoyaltyPolicy.view)
    if question.inspection is not Inspection.AGREED or (question.inspection_on or today()) > today():
        raise Conflict(_l("The inspection has not taken place yet."), code="no_inspection")
    if not outcome.strip():
        raise Invalid(_l("Write what the books say."), field="outcome")
    question.inspection_outcome = outcome.strip()
    _inspect(actor, period, question, Inspection.DONE)
    return question


def close_question(actor: Actor, question: RoyaltyQuestion) -> RoyaltyQuestion:
    """The question is settled: the report (or its correction) stands, and the bill is due again."""
    period = _start(actor, question)
    ensure(actor, RoyaltyPolicy.question, period, known_to=RoyaltyPolicy.view)
    question.closed_at, question.closed_by_id = now(), actor.user_id
    end_waiting(question)
    accept(actor, period)
    session.flush()
    return question


def end_waiting(question: RoyaltyQuestion) -> None:
    """The bill is due again, later by the days it waited; an answer that is late gains no time by it."""
    if question.waited_until is not None:
        return
    if question.answered_at is None:
        question.waited_until = min(today(), question.answer_due_on)
    else:
        question.waited_until = today()
    note = note_of(session.get_one(RoyaltyReport, question.report_id))
    if note is not None and question.bill_due_on is not None:
        until = min(question.waited_until, note.value_on or question.waited_until)  # it may have been paid meanwhile
        waited = max(0, (until - question.asked_on).days)
        postpone_fee_note(SYSTEM, note, question.bill_due_on + timedelta(days=waited))
        reckon_interest(note)
    session.flush()


def settle_questions(limit: int = 1000) -> int:
    """What the timer does: bills of unanswered questions are due again, answered ones close by silence."""
    touched = 0
    for question in session.scalars(
        select(RoyaltyQuestion)
        .join(RoyaltyPeriod, RoyaltyPeriod.id == RoyaltyQuestion.period_id)
        .where(RoyaltyQuestion.closed_at.is_(None))
        .where(
            or_(
                (RoyaltyQuestion.answered_at.is_(None)) & (RoyaltyQuestion.answer_due_on < today())
                & RoyaltyQuestion.waited_until.is_(None),
                RoyaltyQuestion.answered_at.is_not(None) & (RoyaltyPeriod.question_until < today())
                & RoyaltyQuestion.inspection.not_in(RUNNING),
            )
        )
        .order_by(RoyaltyQuestion.id)
        .limit(limit)
    ).all():  # fmt: skip
        touched += 1
        if question.answered_at is None:
            end_waiting(question)
        else:
            close_question(SYSTEM, question)
    return touched


def question_period(question: RoyaltyQuestion) -> RoyaltyPeriod:
    """The period that a question is about."""
    return session.get_one(RoyaltyPeriod, question.period_id)


def _start(actor: Actor, question: RoyaltyQuestion) -> RoyaltyPeriod:
    period = question_period(question)
    ensure(actor, RoyaltyPolicy.view, period, known_to=RoyaltyPolicy.view)
    lock(period)
    session.refresh(question, with_for_update={"of": RoyaltyQuestion})
    if question.closed_at is not None:
        raise Conflict(_l("This question is closed."), code="closed")
    return period


def _inspect(actor: Actor, period: RoyaltyPeriod, question: RoyaltyQuestion, state: Inspection) -> None:
    before, question.inspection = question.inspection, state
    session.flush()
    record(actor, "royalty.inspection", period, {"inspection": [before.value, state.value]})


def files_of(question_ids: Sequence[UUID]) -> dict[UUID, list[StoredFile]]:
    """The evidence of answers, by question."""
    questions = session.scalars(select(RoyaltyQuestion).where(RoyaltyQuestion.id.in_(question_ids))).all()
    wanted = {identity for question in questions for identity in question.file_ids}
    files = {file.id: file for file in session.scalars(select(StoredFile).where(StoredFile.id.in_(wanted)))}
    return {question.id: [files[each] for each in question.file_ids if each in files] for question in questions}
