"""One day of an institution's instruments as a timeline."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from app.accounts.models import Actor
from app.core.clock import DEFAULT_ZONE, bounds, day_period, now, period
from app.core.db import session
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.pages import Page
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.queries import bookings_between
from app.equipment.schedule.models import Occupation, OccupationKind

PER_PAGE = 12
QUARTERS = {ReservationState.IN_USE: "mine", ReservationState.PENDING: "pending"}


def today_rows(actor: Actor, day: date, number: int = 1, size: int = PER_PAGE) -> Page[dict[str, Any]]:
    """Instruments with their bookings of a day, busy ones first: four statements."""
    window = bounds(day_period(day, DEFAULT_ZONE))
    busy = (
        select(func.count())
        .where(
            Occupation.instrument_id == Instrument.id, Occupation.active, Occupation.period.op("&&")(period(*window))
        )
        .correlate(Instrument)
        .scalar_subquery()
    )
    own = (Instrument.owner_id == actor.organisation_id, Instrument.state == InstrumentState.PUBLISHED)
    total = session.scalar(select(func.count()).where(*own).select_from(Instrument)) or 0
    number = min(max(1, number), max(1, -(-total // size)))
    instruments = session.scalars(
        select(Instrument).where(*own).order_by(busy.desc(), Instrument.name).limit(size).offset((number - 1) * size)
    ).all()
    ids = [instrument.id for instrument in instruments]
    slots: dict[Any, list[dict[str, Any]]] = {identity: [] for identity in ids}
    for reservation in bookings_between(ids, *window):
        if reservation.occupies:
            slots[reservation.instrument_id].append(_reservation_slot(reservation, window))
    for block in _maintenance(ids, window):
        slots[block.instrument_id].append(_slot("maintenance", block.period, window, _("Maintenance"), block.reason))
    return Page([_row(instrument, slots[instrument.id]) for instrument in instruments], number, size, total)


def _maintenance(ids: list[Any], window: tuple[datetime, datetime]) -> Any:
    return session.scalars(
        select(Occupation).where(
            Occupation.instrument_id.in_(ids),
            Occupation.active,
            Occupation.kind == OccupationKind.MAINTENANCE,
            Occupation.period.op("&&")(period(*window)),
        )
    )


def _row(instrument: Instrument, slots: list[dict[str, Any]]) -> dict[str, Any]:
    chinese = current_locale() == "zh_CN" and instrument.name_zh
    return {
        "name": instrument.name_zh if chinese else instrument.name,
        "note": instrument.asset_no,
        "url": url_for("instruments.show", instrument_id=instrument.id),
        "slots": slots,
    }


def _reservation_slot(reservation: Reservation, window: tuple[datetime, datetime]) -> dict[str, Any]:
    state = QUARTERS.get(reservation.state, "busy")
    slot = _slot(state, reservation.period, window, reservation.payer.called, reservation.number)
    return {**slot, "url": url_for("reservations.show", reservation_id=reservation.id)}


def _slot(state: str, stretch: Any, window: tuple[datetime, datetime], title: str, text: str) -> dict[str, Any]:
    begin, end = max(stretch.lower, window[0]), min(stretch.upper, window[1])
    quarter = timedelta(minutes=15)
    return {
        "state": state,
        "start": int((begin - window[0]) / quarter),
        "end": max(int((begin - window[0]) / quarter) + 1, -int(-(end - window[0]) // quarter)),
        "title": title,
        "text": text,
    }


def now_quarter(day: date) -> int | None:
    """Where the now-line stands on a day, in quarters of an hour; None on another day."""
    local = now().astimezone(DEFAULT_ZONE)
    return local.hour * 4 + local.minute // 15 if local.date() == day else None
