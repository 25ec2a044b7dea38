"""The formats that lists of instruments are exchanged in, and the guess which one a table is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.core.tabular import Table
from app.equipment.exchange import nrii, uniquip
from app.equipment.exchange.reading import Reader, match_columns
from app.equipment.instruments.models import Instrument


class FormatCode(StrEnum):
    """What a person names a format by."""

    UNIQUIP = "uniquip"
    NRII = "nrii"


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how it is read and written."""

    code: FormatCode
    label: str
    reader: Reader
    write: Callable[[Iterable[Instrument]], Iterator[bytes]]
    suffix: str
    mimetype: str


FORMATS = {
    FormatCode.UNIQUIP: Format(
        FormatCode.UNIQUIP, "UNIQUIP 1.0", uniquip.READER, uniquip.write, "uniquip.csv", "text/csv; charset=utf-8"
    ),
    FormatCode.NRII: Format(
        FormatCode.NRII, "NRII", nrii.READER, nrii.write, "nrii.json", "application/json; charset=utf-8"
    ),
}


def guess_format(table: Table) -> Format:
    """The format that knows most of the columns."""
    return max(FORMATS.values(), key=lambda each: len(match_columns(each.reader, table.columns)))
