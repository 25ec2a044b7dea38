"""The statement behind a page of the catalogue, built once for each combination of filters.

Instants and page are bound when it runs, so that the same filters give the same statement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
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
    true,
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

Conditions = Mapping[str, ColumnElement[bool]]
Direction = Callable[[Any], Any]
Key = tuple[Any, Direction]


class Line(NamedTuple):
    """One line of the counts: of a class, a region, an owner or a mode, or of all, as `grouping` says.

    GROUPING sets a bit for each of the four that a line does not tell apart, the class's the highest.
    """

    grouping: int
    class_code: str | None
    region: str | None
    owner: str | None
    owner_name: str | None
    owner_name_en: str | None
    mode: str | None
    n_class: int
    n_region: int
    n_owner: int
    n_mode: int
    n_when: int
    n_at_once: int
    n_for_me: int
    matching: int
    today: int
    week: int
    at_once: int
    for_me: int


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
def catalogue_statement(viewer: Viewer, filters: Filters) -> Select[Any]:
    """The rows of a page in order, and how many there are for every value of every filter: one look at all that match.

    Parameters: page_size, page_start, and the instants of `until`. The page is cut first: names, places and pictures
    are looked for by its rows only. The first row carries the `counts`, one line as `Line` names it for each value;
    a page without rows is one row without an id.
    """
    keys = _order(filters, my_price(viewer))
    conditions = _conditions(viewer, filters)
    found = _found(viewer, filters, conditions, keys).cte("found")
    page = _cut(found, [direction for _key, direction in keys], has_conditions=bool(conditions))
    counts = _lines(_counted(_alike(found, conditions))).subquery("counts")
    return (
        select(
            case((func.coalesce(page.c.place, 1) == 1, counts.c.lines)).label("counts"), Instrument.id,
            Instrument.name, Instrument.name_zh, Instrument.asset_no, Instrument.class_code, Instrument.site,
            Instrument.building, Instrument.room, Instrument.zone, Organisation.name.label("owner_name"),
            Organisation.name_en.label("owner_name_en"), InstrumentOffer.next_free_at, InstrumentOffer.blocked_until,
            InstrumentOffer.today, InstrumentOffer.today_on, InstrumentOffer.needs_approval, page.c.price_minor,
            first_picture(Instrument.id).label("picture_id"),
        )
        .select_from(counts)
        .outerjoin(page, true())
        .outerjoin(Instrument, Instrument.id == page.c.id)
        .outerjoin(Organisation, Organisation.id == Instrument.owner_id)
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
        .order_by(page.c.place)
    )  # fmt: skip


def first_picture(instrument_id: Any) -> Any:
    """The picture that stands for the instrument with the id in a column."""
    own = select(InstrumentPicture.id).where(InstrumentPicture.instrument_id == instrument_id)
    return own.order_by(InstrumentPicture.position, InstrumentPicture.id).limit(1).scalar_subquery()


def _found(viewer: Viewer, filters: Filters, conditions: Conditions, keys: Sequence[Key]) -> Select[Any]:
    """Every instrument that is looked at: what it is counted by, which conditions it meets, its place in the order."""
    met = {name: _others(conditions, name) for name in COUNTED}
    price = my_price(viewer)
    return (
        select(
            Instrument.id, Instrument.owner_id, Instrument.operation_mode.label("mode"), price.label("price_minor"),
            func.left(Instrument.class_code, literal_column("4")).label("class_code"),
            func.left(Instrument.region, literal_column("4")).label("region"),
            (InstrumentOffer.next_free_at < until("today")).label("today"),
            (InstrumentOffer.next_free_at < until("week")).label("week"),
            InstrumentOffer.needs_approval.is_(False).label("at_once"),
            _open_to(viewer).label("for_me"),
            *(condition.label(f"other_{name}") for name, condition in met.items() if condition is not None),
            *(key.label(f"key_{place}") for place, (key, _direction) in enumerate(keys)),
        )
        .select_from(Instrument)
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
        .where(*_base(filters))
    )  # fmt: skip


def _cut(found: CTE, directions: Sequence[Direction], *, has_conditions: bool) -> Subquery:
    """The page: id and price of its rows, and the place of each."""
    size, start = (bindparam(name, type_=Integer) for name in ("page_size", "page_start"))
    order = [direction(found.c[f"key_{place}"]) for place, direction in enumerate(directions)]
    kept = select(found.c.id, found.c.price_minor, *(found.c[f"key_{place}"] for place in range(len(directions))))
    kept = kept.where(found.c.other_) if has_conditions else kept
    cut = kept.order_by(*order).limit(size).offset(start).subquery("cut")
    order = [direction(cut.c[f"key_{place}"]) for place, direction in enumerate(directions)]
    return select(cut.c.id, cut.c.price_minor, func.row_number().over(order_by=order).label("place")).subquery("page")


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
        theirs = select(Organisation.id).where(Organisation.code.in_(filters.owners))
        found["owner"] = Instrument.owner_id.in_(theirs)
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


def _order(filters: Filters, price: SQLColumnExpression[int | None]) -> list[Key]:
    """What rows are ordered by, each key with its direction."""
    soonest = (InstrumentOffer.next_free_at, _rising)
    orders: Mapping[str, list[Key]] = {
        "soonest": [soonest],
        "price": [(price, _rising), soonest],
        "name": [(Instrument.name, _rising)],
        "newest": [(Instrument.published_at, _falling)],
        "relevance": [(rank(Instrument.search_words, filters.q), _falling), soonest] if filters.q else [soonest],
    }
    return [*orders[filters.sort], (Instrument.id, _rising)]


def _alike(found: CTE, conditions: Conditions) -> tuple[Subquery, dict[str, Any]]:
    """Instruments alike in all that is counted, with their `amount`: the five ways of counting then look at few.

    And for each name whether all other conditions are met; None where there are no others.
    """
    others = {name: found.c.get(f"other_{name}") for name in COUNTED}
    columns = [
        *(found.c[name] for name in ("class_code", "region", "owner_id", "mode", *FLAGS)),
        *(column for column in others.values() if column is not None),
    ]
    alike = select(*columns, func.count().label("amount")).group_by(*columns).subquery("alike")
    return alike, {name: alike.c.get(f"other_{name}") for name in COUNTED}


def _counted(groups: tuple[Subquery, dict[str, Any]]) -> Subquery:
    """How many there are for each value by itself, and in all."""
    alike, others = groups
    own = alike.c
    by = (own.class_code, own.region, own.owner_id, own.mode)
    return (
        select(
            func.grouping(*by).label("grouping"), *by,
            *(_sum(own.amount, others[name]).label(f"n_{name}") for name in COUNTED),
            *(_sum(own.amount, own[name], others[other]).label(name) for name, other in FLAGS.items()),
        )
        .group_by(func.grouping_sets(*(tuple_(column) for column in by), tuple_()))
        .subquery("counted")
    )  # fmt: skip


def _lines(counted: Subquery) -> Select[Any]:
    """All lines of the counts as one value, each with the values that `Line` names."""
    owner = (Organisation.code, Organisation.name, Organisation.name_en)
    line = (
        counted.c.grouping, counted.c.class_code, counted.c.region, *owner, counted.c.mode,
        *(counted.c[f"n_{name}"] for name in COUNTED), *(counted.c[name] for name in FLAGS),
    )  # fmt: skip
    lines = select(func.json_agg(func.json_build_array(*line)).label("lines"))
    return lines.select_from(counted).outerjoin(Organisation, Organisation.id == counted.c.owner_id)


def _sum(amount: Any, *conditions: Any) -> Any:
    kept = [condition for condition in conditions if condition is not None]
    total = func.sum(amount).filter(*kept) if kept else func.sum(amount)
    return cast(func.coalesce(total, literal_column("0")), Integer)


def _others(conditions: Conditions, name: str) -> ColumnElement[bool] | None:
    """All conditions but one, None when there are no others; what is unknown counts as not met."""
    kept = [condition for key, condition in conditions.items() if key != name]
    return func.coalesce(and_(*kept), literal(False)) if kept else None
