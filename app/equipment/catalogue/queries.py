"""The list of published instruments with its filters, counts and order: two statements a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, and_, case, func, literal, or_, select, tuple_

from app.accounts.models import Actor, Organisation, OrganisationKind
from app.core.clock import DEFAULT_ZONE, now, today
from app.core.db import session
from app.equipment.catalogue.filters import Filters
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.instruments.models import Instrument, InstrumentState, OperationMode, ShareMode
from app.equipment.schedule.hours import END_OF_DAY, instant
from app.search.queries import matches, rank

PAGE_SIZE = 25
MOST_EXPORTED = 5000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many instruments each value of each filter would give, all other filters kept."""

    classes: dict[str, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    owners: dict[str, tuple[str, str, int]] = field(default_factory=dict)  # code → name, English name, count
    modes: dict[str, int] = field(default_factory=dict)
    today: int = 0
    week: int = 0
    at_once: int = 0
    for_me: int = 0
    everything: int = 0


def my_price(actor: Actor) -> SQLColumnExpression[int | None]:
    """The column of hourly prices that an actor pays; visitors see those of enterprises."""
    organisation = actor.organisation
    if organisation is None or organisation.kind is not OrganisationKind.INSTITUTION:
        return InstrumentOffer.enterprise_minor
    own = Instrument.owner_id == organisation.id
    return case((own, InstrumentOffer.internal_minor), else_=InstrumentOffer.institution_minor)


def list_instruments(actor: Actor, filters: Filters, *, limit: int, offset: int = 0) -> tuple[Sequence[Row[Any]], int]:
    """(rows, how many there are in all): name, owner, place, next free time and my price of published instruments."""
    price = my_price(actor)
    conditions = _conditions(actor, filters)
    statement = _from_catalogue(
        select(
            Instrument.id, Instrument.name, Instrument.name_zh, Instrument.asset_no, Instrument.class_code,
            Instrument.site, Instrument.building, Instrument.room, Instrument.zone, Instrument.share_mode,
            Instrument.operation_mode, Instrument.owner_id, Organisation.name.label("owner_name"),
            Organisation.name_en.label("owner_name_en"), Organisation.code.label("owner_code"),
            InstrumentOffer.next_free_at, InstrumentOffer.blocked_until, InstrumentOffer.today,
            InstrumentOffer.today_on, InstrumentOffer.needs_approval, price.label("price_minor"),
            func.count().over().label("total"),
        )
    )  # fmt: skip
    statement = statement.where(*_base(filters), *conditions.values()).order_by(*_order(filters, price))
    rows = session.execute(statement.limit(limit).offset(offset)).all()
    if rows or not offset:
        return rows, rows[0].total if rows else 0
    total = _from_catalogue(select(func.count())).where(*_base(filters), *conditions.values())
    return rows, session.scalar(total) or 0


def _from_catalogue(statement: Any) -> Select[Any]:
    joined: Select[Any] = (
        statement.select_from(Instrument)
        .join(Organisation, Organisation.id == Instrument.owner_id)
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
    )
    return joined


def _base(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Instrument.state == InstrumentState.PUBLISHED]
    if filters.q:
        found.append(matches(Instrument.search_words, filters.q))
    return found


def _conditions(actor: Actor, filters: Filters) -> dict[str, ColumnElement[bool]]:
    """Each filter that is on, by name."""
    found: dict[str, ColumnElement[bool]] = {}
    if filters.classes:
        found["class"] = or_(*(Instrument.class_code.startswith(code) for code in filters.classes))
    if filters.regions:
        found["region"] = or_(*(Instrument.region.startswith(code) for code in filters.regions))
    if filters.owners:
        found["owner"] = Organisation.code.in_(filters.owners)
    if filters.modes:
        found["mode"] = Instrument.operation_mode.in_([OperationMode.BOTH, *map(OperationMode, filters.modes)])
    if filters.when:
        found["when"] = InstrumentOffer.next_free_at < _until(filters.when)
    price = my_price(actor)
    bounds = [price >= filters.low] if filters.low is not None else []
    bounds += [price <= filters.high] if filters.high is not None else []
    if bounds:
        found["price"] = and_(*bounds)
    if filters.at_once:
        found["at_once"] = InstrumentOffer.needs_approval.is_(False)
    if filters.for_me:
        found["for_me"] = _open_to(actor)
    return found


def _open_to(actor: Actor) -> ColumnElement[bool]:
    """Shared with outsiders or my own, at a price for my class."""
    shared: ColumnElement[bool] = Instrument.share_mode == ShareMode.EXTERNAL
    if actor.organisation_id is not None:
        shared = or_(shared, Instrument.owner_id == actor.organisation_id)
    return and_(shared, my_price(actor).is_not(None))


def _until(when: str) -> datetime:
    """The end of today, or seven days from now."""
    return instant(today(), END_OF_DAY, DEFAULT_ZONE) if when == "today" else now() + timedelta(days=7)


def _order(filters: Filters, price: SQLColumnExpression[int | None]) -> list[Any]:
    soonest = InstrumentOffer.next_free_at.asc().nulls_last()
    orders: Mapping[str, list[Any]] = {
        "soonest": [soonest],
        "price": [price.asc().nulls_last(), soonest],
        "name": [Instrument.name],
        "newest": [Instrument.published_at.desc().nulls_last()],
        "relevance": [rank(Instrument.search_words, filters.q).desc(), soonest] if filters.q else [soonest],
    }
    return [*orders[filters.sort], Instrument.id]


def count_instruments(actor: Actor, filters: Filters) -> Counts:
    """The numbers beside the filters: one statement."""
    conditions = _conditions(actor, filters)
    rows = _from_catalogue(
        select(
            func.left(Instrument.class_code, 4).label("class_code"),
            func.left(Instrument.region, 4).label("region"),
            Organisation.code.label("owner"),
            Organisation.name.label("owner_name"),
            Organisation.name_en.label("owner_name_en"),
            Instrument.operation_mode.label("mode"),
            (InstrumentOffer.next_free_at < _until("today")).label("today"),
            (InstrumentOffer.next_free_at < _until("week")).label("week"),
            InstrumentOffer.needs_approval.is_(False).label("at_once"),
            _open_to(actor).label("for_me"),
            *(_others(conditions, name).label(f"other_{name}") for name in _COUNTED),
        )
    )
    flat = rows.where(*_base(filters)).subquery()
    own = flat.c
    owner = tuple_(own.owner, own.owner_name, own.owner_name_en)
    sets = func.grouping_sets(tuple_(own.class_code), tuple_(own.region), owner, tuple_(own.mode), tuple_())
    statement = select(
        own.class_code, own.region, own.owner, own.owner_name, own.owner_name_en, own.mode,
        func.grouping(own.class_code, own.region, own.owner, own.mode).label("grouping"),
        *(func.count().filter(own[f"other_{name}"]).label(f"n_{name}") for name in _COUNTED),
        *(func.count().filter(own[name], own[other]).label(name) for name, other in _FLAGS.items()),
    ).group_by(sets)  # fmt: skip
    return _counts(session.execute(statement).all())


_COUNTED = ("class", "region", "owner", "mode", "when", "at_once", "for_me", "")
_FLAGS = {"today": "other_when", "week": "other_when", "at_once": "other_at_once", "for_me": "other_for_me"}


def _others(conditions: Mapping[str, ColumnElement[bool]], name: str) -> ColumnElement[bool]:
    """All conditions but one; what is unknown counts as not met."""
    kept = [condition for key, condition in conditions.items() if key != name]
    return func.coalesce(and_(*kept), literal(False)) if kept else literal(True)


def _counts(rows: Sequence[Row[Any]]) -> Counts:
    """GROUPING sets a bit for every column that a row does not tell apart, the first column's the highest."""
    whole = next((row for row in rows if row.grouping == 0b1111), None)
    return Counts(
        classes={row.class_code: row.n_class for row in _of(rows, 0b0111) if row.class_code and row.n_class},
        regions={row.region: row.n_region for row in _of(rows, 0b1011) if row.region and row.n_region},
        owners={
            row.owner: (row.owner_name, row.owner_name_en, row.n_owner) for row in _of(rows, 0b1101) if row.n_owner
        },
        modes={row.mode.value: row.n_mode for row in _of(rows, 0b1110)},
        today=whole.today if whole else 0,
        week=whole.week if whole else 0,
        at_once=whole.at_once if whole else 0,
        for_me=whole.for_me if whole else 0,
        everything=whole.n_when if whole else 0,
    )


def _of(rows: Sequence[Row[Any]], grouping: int) -> Iterator[Row[Any]]:
    return (row for row in rows if row.grouping == grouping)


def instruments_like(instrument: Instrument, limit: int = 3) -> Sequence[Row[Any]]:
    """Published instruments of the same class elsewhere or here, soonest free first."""
    statement = (
        _from_catalogue(
            select(
                Instrument.id, Instrument.name, Instrument.name_zh, Organisation.name.label("owner_name"),
                Organisation.name_en.label("owner_name_en"), InstrumentOffer.next_free_at, Instrument.zone,
            )
        )
        .where(
            Instrument.state == InstrumentState.PUBLISHED,
            Instrument.class_code == instrument.class_code,
            Instrument.id != instrument.id,
        )
        .order_by(InstrumentOffer.next_free_at.asc().nulls_last(), Instrument.id)
        .limit(limit)
    )  # fmt: skip
    return session.execute(statement).all()


def offer_of(instrument_id: UUID) -> InstrumentOffer | None:
    """What was worked out last."""
    return session.get(InstrumentOffer, instrument_id)
