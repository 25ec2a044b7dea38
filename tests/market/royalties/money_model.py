"""The money of a licence in plain words: periods, questions, what is asked for and taken back. Amounts in fen."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.market.licences.licence_model import month_later, rolled

FLOOR, CAP, RATE = 1_000_00, 20_000_00, 500  # a month; basis points
PARTS = {1: 500_000, 2: 700_001, 4: 300_000, 6: 9_000_000}  # the last one would be due with the end
TERM = 6
RATES = ((date(2000, 1, 1), 300), (date(2041, 5, 10), 1095))  # basis points a year, from a day on
Parts = list[tuple[int, date]]


def working_days_after(day: date, count: int) -> date:
    """Weekends are off, nothing else is."""
    while count:
        day += timedelta(days=1)
        count -= day.isoweekday() <= 5
    return day


def whole_on(owed: int, parts: Parts) -> date | None:
    """The day on which so much had come in."""
    for day in sorted({day for _amount, day in parts}):
        if sum(amount for amount, came in parts if came <= day) >= owed:
            return day
    return None


def interest(owed: int, parts: Parts, due: date, until: date) -> int:
    """Day by day after the due day, each at the rate of the day; one rounding at the end; under a yuan nothing."""
    exact, day = 0, due
    while day < until:
        day += timedelta(days=1)
        rate = [points for since, points in RATES if since <= day][-1]
        exact += rate * max(0, owed - sum(amount for amount, came in parts if came < day))
    fen = (2 * exact + 3_650_000) // 7_300_000
    return fen if fen >= 100 else 0


@dataclass
class Asked:
    """A fee note."""

    total: int
    due: date | None
    earned: date | None  # the day of its charge
    issued: date
    note_id: Any = None
    paid: int = 0  # held before the bill
    bill_due: date | None = None  # once a bill shows it, unless it was whole before
    is_stated: bool = False
    taken: int = 0
    waiting: int = 0
    ended: str = ""

    @property
    def state(self) -> str:
        if self.ended or self.is_stated:
            return self.ended or "billed"
        return "paid" if self.paid == self.total else "part_paid" if self.paid else "open"

    @property
    def is_unpaid(self) -> bool:
        return self.state in {"open", "part_paid"}

    @property
    def due_day(self) -> date | None:
        return self.due if self.due is None else max(self.due, self.bill_due or self.due)

    @property
    def owed(self) -> int:
        return 0 if self.ended else self.total - self.taken

    def is_owed(self, parts: Parts) -> bool:
        return self.is_unpaid or (self.state == "billed" and whole_on(self.total, parts) is None)

    def lower(self, by: int) -> None:
        """Before a statement shows it; what came in beyond the rest is credit, or all goes back."""
        if by == self.total:
            self.ended, self.earned = ("refunded" if self.paid else "void"), None
            return
        self.total -= by
        self.paid = min(self.paid, self.total)


@dataclass
class Question:
    """What the licensor asked about a report; its bill waits meanwhile."""

    asked: date
    answer_until: date
    note: Asked | None
    bill_due: date | None
    inspection: str
    answered: bool = False
    agreed_on: date | None = None
    waited: date | None = None
    value_on: date | None = None

    def end_waiting(self, day: date, value_on: date | None) -> None:
        """Later by the days it waited; a late answer gains nothing, and neither do days after it was paid."""
        if self.waited is not None:
            return
        self.waited = day if self.answered else min(day, self.answer_until)
        if self.note is not None and self.bill_due is not None:
            until = min(self.waited, value_on or self.waited)
            self.note.due = self.bill_due + timedelta(days=max(0, (until - self.asked).days))

    def settle(self, day: date, value_on: date | None) -> None:
        """What a night does: the bill waits no longer than the answer may take."""
        if not self.answered and self.answer_until < day:
            self.end_waiting(day, value_on)
        self.value_on = value_on


@dataclass
class Stretch:
    """A reporting period."""

    starts: date
    ends: date
    whole_until: date
    state: str = "open"
    is_late: bool = False
    until: date | None = None  # the last day of a question
    due: int = 0
    gross: int | None = None
    reports: int = 0
    notes: list[Asked] = field(default_factory=list)
    last_note: Asked | None = None  # of the newest report
    question: Question | None = None

    def part(self, amount: int) -> int:
        days, whole = (self.ends - self.starts).days, (self.whole_until - self.starts).days
        return (2 * amount * days + whole) // (2 * whole)

    @property
    def report_until(self) -> date:
        return rolled(self.ends + timedelta(days=29))

    @property
    def live(self) -> list[Asked]:
        return [one for one in self.notes if not one.ended]

    @property
    def to_credit(self) -> int:
        return sum(one.total - one.taken - one.waiting for one in self.live) - self.due

    def ask_for(self, amount: int, day: date) -> None:
        self.last_note = Asked(amount, day + timedelta(days=30), day, day)
        self.notes.append(self.last_note)

    def report(self, gross: int, day: date) -> None:
        """Five per cent, rounded half up, within floor and cap; less than before is taken back, the newest first."""
        due = min(self.part(CAP), max(self.part(FLOOR), (2 * gross * RATE + 10_000) // 20_000))
        before, self.due, self.gross, self.last_note = self.due, due, gross, None
        self.reports += 1
        if due > before:
            self.ask_for(due - before, day)
        if self.state != "questioned":
            self.state, self.until = "reported", working_days_after(day, 15)
        left = self.to_credit if due < before else 0
        for one in reversed(self.live):
            if left > 0 and not one.is_stated:
                part = min(left, one.total)
                one.lower(part)
                left -= part

    def credits(self) -> list[tuple[Asked, int]]:
        """What credit notes would take back, the newest note first; none while one of them waits for its second
        person."""
        left, found = self.to_credit, []
        for one in reversed(self.live):
            part = min(left, one.total - one.taken - one.waiting)
            if part > 0:
                found.append((one, part))
                left -= part
        return [] if any(one.waiting for one, _part in found) else found

    def close_by_silence(self, day: date) -> None:
        """The licensor says nothing to an answer for fifteen working days, and does not look at the books."""
        one = self.question
        if one is None or not one.answered or self.until is None or self.until >= day:
            return
        if one.inspection not in {"requested", "agreed"}:
            one.end_waiting(day, one.value_on)
            self.question, self.state = None, "billed"

    def tend(self, day: date) -> None:
        """What a night does: due, late with the announced floor, accepted by silence."""
        if self.state == "open" and self.ends <= day:
            self.state = "due"
        if self.state == "due" and not self.is_late and self.report_until < day:
            self.is_late, self.due, self.reports = True, self.part(FLOOR), 1
            self.ask_for(self.due, day)
        if self.state == "reported" and self.until is not None and self.until < day:
            self.state = "billed"


@dataclass
class Instalment:
    """A fixed payment that falls due after the licence took effect."""

    amount: int
    due: date
    note: Asked | None = None
    is_closed: bool = False

    def tend(self, day: date) -> None:
        if self.is_closed:
            return
        if self.note is None and self.due <= day + timedelta(days=30):
            self.note = Asked(self.amount, self.due, None, day)
        if self.due <= day:
            self.earn(None)

    def earn(self, value_on: date | None) -> None:
        """On its day, or before when it is paid."""
        if self.note is not None and not self.is_closed:
            self.note.earned, self.is_closed = min(self.due, value_on or self.due), True

    def end(self, ended: date, day: date) -> None:
        """What was due before the end stays owed; the rest goes back."""
        if self.is_closed:
            return
        if self.due < ended:
            self.note = self.note or Asked(self.amount, self.due, None, day)
            self.earn(None)
            return
        self.is_closed = True
        if self.note is not None:
            self.note.ended = "refunded" if self.note.paid else "void"


@dataclass
class Money:
    """A licence from a day on, with a royalty by the month or with instalments."""

    begin: date
    has_royalty: bool
    came: int = 0  # all that the bank has brought
    ended: date | None = None
    periods: list[Stretch] = field(default_factory=list)
    instalments: list[Instalment] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ends = month_later(self.begin, TERM)
        if not self.has_royalty:
            months = [month for month in PARTS if month < TERM]
            self.instalments = [Instalment(PARTS[month], month_later(self.begin, month)) for month in months]
            return
        starts = self.begin
        for count in range(1, TERM + 1):
            whole = month_later(self.begin, count)
            self.periods.append(Stretch(starts, min(whole, self.ends), whole))
            starts = whole

    @property
    def notes(self) -> list[Asked]:
        asked = [part.note for part in self.instalments if part.note is not None]
        return asked + [note for period in self.periods for note in period.notes]

    def end(self, day: date, today: date) -> None:
        self.ended = day
        for part in self.instalments:
            part.end(day, today)
        for one in [one for one in self.periods if one.ends > day and one.state in {"open", "due"}]:
            if one.starts >= day:
                self.periods.remove(one)
            else:
                one.ends = day

    def tend(self, day: date) -> None:
        if self.ended is None and self.ends <= day:
            self.end(self.ends, day)
        if self.ended is None:
            for part in self.instalments:
                part.tend(day)
        for one in self.periods:
            one.tend(day)
