"""Annuities of many patents at once: the states of `terms.annuity_state` as conditions that the database answers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, and_, cast, func, literal

from app.core.workdays import working_day_from
from app.market.patents.models import LegalStatus, Patent
from app.market.settings import settings


def last_passed(day: date) -> date:
    """The latest calendar day that, moved on to a working day, lies before `day`: what was due until it is late."""
    border = day - timedelta(days=1)
    while working_day_from(border) >= day:
        border -= timedelta(days=1)
    return border


def due_day() -> ColumnElement[Any]:
    """The day on which the next annuity is due, before it is moved to a working day."""
    years: Any = func.make_interval(cast(Patent.annuity_paid_through, Integer))
    return cast(Patent.filed_on + years, Date)


@dataclass(frozen=True, slots=True)
class Dues:
    """Conditions on a day: `soon` within the first alert, `late`, `over` past the late period, or `paid`."""

    soon: ColumnElement[bool]
    late: ColumnElement[bool]
    over: ColumnElement[bool]
    paid: ColumnElement[bool]


def dues(day: date) -> Dues:
    """The conditions for patents that are granted and whose term has a further year."""
    due, passed = due_day(), literal(last_passed(day), Date)
    months: Any = func.make_interval(0, literal(settings.number("late_months"), Integer))
    running = and_(
        Patent.legal_status == LegalStatus.IN_FORCE, Patent.expires_on > day, due < Patent.expires_on
    )  # fmt: skip
    ends = cast(due + months, Date)
    alert = max(settings.days("annuity_alert_days"))
    return Dues(
        soon=and_(running, due > passed, due <= day + timedelta(days=alert)),
        late=and_(running, due <= passed, ends > passed),
        over=and_(running, ends <= passed),
        paid=and_(running, due > passed),
    )
