"""The two statements behind a page of the catalogue, built once for each combination of filters.

Instants and page are bound when they run, so that the same filters give the same statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from app.accounts.models import Actor, Organisation, OrganisationKind
from app.equipment.catalogue.filters import Filters
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.instruments.models import Instrument, InstrumentPicture, InstrumentState, OperationMode, ShareMode
from app.search.queries import matches, rank

KEPT = 512
COUNTED = ("class", "region", "owner", "mode", "when", "at_once", "for_me", "")
FLAGS = {"today": "when", "week": "when", "at_once": "at_once", "for_me": "for_me"}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose prices are shown: an institution's, or (None) those of enterprises, which visitors see too."""

    institution_id: UUID | None


def viewer_of(actor: Actor) -> Viewer:
    """All enterprises and visitors see the same list."""
    organisation = actor.organisation
    if organisation is None or organisation.kind is not OrganisationKind.INSTITUTION:
        return Viewer(None)
    return Viewer(organisation.id)


def my_price(viewer: Viewer) -> SQLColumnExpression[int | None]:
    """The column of hourly prices that a viewer pays."""
    if viewer.institution_id is None:
        return InstrumentOffer.enterprise_minor
    own = Instrument.owner_id == viewer.institution_id
    return case((own, InstrumentOffer.internal_minor), else_=InstrumentOffer.institution_minor)


def until(when: str) -> Any:
    """The parameter for the end of `today` or of the `week` from now."""
    return bindparam(f"until_{when}", type_=DateTime(timezone=True))


@lru_cache(KEPT)
def list_statement(viewer: Viewer, filters: Filters) -> Select[Any]:
    """Rows in order; parameters: page_size, page_start, and the instants of `until`.

    The page is cut first: pictures are looked for by its rows only, not by all that match.
    """
    price = my_price(viewer)
    keys = _order(filters, price)
    statement = from_catalogue(
        select(
            Instrument.id, Instrument.name, Instrument.name_zh, Instrument.asset_no, Instrument.class_code,
            Instrument.site, Instrument.building, Instrument.room, Instrument.zone,
            Organisation.name.label("owner_name"), Organisation.name_en.label("owner_name_en"),
            InstrumentOffer.next_free_at, InstrumentOffer.blocked_until, InstrumentOffer.today,
            InstrumentOffer.today_on, InstrumentOffer.needs_approval, price.label("price_minor"),
            *(key.label(f"key_{place}") for place, (key, _direction) in enumerate(keys)),
        )
    )  # fmt: skip
    statement = statement.where(*_base(filters), *_conditions(viewer, filters).values())
    size, start = (bindparam(name, type_=Integer) for name in ("page_size", "page_start"))
    cut = statement.order_by(*(direction(key) for key, direction in keys)).limit(size).offset(start).subquery("page")
    shown = [column for column in cut.c if not column.name.startswith("key_")]
    return select(*shown, first_picture(cut.c.id).label("picture_id")).order_by(
        *(direction(cut.c[f"key_{place}"]) for place, (_key, direction) in enumerate(keys))
    )


def first_picture(instrument_id: Any) -> Any:
    """The picture that stands for the instrument with the id in a column."""
    own = select(InstrumentPicture.id).where(InstrumentPicture.instrument_id == instrument_id)
    return own.order_by(InstrumentPicture.position, InstrumentPicture.id).limit(1).scalar_subquery()


def from_catalogue(statement: Any) -> Select[Any]:
    """Instruments with their owner and offer."""
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


def _conditions(viewer: Viewer, filters: Filters) -> dict[str, ColumnElement[bool]]:
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
        found["when"] = InstrumentOffer.next_free_at < until(filters.when)
    price = my_price(viewer)
    bounds = [price >= filters.low] if filters.low is not None else []
    bounds += [price <= filters.high] if filters.high is not None else []
    if bounds:
        found["price"] = and_(*bounds)
    if filters.at_once:
        found["at_once"] = InstrumentOffer.needs_approval.is_(False)
    if filters.for_me:
        found["for_me"] = _open_to(viewer)
    return found


