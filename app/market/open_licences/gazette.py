"""Rows of CNIPA's gazette, pasted or from a CSV, matched by patent number; what is unknown or doubled is held."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.core.clock import today
from app.core.db import session
from app.core.errors import Invalid
from app.core.i18n import gettext as _
from app.market.open_licences.models import OPEN, DeclarationState, OpenLicence
from app.market.open_licences.queries import WITH_PATENT
from app.market.patents.models import Patent
from app.market.patents.numbers import parse_number

MOST_ROWS = 2000
_DATE = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")
_BETWEEN = re.compile(r"[\t,，;；]+")
_HEAD = re.compile(r"专利号|patent", re.IGNORECASE)
AWAITED = {
    "announced": (DeclarationState.FILED, DeclarationState.CORRECTION),
    "withdrawn": OPEN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it says, the declaration it is about, or why it is held."""

    line: int
    patent_number: str
    announcement_no: str
    day: date | None
    open_licence: OpenLicence | None = None
    held: str = ""


def read_rows(text: str, kind: str) -> list[Row]:
    """Every row of the text, matched; `kind` is announced or withdrawn. A header line is left out.

    Raises Invalid for more rows than are read at once.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1)]
    told = [(number, line) for number, line in lines if line and not (number == 1 and _HEAD.search(line))]
    if len(told) > MOST_ROWS:
        raise Invalid(_("At most %(count)s rows at once.", count=MOST_ROWS), field="rows")
    read = [_read(number, line) for number, line in told]
    counts = Counter(row.patent_number for row in read if not row.held)
    known = _waiting({row.patent_number for row in read if not row.held}, kind)
    return [row if row.held else _matched(row, counts, known.get(row.patent_number, [])) for row in read]


def _read(line: int, text: str) -> Row:
    cells = [cell.strip().strip('"') for cell in _BETWEEN.split(text) if cell.strip()]
    if len(cells) < 3:
        cells = text.split()
    number = cells[0] if cells else ""
    if len(cells) != 3:
        return Row(line, number, "", None, held=_("three columns are needed: patent number, announcement no., day"))
    try:
        number = parse_number(cells[0]).canonical
    except Invalid as refusal:
        return Row(line, cells[0], cells[1], None, held=str(refusal))
    found = _DATE.fullmatch(cells[2])
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        return Row(line, number, cells[1], None, held=_("“%(typed)s” is no day", typed=cells[2][:40]))
    if day > today():
        return Row(line, number, cells[1], day, held=_("the day lies in the future"))
    return Row(line, number, cells[1], day)


def _waiting(numbers: set[str], kind: str) -> dict[str, list[OpenLicence]]:
    statement = (
        select(OpenLicence)
        .join(OpenLicence.patent)
        .options(*WITH_PATENT)
        .where(Patent.number.in_(numbers), OpenLicence.state.in_(AWAITED[kind]))
    )
    found: dict[str, list[OpenLicence]] = {}
    for one in session.scalars(statement).unique():
        found.setdefault(one.patent.number, []).append(one)
    return found


def _matched(row: Row, counts: Counter[str], found: Sequence[OpenLicence]) -> Row:
    if counts[row.patent_number] > 1:
        held = _("the number stands in several rows")
    elif not found:
        held = _("no declaration of this patent waits for it")
    elif len(found) > 1:
        held = _("several patentees here declare this number")
    else:
        return Row(row.line, row.patent_number, row.announcement_no, row.day, found[0])
    return Row(row.line, row.patent_number, row.announcement_no, row.day, held=held)
