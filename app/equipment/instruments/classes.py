"""大型科学仪器设备分类与代码 (domain.md A.3): the national classes of instruments. A code has two digits a level."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.core.i18n import current_locale

TABLE = Path(__file__).with_name("classes.csv")
ICONS = {
    "01": "flask-conical", "0101": "scan-eye", "0102": "activity", "0103": "radiation", "0104": "sun-medium",
    "0106": "magnet", "0108": "microscope", "0109": "thermometer", "02": "gauge", "03": "ruler", "04": "cpu",
    "09": "stethoscope", "12": "factory",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class InstrumentClass:
    """One class with its names; level 1 has two digits, level 2 four."""

    code: str
    chinese: str
    english: str

    @property
    def name(self) -> str:
        """In the language of the reader."""
        return self.english if current_locale() == "en" else self.chinese


@cache
def classes() -> dict[str, InstrumentClass]:
    """All known classes by code, in order."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: InstrumentClass(**row) for row in csv.DictReader(stream)}


def class_of(code: str) -> InstrumentClass | None:
    """The most precise known class for a code of two to six digits."""
    known = classes()
    return known.get(code[:4]) or known.get(code[:2])


def class_name(code: str) -> str:
    """What a class is called; empty without a code, the code itself when it is unknown."""
    found = class_of(code)
    return found.name if found else code


def class_path(code: str) -> list[InstrumentClass]:
    """The classes from the broadest to the most precise."""
    return [found for found in (classes().get(code[:2]), classes().get(code[:4])) if found]


def class_icon(code: str) -> str:
    """The lucide icon that stands for a class where there is no photograph."""
    return ICONS.get(code[:4]) or ICONS.get(code[:2], "microscope")
