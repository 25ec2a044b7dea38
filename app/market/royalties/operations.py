"""Periods of a licence: opened when it takes effect, due when they are over, late, accepted by silence, paid."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, Uuid, any_, literal, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import SYSTEM, Actor
from app.core.audit import AuditEntry, audit_row, record
from app.core.clock import now, today
from app.core.db import insert_rows, session
from app.core.errors import Conflict
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.market.licences.models import Licence
from app.market.royalties.arithmetic import Span, portion, report_due, spans
from app.market.royalties.events import RoyaltyDue, RoyaltyLate, RoyaltySettled
from app.market.royalties.models import PeriodState, RoyaltyPeriod
from app.market.royalties.queries import credited_minor, live_notes, paid_minor, periods_of, reports_of
from app.market.settings import settings

BATCH = 1000
UNREPORTED = (PeriodState.OPEN, PeriodState.DUE)


def open_periods(licence: Licence) -> Sequence[RoyaltyPeriod]:
    """Write down every reporting period of a licence with a royalty, from its first day to its last.

    Done again it changes nothing. A licence without a royalty, or not yet in effect, has none.
    """
    if not licence.price_form.has_royalty or licence.effective_on is None or licence.ends_on is None:
        return []
    session.refresh(licence, with_for_update={"of": Licence})
    known = periods_of(licence.id)
    if known:
        return known
    periods = [_period(licence, span) for span in spans(licence.effective_on, licence.ends_on, licence.period_months)]
    session.add_all(periods)
    session.flush()
    record(SYSTEM, "royalty.open_periods", licence, {"periods": [None, len(periods)]})
    return periods


def _period(licence: Licence, span: Span) -> RoyaltyPeriod:
    return RoyaltyPeriod(
        licence_id=licence.id, licensor_id=licence.licensor_id, licensee_id=licence.licensee_id,
        position=span.position, starts_on=span.starts_on, ends_on=span.ends_on, state=PeriodState.OPEN,
        due_on=report_due(span.ends_on, settings.number("royalty_report_days")), is_late=False, reminders=0,
        floor_minor=portion(licence.floor_minor, span.part), cap_minor=portion(licence.cap_minor, span.part),
    )  # fmt: skip


def end_periods(licence: Licence) -> int:
    """A licence is over before its term (lapse, rescission): later periods fall away, the running one ends with it.

    What is reported stays. Returns how many periods changed; done again it changes nothing.
    """
    if licence.ended_on is None or licence.effective_on is None or licence.ends_on is None:
        return 0
    ended_on, touched = licence.ended_on, 0
    ends = {one.position: one for one in spans(licence.effective_on, max(ended_on, licence.effective_on),
                                               licence.period_months)}  # fmt: skip
    for period in session.scalars(
        select(RoyaltyPeriod)
        .where(RoyaltyPeriod.licence_id == licence.id, RoyaltyPeriod.state.in_(UNREPORTED))
        .where(RoyaltyPeriod.ends_on > ended_on)
        .order_by(RoyaltyPeriod.position)
        .with_for_update(of=RoyaltyPeriod)
    ).all():
        touched += 1
        span = ends.get(period.position)
        if span is None:
            session.delete(period)
            continue
        period.ends_on = span.ends_on
        period.due_on = report_due(span.ends_on, settings.number("royalty_report_days"))
        period.floor_minor, period.cap_minor = (
            portion(licence.floor_minor, span.part), portion(licence.cap_minor, span.part)
        )  # fmt: skip
    session.flush()
    if touched:
        record(SYSTEM, "royalty.end_periods", licence, {"periods": [None, touched]})
    return touched


def make_due(limit: int = BATCH) -> int:
    """Periods that are over wait for their report; returns how many. Each licensee is told (P8)."""
    periods = _locked(
        limit, RoyaltyPeriod.state == PeriodState.OPEN, RoyaltyPeriod.ends_on <= today(), order=RoyaltyPeriod.ends_on
    )
    _update(periods, state=PeriodState.DUE)
    _record(periods, "royalty.due", {"state": ["open", "due"]})
    emit(*(RoyaltyDue(period.id, 0) for period in periods))
    return len(periods)


def mark_late(limit: int = BATCH) -> list[RoyaltyPeriod]:
    """Periods whose report has not come in time; the caller bills the announced floor (`reporting.bill_floors`)."""
    periods = _locked(
        limit,
        RoyaltyPeriod.state == PeriodState.DUE,
        RoyaltyPeriod.due_on < today(),
        RoyaltyPeriod.is_late.is_(False),
        order=RoyaltyPeriod.due_on,
    )
    _update(periods, is_late=True)
    _record(periods, "royalty.late", {"late": [False, True]})
    emit(*(RoyaltyLate(period.id) for period in periods))
    return periods


def remind_of_reports(limit: int = BATCH) -> int:
    """Announce reports that are due in the days of the setting and not there yet; returns how many."""
    days = settings.days("royalty_reminders")[::-1]
    if not days:
        return 0
    day = today()
    reached = [
        (RoyaltyPeriod.due_on <= day + timedelta(days=before)) & (RoyaltyPeriod.reminders < count)
        for count, before in enumerate(days, start=1)
    ]
    periods = _locked(
        limit,
        RoyaltyPeriod.state == PeriodState.DUE,
        RoyaltyPeriod.due_on >= day,
        or_(*reached),
        order=RoyaltyPeriod.due_on,
    )
    for period in periods:
        period.reminders = sum((period.due_on - day).days <= before for before in days)
        emit(RoyaltyDue(period.id, period.reminders))
    session.flush()
    return len(periods)


def accept_by_silence(limit: int = BATCH) -> int:
    """Reports that nobody asked about in time are accepted; returns how many."""
    periods = _locked(
        limit,
        RoyaltyPeriod.state == PeriodState.REPORTED,
        RoyaltyPeriod.question_until < today(),
        order=RoyaltyPeriod.question_until,
    )
    for period in periods:
        accept(SYSTEM, period)
    return len(periods)


def accept(actor: Actor, period: RoyaltyPeriod) -> RoyaltyPeriod:
    """A report stands: the licensor accepts it, or the time to ask has passed. Done again it changes nothing."""
    if period.state in {PeriodState.BILLED, PeriodState.PAID}:
        return period
    if period.state not in {PeriodState.REPORTED, PeriodState.QUESTIONED}:
        raise Conflict(_l("Nothing is reported for this period yet."), code="not_reported")
    before, period.state, period.changed_at = period.state, PeriodState.BILLED, now()
    session.flush()
    record(actor, "royalty.accept", period, {"state": [before.value, "billed"]})
    settle(period)
    return period


def settle(period: RoyaltyPeriod) -> bool:
    """An accepted period of which everything is paid, or credited, is paid; returns whether it is now."""
    if period.state is not PeriodState.BILLED or not is_settled(period):
        return False
    period.state, period.changed_at = PeriodState.PAID, now()
    session.flush()
    record(SYSTEM, "royalty.settle", period, {"state": ["billed", "paid"]})
    emit(RoyaltySettled(period.id))
    return True


def is_settled(period: RoyaltyPeriod) -> bool:
    """Whether what came in on a period, and what was taken back of it, makes up what was asked for."""
    notes = live_notes(reports_of(period.id))
    charges = [note.charge_id for note in notes if note.charge_id is not None]
    return paid_minor(notes) + credited_minor(charges) >= sum(note.total_minor for note in notes)


def _locked(limit: int, *conditions: Any, order: Any) -> list[RoyaltyPeriod]:
    """Some periods for the timer; those that others work on are left to them."""
    statement = select(RoyaltyPeriod).where(*conditions).order_by(order, RoyaltyPeriod.id).limit(limit)
    return list(session.scalars(statement.with_for_update(skip_locked=True, of=RoyaltyPeriod)))


def _update(periods: Sequence[RoyaltyPeriod], **values: Any) -> None:
    """Change locked periods in one statement; those in memory follow without being read again."""
    if not periods:
        return
    values["changed_at"] = now()
    chosen = any_(literal([period.id for period in periods], ARRAY(Uuid)))
    session.execute(
        update(RoyaltyPeriod)
        .where(RoyaltyPeriod.id == chosen)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    for period in periods:
        for name, value in values.items():
            set_committed_value(period, name, value)


def _record(periods: Sequence[RoyaltyPeriod], action: str, changes: dict[str, Any]) -> None:
    if periods:
        insert_rows(AuditEntry, [audit_row(SYSTEM, action, period, changes) for period in periods])
