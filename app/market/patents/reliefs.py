"""Relief of annuities: each ground that applies, the best of them, never stacked (专利法 art. 51; 财税〔2024〕23号).

The late surcharge is of the full annuity, whatever is taken off it (专利法实施细则 rule 115).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.money import round_half_up
from app.core.workdays import add_months
from app.market.patents.models import FeeReduction, Patent
from app.market.patents.terms import Annuity, annuity, next_annuity
from app.market.settings import settings


class Ground(StrEnum):
    """Why less is due."""

    REDUCTION = "reduction"  # 费减备案: persons, small firms, institutions (财税〔2016〕78号)
    OPEN_LICENCE = "open_licence"  # 开放许可实施 (专利法第五十一条, 国家知识产权局公告第594号)


@dataclass(frozen=True, slots=True)
class Relief:
    """One ground: so many per cent off when paid from `since` up to and without `until`; of years up to `last_year`."""

    ground: Ground
    percent: int
    since: date
    until: date | None = None
    reference: str = ""
    last_year: int | None = None

    def applies(self, year: int, day: date) -> bool:
        """Whether it takes something off the annuity of a year that is paid on a day."""
        in_time = self.since <= day and (self.until is None or day < self.until)
        return in_time and (self.last_year is None or year <= self.last_year)


@dataclass(frozen=True, slots=True)
class Due:
    """What one annuity costs when it is paid on a day, in fen. `reliefs` are those that apply, the best first."""

    annuity: Annuity
    day: date
    reliefs: tuple[Relief, ...]

    @property
    def full_minor(self) -> int:
        return self.annuity.full_minor

    @property
    def best(self) -> Relief | None:
        """The one that is applied."""
        return self.reliefs[0] if self.reliefs else None

    def off_minor(self, relief: Relief) -> int:
        """What a relief alone takes off, rounded half up, never more than the annuity."""
        return min(self.full_minor, round_half_up(Fraction(self.full_minor * relief.percent, 100)))

    @property
    def reduced_minor(self) -> int:
        """The annuity less the best relief."""
        return self.full_minor - (self.off_minor(self.best) if self.best else 0)

    @property
    def surcharge_minor(self) -> int:
        """What is added for being late: of the full annuity."""
        return self.annuity.surcharge_minor(self.day)

    @property
    def total_minor(self) -> int:
        return self.reduced_minor + self.surcharge_minor

    @property
    def unrelieved_minor(self) -> int:
        """What would be due without any relief."""
        return self.full_minor + self.surcharge_minor


def due(one: Annuity, reliefs: Iterable[Relief], day: date) -> Due:
    """An annuity paid on a day, with the reliefs that apply; of equal ones the first given counts."""
    applying = [relief for relief in reliefs if relief.percent > 0 and relief.applies(one.year, day)]
    return Due(one, day, tuple(sorted(applying, key=lambda relief: -relief.percent)))


Source = Callable[[Sequence[Patent]], Iterable[tuple[UUID, Relief]]]
_sources: list[Source] = []


def register_reliefs(source: Source) -> None:
    """Let a slice above say which reliefs some patents have, by their ids, such as from licences that are filed."""
    if source not in _sources:
        _sources.append(source)


def reductions_of(patent: Patent) -> Sequence[FeeReduction]:
    """The reductions on file for a patent, the newest first."""
    return _reductions([patent.id])


def _reductions(patent_ids: Collection[UUID]) -> Sequence[FeeReduction]:
    statement = select(FeeReduction).where(FeeReduction.patent_id.in_(patent_ids))
    return session.scalars(statement.order_by(FeeReduction.starts_on.desc(), FeeReduction.id)).all()


def reliefs_of(patent: Patent) -> list[Relief]:
    """Every relief that is known of a patent, whenever it applies."""
    return reliefs_of_all([patent])[patent.id]


def reliefs_of_all(patents: Sequence[Patent]) -> dict[UUID, list[Relief]]:
    """Every relief of each of some patents, by their ids: one statement for each ground, however many they are."""
    found: dict[UUID, list[Relief]] = {patent.id: [] for patent in patents}
    if not found:
        return found
    last = {patent.id: last_reduced_year(patent) for patent in patents}
    for one in _reductions(found):
        relief = Relief(
            Ground.REDUCTION, one.percent, one.starts_on, one.ends_on, one.reference, last[one.patent_id]
        )  # fmt: skip
        found[one.patent_id].append(relief)
    for source in _sources:
        for patent_id, relief in source(patents):
            found[patent_id].append(relief)
    return found


def last_reduced_year(patent: Patent) -> int | None:
    """The last year whose annuity a reduction on file touches: ten from the year of the grant on, by the setting."""
    if patent.granted_on is None or patent.lacks_dates:
        return None
    granted, year = patent.granted_on, 1
    while add_months(patent.filed_on, 12 * year) <= granted:
        year += 1
    return year + settings.number("reduction_years") - 1


def due_of(patent: Patent, year: int, day: date) -> Due:
    """What the annuity of a year costs when it is paid on a day, by everything that is known."""
    return due(annuity(patent, year), reliefs_of(patent), day)


def next_due(patent: Patent, day: date) -> Due | None:
    """The same for the first annuity that is not paid; None when there is none."""
    return next_due_with(patent, reliefs_of(patent), day)


def next_due_with(patent: Patent, reliefs: Iterable[Relief], day: date) -> Due | None:
    """The same with reliefs that are known already."""
    upcoming = next_annuity(patent)
    return due(upcoming, reliefs, day) if upcoming is not None else None
