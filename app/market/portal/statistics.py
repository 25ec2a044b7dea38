"""Public figures: declared, announced, taken, income, days until a licence. Whoever takes one is not named."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from sqlalchemy import Row, func, select

from app.accounts.models import Actor, Organisation
from app.core.clock import today
from app.core.db import session
from app.core.tenancy import everybody
from app.core.workdays import add_months
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.patents.models import Patent
from app.settlement.models import Charge, ChargeKind, ChargeState

MONTHS = 12
GIVEN = (LicenceState.EFFECTIVE, LicenceState.FILED, LicenceState.ENDED)
INCOME = (ChargeKind.LICENCE_FEE, ChargeKind.ROYALTY)


@dataclass
class Figures:
    """The figures of one group. `waits` are days from the announcement to the first licence of a declaration."""

    name: str = ""
    name_en: str = ""
    declared: int = 0
    announced: int = 0
    taken: int = 0
    income_minor: int = 0
    waits: list[int] = field(default_factory=list)

    @property
    def median_days(self) -> float | None:
        """Half of the declarations that were taken had their first licence within so many days."""
        return median(self.waits) if self.waits else None


@dataclass(frozen=True)
class Statistics:
    """All figures, by university (code), by IPC section and by month (its first day, the last twelve)."""

    whole: Figures
    owners: dict[str, Figures]
    sections: dict[str, Figures]
    months: dict[date, Figures]


def statistics() -> Statistics:
    """The public figures: three statements."""
    with everybody():
        declared, taken, income = list(_declarations()), list(_licences()), list(_income())
    first = add_months(today().replace(day=1), 1 - MONTHS)
    found = Statistics(Figures(), {}, {}, {add_months(first, number): Figures() for number in range(MONTHS)})
    known = {row.id: row for row in declared}
    for row in declared:
        for group in _groups(found, row, row.section, row.filed_on):
            group.declared += 1
        for group in _groups(found, row, row.section, row.announced_on) if row.announced_on else ():
            group.announced += 1
    for row in taken:
        if row.open_licence_id in known:
            _count_licence(found, known[row.open_licence_id], row)
    for row in income:
        for group in _groups(found, row, "", row.month):
            group.income_minor += int(row.minor)
    return found


def _count_licence(found: Statistics, declared: Row[Any], licence: Row[Any]) -> None:
    for group in _groups(found, declared, declared.section, licence.effective_on):
        group.taken += 1
        if licence.is_first and declared.announced_on is not None:
            group.waits.append(max(0, (licence.effective_on - declared.announced_on).days))


def _groups(found: Statistics, owner: Row[Any], section: str, day: date | None) -> Iterable[Figures]:
    yield found.whole
    yield found.owners.setdefault(owner.code, Figures(owner.name, owner.name_en))
    if section:
        yield found.sections.setdefault(section, Figures(section))
    month = found.months.get(day.replace(day=1)) if day is not None else None
    if month is not None:
        yield month


def _declarations() -> Any:
    return session.execute(
        select(
            OpenLicence.id, OpenLicence.filed_on, OpenLicence.announced_on, Organisation.code, Organisation.name,
            Organisation.name_en, func.left(func.coalesce(Patent.ipc[1], ""), 1).label("section"),
        )
        .join(Patent, Patent.id == OpenLicence.patent_id)
        .join(Organisation, Organisation.id == OpenLicence.owner_id)
        .where(OpenLicence.filed_on.is_not(None) | OpenLicence.announced_on.is_not(None))
    )  # fmt: skip


def _licences() -> Any:
    place = func.row_number().over(partition_by=Licence.open_licence_id, order_by=(Licence.effective_on, Licence.id))
    return session.execute(
        select(Licence.open_licence_id, Licence.effective_on, (place == 1).label("is_first")).where(
            Licence.open_licence_id.is_not(None), Licence.state.in_(GIVEN)
        )
    )


def _income() -> Any:
    month = func.date(func.date_trunc("month", Charge.used_on)).label("month")
    return session.execute(
        select(
            Organisation.code, Organisation.name, Organisation.name_en, month,
            func.sum(Charge.total_minor).label("minor"),
        )
        .join(Organisation, Organisation.id == Charge.provider_id)
        .where(Charge.kind.in_(INCOME), Charge.state.not_in((ChargeState.VOID, ChargeState.SUPERSEDED)))
        .group_by(Organisation.code, Organisation.name, Organisation.name_en, month)
    )  # fmt: skip


def states_for(actor: Actor) -> dict[DeclarationState, int]:
    """For the operator: how many declarations are in each state, those that are not public too."""
    if not actor.operates():
        return {}
    rows = session.execute(
        select(OpenLicence.state, func.count()).group_by(OpenLicence.state).order_by(OpenLicence.state)
    )
    return {row[0]: row[1] for row in rows}
