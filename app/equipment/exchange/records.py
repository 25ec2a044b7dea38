"""What a line of an uploaded list becomes: values for an instrument, or the reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypedDict


class Values(TypedDict, total=False):
    """Columns of `Instrument` that a file can fill; what a file does not say is absent, never empty."""

    asset_no: str
    name: str
    name_zh: str
    model: str
    manufacturer: str
    country: str
    class_code: str
    technique: str
    description: str
    functions: str
    specifications: str
    services: str
    subjects: str
    sharing_rule: str
    fee_note: str
    value_minor: int
    in_service_on: date
    region: str
    site: str
    building: str
    room: str
    contact_name: str
    contact_phone: str
    contact_email: str
    share_mode: str
    is_customs_supervised: bool
    extra: dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its number from 1 and its heading as written there."""

    number: int
    heading: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be taken: where, what stands there, and what to write instead (a lazy sentence)."""

    column: Column | None
    message: object


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line. `values` is what the file says and is compared on every import; `derived` is what Jishi adds
    (Chinese name, class, hours) and counts for new instruments only. A `skip` reason or `problems` keep it out.
    """

    line: int
    label: str
    values: Values = field(default_factory=Values)
    derived: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    skip: object | None = None
    is_cleaned: bool = False

    @property
    def key(self) -> str:
        """The asset number, which is unique within the owner."""
        return self.values.get("asset_no", "")

    @property
    def is_usable(self) -> bool:
        return not self.problems and self.skip is None
