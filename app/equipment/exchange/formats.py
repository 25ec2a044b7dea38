"""The formats that lists of instruments are exchanged in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.equipment.exchange import nrii, uniquip
from app.equipment.instruments.models import Instrument
from app.imports import kinds


class FormatCode(StrEnum):
    """What a person names a format by."""

    UNIQUIP = "uniquip"
    NRII = "nrii"


@dataclass(frozen=True, slots=True)
class Format(kinds.Format):
    """One format: how it is read and written."""

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
