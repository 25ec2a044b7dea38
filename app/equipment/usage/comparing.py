"""Quoted against final, line by line: every difference says why (face/README §1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.money import Money
from app.core.templating import format_hours, format_money
from app.equipment.tariffs.labels import fee_lines
from app.equipment.tariffs.pricing import Line, LineKind, Quote
from app.equipment.tariffs.terms import TaxCategory

ORDER = list(LineKind)
TIMED = (LineKind.MACHINE_TIME, LineKind.OPERATOR)


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """One line: fen quoted and final, None where there is none; `difference` is final less quoted."""

    name: str
    reason: str
    quoted: int | None
    final: int | None

    @property
    def difference(self) -> int:
        return (self.final or 0) - (self.quoted or 0)


def as_quote(lines: Sequence[dict[str, Any]], total: int, currency: str) -> Quote:
    """Lines of a charge or a frozen quote in the form that words are found for."""
    known = set(Line.__slots__)
    read = [{key: value for key, value in line.items() if key in known} for line in lines]
    return Quote(
        lines=tuple(Line(**{**line, "kind": LineKind(line["kind"])}) for line in read),
        total=Money(total, currency),
        tax=Money(0, currency),
        minutes=0,
        tax_category=TaxCategory.TESTING_SERVICE,
    )


def compared_lines(quoted: Quote, final: Quote | None) -> list[ComparedLine]:
    """All lines of both, in the order of a quote."""
    before = {_key(line): (line, words) for line, words in zip(quoted.lines, fee_lines(quoted), strict=True)}
    after = (
        {_key(line): (line, words) for line, words in zip(final.lines, fee_lines(final), strict=True)}
        if final is not None
        else {}
    )
    rows = []
    for key in sorted(before.keys() | after.keys(), key=_place):
        old, new = before.get(key), after.get(key)
        words = (new or old)[1]  # type: ignore[index]
        reason = words.reason
        if old is not None and new is not None and old[0].quantity != new[0].quantity:
            reason = _changed(old[0], new[0])
        rows.append(ComparedLine(words.name, reason, old[0].amount if old else None, new[0].amount if new else None))
    return rows


def _changed(old: Line, new: Line) -> str:
    if new.kind in TIMED:
        return f"{format_hours(old.quantity)} → {format_hours(new.quantity)} × {format_money(new.unit_price)}"
    return f"{old.quantity} → {new.quantity} × {format_money(new.unit_price)}"


def _key(line: Line) -> tuple[LineKind, int, str]:
    return line.kind, line.from_minutes or 0, line.code or ""


def _place(key: tuple[LineKind, int, str]) -> tuple[int, int, str]:
    return ORDER.index(key[0]), key[1], key[2]
