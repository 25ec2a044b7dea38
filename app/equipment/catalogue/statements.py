"""The two statements behind a page of the catalogue, built once for each combination of filters.

Instants and page are bound when they run, so that the same filters give the same statement.
"""

from collections.abc import Mapping
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
    and_,
    bindparam,
    case,
    func,
    literal,
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
FLAGS = {"today": "other_when", "week": "other_when", "at_once": "other_at_once", "for_me": "other_for_me"}


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
    """Rows in order; parameters: page_size, page_start, and the instants of `until`."""
    price = my_price(viewer)
    statement = from_catalogue(
        select(
            Instrument.id, Instrument.name, Instrument.name_zh, Instrument.asset_no, Instrument.class_code,
            Instrument.site, Instrument.building, Instrument.room, Instrument.zone,
            Organisation.name.label("owner_name"), Organisation.name_en.label("owner_name_en"),
            InstrumentOffer.next_free_at, InstrumentOffer.blocked_until, InstrumentOffer.today,
            InstrumentOffer.today_on, InstrumentOffer.needs_approval, price.label("price_minor"),
            _first_picture().label("picture_id"),
        )
    )  # fmt: skip
    statement = statement.where(*_base(filters), *_conditions(viewer, filters).values())
    page = (bindparam("page_size", type_=Integer), bindparam("page_start", type_=Integer))
    return statement.order_by(*_order(filters, price)).limit(page[0]).offset(page[1])


def _first_picture() -> Any:
    own = select(InstrumentPicture.id).where(InstrumentPicture.instrument_id == Instrument.id)
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


@lru_cache(KEPT)
def count_statement(viewer: Viewer, filters: Filters) -> Select[Any]:
    """How many instruments there are for every value of every filter, the other filters kept, and in all."""
    conditions = _conditions(viewer, filters)
    rows = from_catalogue(
        select(
            func.left(Instrument.class_code, 4).label("class_code"),
            func.left(Instrument.region, 4).label("region"),
            Organisation.code.label("owner"),
            Organisation.name.label("owner_name"),
            Organisation.name_en.label("owner_name_en"),
            Instrument.operation_mode.label("mode"),
            (InstrumentOffer.next_free_at < until("today")).label("today"),
            (InstrumentOffer.next_free_at < until("week")).label("week"),
            InstrumentOffer.needs_approval.is_(False).label("at_once"),
            _open_to(viewer).label("for_me"),
            *(_others(conditions, name).label(f"other_{name}") for name in COUNTED),
        )
    )
    flat = rows.where(*_base(filters)).subquery()
    own = flat.c
    owner = tuple_(own.owner, own.owner_name, own.owner_name_en)
    sets = func.grouping_sets(tuple_(own.class_code), tuple_(own.region), owner, tuple_(own.mode), tuple_())
    counted: Select[Any] = select(
        own.class_code, own.region, own.owner, own.owner_name, own.owner_name_en, own.mode,
        func.grouping(own.class_code, own.region, own.owner, own.mode).label("grouping"),
        *(func.count().filter(own[f"other_{name}"]).label(f"n_{name}") for name in COUNTED),
        *(func.count().filter(own[name], own[other]).label(name) for name, other in FLAGS.items()),
    ).group_by(sets)  # fmt: skip
    return counted


def _others(conditions: Mapping[str, ColumnElement[bool]], name: str) -> ColumnElement[bool]:
    """All conditions but one; what is unknown counts as not met."""
    kept = [condition for key, condition in conditions.items() if key != name]
    return func.coalesce(and_(*kept), literal(False)) if kept else literal(True)
