"""Income of institutions drawn together from the settlement: by month and payer class, in minor units."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.equipment.statistics.spans import Span
from app.equipment.tariffs.terms import PayerClass
from app.settlement.queries import income_by_institution


@dataclass(slots=True)
class Income:
    """What was earned in a span, from others only (what stays inside one legal person is no income)."""

    total: int = 0
    by_class: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_month: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    cells: dict[tuple[date, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, month: date, payer_class: str, amount: int) -> None:
        self.total += amount
        self.by_class[payer_class] += amount
        self.by_month[month] += amount
        self.cells[month, payer_class] += amount

    @property
    def enterprise_share(self) -> float | None:
        """The part that enterprises pay; None without income."""
        return self.by_class[PayerClass.ENTERPRISE.value] / self.total if self.total else None

    def run(self, months: Sequence[date]) -> list[int]:
        """The amounts of these months, in order."""
        return [self.by_month.get(month, 0) for month in months]


@dataclass(slots=True)
class IncomeTable:
    """Income of all institutions together and of each."""

    total: Income = field(default_factory=Income)
    of: dict[UUID, Income] = field(default_factory=lambda: defaultdict(Income))


def income_in(span: Span, owner_id: UUID | None = None) -> IncomeTable:
    """Final charges for uses in the span. One statement."""
    table = IncomeTable()
    for line in income_by_institution(span.first, span.end, owner_id):
        table.total.add(line.month, line.payer_class, line.amount_minor)
        table.of[line.provider_id].add(line.month, line.payer_class, line.amount_minor)
    return table
