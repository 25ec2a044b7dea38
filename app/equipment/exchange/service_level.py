"""Opening hours as UNIQUIP lists write them, in the column Service Level: ``10 h/day``, ``24 h/day``."""

import re
from decimal import Decimal

from app.core.i18n import lazy_gettext as _l
from app.imports.parsing import Unreadable, line, shown

Stretch = tuple[int, int, int]
"""Weekday from 0 = Monday, first and last minute of the day."""

WORKING_DAY_STARTS = 8 * 60
END_OF_DAY = 24 * 60
INSTITUTION_DEFAULT = "10 h/day"

_HOURS_A_DAY = re.compile(
    r"(\d{1,2}(?:\.\d{1,2})?)\s*(?:h|hr|hrs|hour|hours|小时)\s*/\s*(?:d|day|天|日)", re.IGNORECASE
)
_MENTIONS_HOURS = re.compile(r"\d\s*(?:h|hrs?|hours?)\b|小时", re.IGNORECASE)


def service_level(text: str) -> str:
    """The cell as it is kept. Other lists write words there ("Full service"); only what speaks of hours must be exact.

    Raises Unreadable.
    """
    cleaned = line(text)
    if minutes_a_day(cleaned) is None and _MENTIONS_HOURS.search(cleaned):
        raise Unreadable(_l("“%(value)s” cannot be understood; write it like 10 h/day", value=shown(cleaned)))
    return cleaned


def minutes_a_day(text: str) -> int | None:
    """600 for ``10 h/day``; None when it does not say hours a day."""
    found = _HOURS_A_DAY.fullmatch(text)
    minutes = Decimal(found[1]) * 60 if found else Decimal(0)
    return int(minutes) if 0 < minutes <= END_OF_DAY and minutes == int(minutes) else None


def weekly_template(text: str) -> list[Stretch]:
    """Opening stretches for a service level: 24 h every day, fewer on working days from 8:00."""
    minutes = minutes_a_day(text) or minutes_a_day(INSTITUTION_DEFAULT) or 0
    if minutes == END_OF_DAY:
        return [(weekday, 0, END_OF_DAY) for weekday in range(7)]
    starts = min(WORKING_DAY_STARTS, END_OF_DAY - minutes)
    return [(weekday, starts, starts + minutes) for weekday in range(5)]