def _open_to(viewer: Viewer) -> ColumnElement[bool]:
    """Shared with outsiders or my own, at a price for my class."""
    shared: ColumnElement[bool] = Instrument.share_mode == ShareMode.EXTERNAL
    if viewer.institution_id is not None:
        shared = or_(shared, Instrument.owner_id == viewer.institution_id)
    return and_(shared, my_price(viewer).is_not(None))


def _rising(key: Any) -> Any:
    return key.asc().nulls_last()


def _falling(key: Any) -> Any:
    return key.desc().nulls_last()


def _order(filters: Filters, price: SQLColumnExpression[int | None]) -> list[tuple[Any, Callable[[Any], Any]]]:
    """What rows are ordered by, each key with its direction."""
    soonest = (InstrumentOffer.next_free_at, _rising)
    orders: Mapping[str, list[tuple[Any, Callable[[Any], Any]]]] = {
        "soonest": [soonest],
        "price": [(price, _rising), soonest],
        "name": [(Instrument.name, _rising)],
        "newest": [(Instrument.published_at, _falling)],
        "relevance": [(rank(Instrument.search_words, filters.q), _falling), soonest] if filters.q else [soonest],
    }
    return [*orders[filters.sort], (Instrument.id, _rising)]


@lru_cache(KEPT)
def count_statement(viewer: Viewer, filters: Filters) -> Select[Any]:
    """How many instruments there are for every value of every filter, the other filters kept, and in all.

    Instruments alike in all that is counted become one row first: the five ways of counting then look at few.
    """
    alike, others = _alike(viewer, filters)
    own = alike.c
    sets = func.grouping_sets(
        tuple_(own.class_code), tuple_(own.region), tuple_(own.owner_id), tuple_(own.mode), tuple_()
    )
    counted = (
        select(
            own.class_code, own.region, own.owner_id, own.mode,
            func.grouping(own.class_code, own.region, own.owner_id, own.mode).label("grouping"),
            *(_sum(own.amount, others[name]).label(f"n_{name}") for name in COUNTED),
            *(_sum(own.amount, own[name], others[other]).label(name) for name, other in FLAGS.items()),
        )
        .group_by(sets)
        .subquery()
    )  # fmt: skip
    named: Select[Any] = select(
        counted, Organisation.code.label("owner"), Organisation.name.label("owner_name"),
        Organisation.name_en.label("owner_name_en"),
    ).outerjoin_from(counted, Organisation, Organisation.id == counted.c.owner_id)  # fmt: skip
    return named


def _alike(viewer: Viewer, filters: Filters) -> tuple[Subquery, dict[str, Any]]:
    """Groups of instruments with their `amount`, and for each name whether all other conditions are met."""
    conditions = _conditions(viewer, filters)
    met = {name: _others(conditions, name) for name in COUNTED}
    columns = [
        func.left(Instrument.class_code, 4).label("class_code"),
        func.left(Instrument.region, 4).label("region"),
        Instrument.owner_id,
        Instrument.operation_mode.label("mode"),
        (InstrumentOffer.next_free_at < until("today")).label("today"),
        (InstrumentOffer.next_free_at < until("week")).label("week"),
        InstrumentOffer.needs_approval.is_(False).label("at_once"),
        _open_to(viewer).label("for_me"),
        *(condition.label(f"other_{name}") for name, condition in met.items() if condition is not None),
    ]
    joined = from_catalogue(select(*columns, func.count().label("amount")))
    alike = joined.where(*_base(filters)).group_by(*_places_of(columns)).subquery()
    return alike, {name: None if met[name] is None else alike.c[f"other_{name}"] for name in COUNTED}


def _places_of(columns: Sequence[Any]) -> list[Any]:
    """Columns by their place, as GROUP BY takes them: expressions with bound values would count as others."""
    return [literal_column(str(place)) for place in range(1, len(columns) + 1)]


def _sum(amount: Any, *conditions: Any) -> Any:
    kept = [condition for condition in conditions if condition is not None]
    total = func.sum(amount).filter(*kept) if kept else func.sum(amount)
    return cast(func.coalesce(total, literal_column("0")), Integer)


def _others(conditions: Mapping[str, ColumnElement[bool]], name: str) -> ColumnElement[bool] | None:
    """All conditions but one, None when there are no others; what is unknown counts as not met."""
    kept = [condition for key, condition in conditions.items() if key != name]
    return func.coalesce(and_(*kept), literal(False)) if kept else None
