"""What it costs not to come: free until a while before the start, then a part of the quote."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.equipment.schedule.hours import END_OF_DAY


@dataclass(frozen=True, slots=True)
class CancellationRules:
    """Free until `free_until` minutes before the start, then `late_percent`; from the start on `no_show_percent`.

    Raises Invalid when it makes no sense.
    """

    free_until: int = END_OF_DAY
    late_percent: int = 50
    no_show_percent: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.free_until <= 60 * END_OF_DAY:
            raise Invalid(_l("Between 0 and 60 days."), field="free_until")
        if not 0 <= self.late_percent <= 100:
            raise Invalid(_l("Between 0 and 100 percent."), field="late_percent")
        if not self.late_percent <= self.no_show_percent <= 100:
            raise Invalid(
                _l("Between the late fee and 100 percent: staying away never costs less."),
                field="no_show_percent",
            )

    def to_json(self) -> dict[str, int]:
        """JSON-ready form, for freezing with a booking."""
        return {
            "free_until": self.free_until,
            "late_percent": self.late_percent,
            "no_show_percent": self.no_show_percent,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; trusted, because only we write it."""
        return cls(value["free_until"], value["late_percent"], value["no_show_percent"])


def free_until(rules: CancellationRules, starts_at: datetime) -> datetime:
    """The last moment at which cancelling costs nothing."""
    return starts_at - timedelta(minutes=rules.free_until)


def cancellation_fee(rules: CancellationRules, quote_total: Money, starts_at: datetime, now: datetime) -> Money:
    """What cancelling at `now` costs, rounded half up; from the start of the slot on it counts as not coming."""
    if now >= starts_at:
        return no_show_fee(rules, quote_total)
    if now <= free_until(rules, starts_at):
        return Money(0, quote_total.currency)
    return late_fee(rules, quote_total)


def late_fee(rules: CancellationRules, quote_total: Money) -> Money:
    """What cancelling costs once it is no longer free, rounded half up."""
    return _share(quote_total, rules.late_percent)


def no_show_fee(rules: CancellationRules, quote_total: Money) -> Money:
    """What it costs to book and not to come, rounded half up."""
    return _share(quote_total, rules.no_show_percent)


def _share(total: Money, percent: int) -> Money:
    return Money((total.minor * percent + 50) // 100, total.currency)
