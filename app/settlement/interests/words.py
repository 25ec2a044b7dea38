"""Interest in the reader's language, line by line."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.i18n import gettext as _
from app.core.templating import format_money
from app.settlement.interest import DAYS_A_YEAR, Stretch


def stretch_words(line: Stretch) -> str:
    """How one stretch is worked out: days, amount, rate."""
    return _(
        "%(first)s to %(last)s: %(sum)s × %(days)s days × %(rate)s a year ÷ %(year)s",
        first=line.since.isoformat(), last=line.until.isoformat(), sum=format_money(line.amount_minor),
        days=line.days, rate=f"{line.basis_points / 100:.2f}%", year=DAYS_A_YEAR,
    )  # fmt: skip


def stretches_words(lines: Sequence[Stretch]) -> list[str]:
    """All of them."""
    return [stretch_words(line) for line in lines]


def kept_stretch_words(kept: Mapping[str, Any]) -> str:
    """A stretch as a notice carries it."""
    return stretch_words(Stretch.from_json(kept))
