"""Figures of registered contracts for the operator (domain.md C.2: number, 成交额, 技术交易额, 流向)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select

from app.accounts.models import Actor
from app.accounts.regions import region_name
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.policy import rule
from app.market.licences.models import LicenceKind
from app.market.licences.words import KINDS
from app.market.negotiations.models import ContractRegistration, RegistrationState
from app.market.settings import settings

BREAKDOWNS = {
    "kind": _l("Kind"), "field": _l("Field"), "seller": _l("Region of the seller"),
    "buyer": _l("Region of the buyer"), "flow": _l("Flow"),
}  # fmt: skip
FLOWS = {
    "inside": _l("Within the province"),
    "out": _l("To other provinces"),
    "in": _l("From other provinces"),
    "outside": _l("Between other provinces"),
}
COUNTED = (RegistrationState.REGISTERED,)  # a cancelled registration counts no more


@rule()
def supervises_figures(actor: Actor, _thing: Any) -> bool:
    """The operator's people."""
    return actor.operates()


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: how many contracts and their sums in fen."""

    key: str
    count: int
    total_minor: int
    technical_minor: int


def breakdown(by: str, year: int) -> Sequence[Figure]:
    """Contracts registered in a calendar year at home, the greatest technology value first."""
    key = _key(by).label("key")
    sums = (
        func.count(),
        func.coalesce(func.sum(ContractRegistration.total_minor), 0),
        func.coalesce(func.sum(ContractRegistration.technical_minor), 0),
    )
    rows = session.execute(
        select(key, *sums)
        .where(
            ContractRegistration.state.in_(COUNTED),
            ContractRegistration.registered_on >= date(year, 1, 1),
            ContractRegistration.registered_on < date(year + 1, 1, 1),
        )
        .group_by("key")
        .order_by(sums[2].desc(), "key")
    )
    return [Figure(str(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in rows]


def totals(rows: Sequence[Figure]) -> Figure:
    """All lines together."""
    return Figure(
        "", sum(one.count for one in rows), sum(one.total_minor for one in rows),
        sum(one.technical_minor for one in rows),
    )  # fmt: skip


def _key(by: str) -> ColumnElement[Any]:
    columns: dict[str, ColumnElement[Any]] = {
        "kind": ContractRegistration.__table__.c.kind,
        "field": ContractRegistration.__table__.c.field,
        "seller": func.left(ContractRegistration.seller_region, 2),
        "buyer": func.left(ContractRegistration.buyer_region, 2),
    }
    if by in columns:
        return columns[by]
    home = literal(str(settings["home_province"]))
    sold_here = func.left(ContractRegistration.seller_region, 2) == home
    bought_here = func.left(ContractRegistration.buyer_region, 2) == home
    return case((sold_here & bought_here, "inside"), (sold_here, "out"), (bought_here, "in"), else_="outside")


def label_of(by: str, key: str) -> object:
    """The name of a line in the reader's language."""
    if by == "kind":
        return KINDS[LicenceKind(key)]
    if by == "flow":
        return FLOWS[key]
    if by == "field":
        return key or _l("Not named")
    return region_name(key) if key else _l("Not named")
