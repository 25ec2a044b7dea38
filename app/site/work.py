"""One thing that waits for somebody, as the desk lists it."""

from dataclasses import dataclass
from datetime import date, datetime, time

from app.core.clock import DEFAULT_ZONE, bounds, day_period, now
from app.core.i18n import gettext as _
from app.core.templating import format_datetime, format_last_day

MOST = 20


def end_of(day: date) -> datetime:
    """The midnight that ends a day, by which what is due on it is done."""
    return bounds(day_period(day, DEFAULT_ZONE))[1]


@dataclass(frozen=True, slots=True)
class Work:
    """One thing that waits."""

    icon: str
    name: str
    text: str
    due_at: datetime | None
    url: str
    act: str
    approve_url: str = ""
    decline_url: str = ""
    post_url: str = ""
    tone: str = "grey"
    is_deadline: bool = True

    @property
    def due_text(self) -> str:
        """By when, in words; the end of a day needs no hour, and its midnight is told as that day."""
        if self.due_at is None or not self.is_deadline:
            return ""
        wall = self.due_at.astimezone(DEFAULT_ZONE)
        moment = format_last_day(self.due_at) if wall.time() == time(0) else format_datetime(self.due_at)
        return str(_("by %(time)s", time=moment))

    @property
    def is_late(self) -> bool:
        return self.due_at is not None and self.due_at <= now()
