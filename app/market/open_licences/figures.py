"""Industry figures as loaded data: a CSV with one row for an industry, kind and year."""

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sqlalchemy.dialects.postgresql import insert

from app.core.db import session
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.market.open_licences.models import FigureKind, IndustryFigure

SHIPPED = Path(__file__).with_name("figures.csv")
COLUMNS = ("industry", "name", "kind", "year", "low", "median", "high", "cases", "source", "illustrative")


def load_figures(file: Path = SHIPPED) -> int:
    """Load or replace figures from a CSV; amounts in yuan, rates in per cent. Returns how many rows it has.

    Raises Invalid with the line of the first row that is wrong; nothing is kept then.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise Invalid(_l("The first line must be: %(columns)s", columns=",".join(COLUMNS)), code="columns")
        rows = [_row(line, cells) for line, cells in enumerate(reader, start=2)]
    for row in rows:
        statement = insert(IndustryFigure).values(id=uuid7(), **row)
        keep = {name: statement.excluded[name] for name in row}
        session.execute(statement.on_conflict_do_update(index_elements=["industry", "kind", "year"], set_=keep))
    return len(rows)


def _row(line: int, cells: dict[str, str]) -> dict[str, object]:
    try:
        kind = FigureKind(cells["kind"])
        values = {name: _hundredths(cells[name]) for name in ("low", "median", "high")}
        row = {
            "industry": cells["industry"].strip(), "kind": kind, "year": int(cells["year"]), **values,
            "cases": int(cells["cases"]), "source": cells["source"].strip(),
            "is_illustrative": cells["illustrative"].strip().lower() != "no",
        }  # fmt: skip
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise Invalid(_l("Line %(line)s is wrong.", line=line), code="row") from None
    in_order = 0 <= values["low"] <= values["median"] <= values["high"]
    if not in_order or not row["industry"] or not row["source"] or int(cells["cases"]) <= 0:
        raise Invalid(_l("Line %(line)s is wrong.", line=line), code="row")
    return row


def _hundredths(text: str) -> int:
    """Yuan to fen, per cent to basis points."""
    scaled = Decimal(text.strip()).scaleb(2)
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(text)
    return int(scaled)
