"""Everything about one instrument that a booking is checked and priced against, in one statement."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, Row, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.accounts.models import Actor, Organisation
from app.core.db import read
from app.core.errors import Conflict, Invalid, Missing
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.templating import format_money
from app.equipment.instruments.models import Instrument, InstrumentState, OperationMode, ShareMode
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.hours import (
    ExceptionDay,
    WeeklyHours,
    open_stretches,
    whole_days,
)
from app.equipment.schedule.models import BookingRules, OpeningException, OpeningStretch
from app.equipment.schedule.periods import Stretch
from app.equipment.schedule.queries import exception_of, week_of
from app.equipment.schedule.slots import SlotRules
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.pricing import Quote, price
from app.equipment.tariffs.terms import PayerClass, Terms

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BookingSheet:
    """One instrument as a booking sees it: hours, rules, and the tariff in force on the day asked for."""

    instrument_id: UUID
    owner_id: UUID
    name: str
    name_zh: str
    zone: ZoneInfo
    state: InstrumentState
    share_mode: ShareMode
    operation_mode: OperationMode
    rules: SlotRules
    needs_approval: bool
    cancellation: CancellationRules
    weekly: WeeklyHours
    exceptions: dict[date, ExceptionDay]
    tariff_id: UUID | None
    terms: Terms | None

    def opening(self, window: Stretch) -> list[Stretch]:
        """Opening hours of the whole calendar days that a window touches."""
        return open_stretches(self.weekly, self.exceptions, self.zone, whole_days(window, self.zone))

    def operator_for(self, payer: PayerClass, wished: bool) -> bool:
        """Whether an operator is charged: always where only the staff works the instrument and has a price.

        Raises Invalid when one is wished where only customers work it.
        """
        if wished and self.operation_mode is OperationMode.SELF:
            raise Invalid(
                _l("Customers work this instrument themselves; there is no operator for it."),
                field="with_operator",
                code="no_operator",
            )
        prices = self.terms.classes.get(payer) if self.terms is not None else None
        has_price = prices is not None and prices.operator_per_hour is not None
        return wished or (self.operation_mode is OperationMode.ASSISTED and has_price)

    def price(self, payer: PayerClass, minutes: int, *, with_operator: bool = False) -> Quote:
        """What a booking of this length costs. Raises Conflict when there is no tariff for that day."""
        if self.terms is None:
            raise Conflict(_l("The institution has not published prices for that day yet."), code="no_tariff")
        return price(self.terms, payer, minutes, with_operator=with_operator)


def booking_sheet(instrument_id: UUID, window: Stretch, *, tariff_day: datetime | None = None) -> BookingSheet:
    """The sheet of an instrument for a window of time, priced for `tariff_day` (the window's start by default).

    Raises Missing when there is no such instrument.
    """
    wanted = {
        "instrument": instrument_id,
        "tariff_day": tariff_day or window[0],
        "first_day": (window[0] - DAY).date(),
        "last_day": (window[1] + DAY).date(),
    }
    rows = read(_SHEET, wanted)
    if not rows:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return _sheet(rows[0])


def _statement() -> Any:
    local_day = func.date(func.timezone(Instrument.zone, bindparam("tariff_day", type_=DateTime(timezone=True))))
    return (
        select(
            Instrument.id, Instrument.owner_id, Instrument.name, Instrument.name_zh, Instrument.zone,
            Instrument.state, Instrument.share_mode, Instrument.operation_mode,
            BookingRules.granularity, BookingRules.shortest, BookingRules.longest,
            BookingRules.notice, BookingRules.horizon_days, BookingRules.needs_approval,
            BookingRules.free_until, BookingRules.late_percent, BookingRules.no_show_percent,
            _template_lines().label("stretches"), _exception_lines().label("exceptions"),
            Tariff.id.label("tariff_id"), Tariff.terms,
        )
        .outerjoin(BookingRules, BookingRules.instrument_id == Instrument.id)
        .outerjoin(
            Tariff,
            (Tariff.instrument_id == Instrument.id)
            & (Tariff.state == TariffState.PUBLISHED)
            & Tariff.valid.op("@>")(local_day),
        )
        .where(Instrument.id == bindparam("instrument"))
    )  # fmt: skip


def _template_lines() -> Any:
    line = func.json_build_array(OpeningStretch.weekday, OpeningStretch.starts_minute, OpeningStretch.ends_minute)
    ordered = aggregate_order_by(line, OpeningStretch.weekday, OpeningStretch.starts_minute)
    own = OpeningStretch.instrument_id == bindparam("instrument")
    return select(func.json_agg(ordered)).where(own).scalar_subquery()


def _exception_lines() -> Any:
    line = func.json_build_array(OpeningException.day, OpeningException.stretches, OpeningException.reason)
    return (
        select(func.json_agg(line))
        .where(
            OpeningException.instrument_id == bindparam("instrument"),
            OpeningException.day.between(bindparam("first_day"), bindparam("last_day")),
        )
        .scalar_subquery()
    )


_SHEET = _statement()  # built once: people race for slots with it


def _sheet(row: Row[Any]) -> BookingSheet:
    has_rules = row.granularity is not None
    return BookingSheet(
        instrument_id=row.id,
        owner_id=row.owner_id,
        name=row.name,
        name_zh=row.name_zh,
        zone=ZoneInfo(row.zone),
        state=row.state,
        share_mode=row.share_mode,
        operation_mode=row.operation_mode,
        rules=SlotRules(row.granularity, row.shortest, row.longest, row.notice, row.horizon_days)
        if has_rules
        else SlotRules(),
        needs_approval=bool(row.needs_approval),
        cancellation=CancellationRules(row.free_until, row.late_percent, row.no_show_percent)
        if has_rules
        else CancellationRules(),
        weekly=week_of(row.stretches or []),
        exceptions={
            date.fromisoformat(day): exception_of(parts, reason) for day, parts, reason in row.exceptions or []
        },
        tariff_id=row.tariff_id,
        terms=Terms.from_json(row.terms) if row.terms is not None else None,
    )


def ensure_offered(sheet: BookingSheet, actor: Actor) -> None:
    """Whether this actor may book this instrument at all.

    Raises Missing for an instrument that is not in the catalogue, Invalid when it is not shared with outsiders.
    """
    own = actor.acts_for(sheet.owner_id)
    if sheet.state is not InstrumentState.PUBLISHED and not own:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if sheet.state is not InstrumentState.PUBLISHED:
        raise Conflict(_l("Publish the instrument before it can be booked."), code="not_published")
    if sheet.share_mode is not ShareMode.EXTERNAL and not own:
        raise Invalid(_l("This instrument is for its own institution only."), code="not_shared")


def ensure_within_unverified_limit(payer: Organisation, total: Money, limit_minor: int) -> None:
    """An organisation that is not verified yet books small amounts only (flows.md §4)."""
    if not payer.is_verified and total.minor > limit_minor:
        raise Invalid(
            _l("Not verified yet: one booking up to %(amount)s.", amount=format_money(limit_minor)),
            code="unverified_limit",
        )
