"""Deeds that follow each other in life, so that the runs of the money machine get far."""

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import rule

from app.settlement.proceeds.models import ProceedsChoice
from tests.market.royalties.money_deeds import Deeds

MOSTLY = st.sampled_from([True, True, False])
DEEDS = (
    "report",
    "accept",
    "question",
    "answer",
    "request",
    "agree",
    "inspect",
    "close",
    "credit",
    "decide",
    "release",
)
LATE, PARTLY = st.integers(0, 9), st.sampled_from(["whole", "whole", "half"])
SALES = st.sampled_from([2_000_010, 7_654_321, 12_345_678])


class Stories(Deeds):
    """Months, questions, corrections; each step is one that may be refused as well."""

    wait: Callable[[int], None]
    close: Callable[[], None]

    def latest(self, *states: str) -> int:
        """The newest period in one of some states, else the first one."""
        found = [place for place, one in enumerate(self.money.periods) if one.state in states]
        return found[-1] if found else 0

    def report_what_is_due(self, gross: int) -> None:
        for place, one in enumerate(self.money.periods):
            if one.state == "due":
                self.report(place, gross + place)

    def owing(self) -> int:
        """The first of all fee notes that is not paid, by its place among them; the note of interest comes last."""
        return next((place for place, one in enumerate(self.in_order()) if one), 99)

    @rule(
        gross=SALES,
        late=st.integers(0, 9),
        how=st.sampled_from(["whole", "whole", "half"]),
        days=st.sampled_from([9, 40]),
    )
    def month(self, gross: int, late: int, how: str, days: int) -> None:
        """Reported, the month closed, the bill paid in time or late."""
        self.report_what_is_due(gross)
        self.wait(31)
        self.close()
        self.wait(days)
        self.pay_bill(-1, how, late)

    @rule(
        gross=SALES, days=st.sampled_from([7, 20, 45]), late=st.integers(0, 9), how=st.sampled_from(["whole", "half"])
    )
    def pay_at_once(self, gross: int, days: int, late: int, how: str) -> None:
        """Before the month is closed; in time, or late with interest."""
        self.report_what_is_due(gross)
        self.wait(days)
        self.pay(self.owing(), how, late)
        self.pay(self.owing() + 1, "more", late)

    @rule(
        gross=SALES, inspect=st.booleans(), before=st.sampled_from([1, 15, 20]), paid=st.booleans(),
        after=st.sampled_from([1, 31]), ends=st.sampled_from(["close", "inspect", "wait"]),
    )  # fmt: skip
    def ask_and_answer(
        self, gross: int, inspect: bool, before: int, paid: bool, after: int, ends: str
    ) -> None:  # fmt: skip
        """About a report; paid, corrected or looked into meanwhile."""
        self.report_what_is_due(gross)
        one = self.latest("reported")
        self.question(one, inspect)
        self.wait(before)
        if paid:
            self.pay(self.owing(), "whole", 3)
        self.talk(one, "answer", 0)
        self.talk(one, "agree", 0)
        if ends == "inspect":
            self.talk(one, "inspect", 0)
            self.report(one, gross + 3_000_000)
        self.wait(after)
        if ends == "close":
            self.talk(one, "close", 0)

    @rule(gross=st.sampled_from([0, 2_000_010, 12_345_678]), is_closed=MOSTLY, approve=MOSTLY, accepted=st.booleans())
    def correct(self, gross: int, is_closed: bool, approve: bool, accepted: bool) -> None:
        """Downwards mostly; credited by two persons once the month is closed, else taken off the note."""
        self.report_what_is_due(90_000_000)
        one = self.latest("reported", "billed", "paid")
        if accepted:
            self.accept(one)
        if is_closed:
            self.wait(31)
            self.close()
        self.report(one, gross)
        self.credit(one)
        self.decide(approve=approve, other=True)
        self.accept(one)

    @rule(deed=st.sampled_from(DEEDS), chosen=st.integers(0, 5), right=MOSTLY)
    def press(self, deed: str, chosen: int, right: bool) -> None:
        """Anything at any time; most of it is refused."""
        singles: dict[str, Callable[[], None]] = {
            "report": lambda: self.report(chosen, 10 if right else 0), "accept": lambda: self.accept(chosen),
            "question": lambda: self.question(chosen, right), "credit": lambda: self.credit(chosen),
            "decide": lambda: self.decide(approve=True, other=right),
            "let go": lambda: self.release(ProceedsChoice.CONSENT, other=right, proposed=right),
        }  # fmt: skip
        singles.get(deed, lambda: self.talk(chosen, deed, 20 if right else -1))()

    @rule(choice=st.sampled_from(list(ProceedsChoice)), decided=MOSTLY)
    def let_go(self, choice: ProceedsChoice, decided: bool) -> None:
        """What was collected for a pledged patent goes out once it is agreed where to."""
        self.pay_out(True)
        if decided:
            self.release(choice, other=True, proposed=True)
        self.pay_out(True)
