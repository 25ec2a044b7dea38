"""A licence in plain words: when there is one, what is owed when, and which days count. Amounts in fen."""

from dataclasses import dataclass, field
from datetime import date, timedelta

TERM, FLOOR, RATE, EVERY = 14, 1_000_00, 500, 3  # months, fen, basis points, months


def month_later(start: date, count: int) -> date:
    """On to the month, then back from the day to one that it has."""
    year, month = start.year, start.month
    for _step in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    day = start.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def rolled(day: date) -> date:
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    return day


@dataclass
class Stretch:
    """A reporting period: what was reported last, and what was asked for so far."""

    starts_on: date
    ends_on: date
    whole_until: date
    due: int = 0
    is_reported: bool = False
    is_billed: bool = False  # the announced floor, because nothing was sent

    @property
    def floor(self) -> int:
        days, whole = (self.ends_on - self.starts_on).days, (self.whole_until - self.starts_on).days
        return (2 * FLOOR * days + whole) // (2 * whole)

    @property
    def report_until(self) -> date:
        return rolled(self.ends_on + timedelta(days=29))


@dataclass
class Taken:
    """One notice, and the licence that it becomes."""

    received: date
    due_now: int
    parts: dict[int, int]  # later instalments by month
    has_royalty: bool
    state: str = "noticed"
    paid: int = 0
    value_on: date | None = None
    effective: date | None = None
    ended: date | None = None
    review: str = ""
    earned: int = 0
    paid_parts: set[int] = field(default_factory=set)
    earned_parts: set[int] = field(default_factory=set)
    periods: list[Stretch] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.state in {"effective", "filed"}

    @property
    def ends_on(self) -> date:
        assert self.effective is not None
        return month_later(self.effective, TERM)

    def due_on(self, months: int) -> date:
        assert self.effective is not None
        return month_later(self.effective, months)

    def pay(self, amount: int, value_on: date, withdrawn_on: date | None) -> None:
        """Money for the notice; whole, it makes a licence unless the withdrawal was announced by then."""
        self.paid += amount
        self.value_on = max(value_on, self.value_on or value_on)
        if self.paid < self.due_now:
            return
        day = max(self.received, self.value_on)
        if withdrawn_on is None or day < withdrawn_on:
            self.begin(day)
        elif day == withdrawn_on:
            self.review = "same_day"
        else:
            self.state = "void"

    def begin(self, day: date) -> None:
        self.state, self.effective = "effective", day
        self.earned += self.due_now
        if not self.has_royalty:
            return
        starts, count = day, 1
        while starts < self.ends_on:
            whole = month_later(day, EVERY * count)
            self.periods.append(Stretch(starts, min(whole, self.ends_on), whole))
            starts, count = whole, count + 1

    def earn(self, months: int) -> None:
        if months not in self.earned_parts:
            self.earned_parts.add(months)
            self.earned += self.parts[months]

    def end(self, day: date) -> None:
        """Over: what fell due before stays owed, nothing else does; the running period ends as well."""
        self.state, self.ended = "ended", day
        for months in self.parts:
            if self.due_on(months) < day:
                self.earn(months)
        open_ones = [one for one in self.periods if one.ends_on > day and not one.is_reported]
        for one in open_ones:
            if one.starts_on >= day:
                self.periods.remove(one)
            else:
                one.ends_on = day

    def tend(self, day: date, sent: date) -> None:
        """What the nights do until a day."""
        if self.state == "noticed" and not self.review and self.paid < self.due_now:
            if day >= sent + timedelta(days=30):
                self.state = "void"
            return
        if self.is_live and self.ends_on <= day:
            self.end(self.ends_on)
        if self.is_live:
            for months in self.parts:
                if self.due_on(months) <= day and self.due_on(months) < self.ends_on:
                    self.earn(months)
        for one in self.periods:
            if not one.is_reported and not one.is_billed and day > one.report_until:
                one.is_billed, one.due = True, one.floor
                self.earned += one.floor

    def report(self, one: Stretch, gross: int) -> None:
        """Five per cent, rounded half up, not less than the floor; before the bill a correction takes back as well."""
        due = max(one.floor, (2 * gross * RATE + 10_000) // 20_000)
        self.earned += due - one.due
        one.due, one.is_reported = due, True
