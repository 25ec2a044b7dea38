"""A declaration as the law has it, in plain words: what may follow what, and what must be there first."""

from dataclasses import dataclass, field
from datetime import date, timedelta

# 专利法 art. 50, 51; 实施细则 rules 85, 86; flows-market.md §2, written down once more and independently of the code.
FOLLOWS = {
    "": {"draft"},
    "draft": {"consenting"},
    "consenting": {"draft", "ready"},
    "ready": {"draft", "filed"},
    "filed": {"correction", "refused", "announced"},
    "correction": {"draft", "filed", "refused", "announced"},
    "announced": {"withdrawing", "withdrawn", "expired", "lapsed"},
    "withdrawing": {"announced", "withdrawn", "expired", "lapsed"},
    "refused": set(),
    "withdrawn": set(),
    "expired": set(),
    "lapsed": set(),
}
OVER = {"refused", "withdrawn", "expired", "lapsed"}
OPEN = {"announced", "withdrawing"}
BINDING = {"filed", "correction", *OPEN}
OWNER, PLEDGEE = "co_owner", "pledgee"


@dataclass
class Asked:
    """A consent that was asked for: what was answered, and until when it can be."""

    until: float
    answer: str = "asked"


@dataclass
class Declared:
    """One declaration."""

    state: str = "draft"
    has_price: bool = False
    has_terms: bool = False
    publicity_until: date | None = None
    consents: dict[str, Asked] = field(default_factory=dict)
    withdrawal: dict[str, Asked] = field(default_factory=dict)
    objections: list[str] = field(default_factory=list)  # open, answered, closed
    is_pilot: bool = False
    is_returned: bool = False
    steps: list[str] = field(default_factory=lambda: ["draft"])

    def go(self, state: str) -> None:
        """A step; each is written down."""
        assert state in FOLLOWS[self.state], f"{state} after {self.state}"
        self.state = state
        self.steps.append(state)

    def unlist(self) -> None:
        if self.is_pilot:
            self.is_pilot = False
            self.steps.append(self.state)

    @property
    def has_open_objection(self) -> bool:
        return any(one != "closed" for one in self.objections)


@dataclass
class Right:
    """The patent: what stands on it since when, and up to which year its annuities are paid."""

    due: date  # of the next annuity
    lost: date  # the last day on which that can be paid
    kinds: dict[str, date] = field(default_factory=dict)
    has_ended: bool = False

    def active(self, kind: str) -> bool:
        return kind in self.kinds

    def blocks(self, day: date, agreed: bool) -> bool:
        """Rule 86: anything but a pledge to which the pledgee has agreed."""
        others = any(self.active(kind) for kind in ("exclusive_licence", "suspension"))
        return self.has_ended or day > self.due or others or (self.active("pledge") and not agreed)


class Model:
    """The right with its declarations; the last one is the live one, if any is."""

    def __init__(self, right: Right) -> None:
        self.right = right
        self.all: list[Declared] = []

    @property
    def last(self) -> Declared | None:
        return self.all[-1] if self.all else None

    @property
    def live(self) -> Declared | None:
        return self.last if self.last is not None and self.last.state not in OVER else None

    def needed(self) -> set[str]:
        return {OWNER, *({PLEDGEE} if self.right.active("pledge") else ())}

    def is_agreed(self, party: str) -> bool:
        one = self.last.consents.get(party) if self.last else None
        return one is not None and one.answer == "agreed"

    def all_agreed(self) -> bool:
        return all(self.is_agreed(party) for party in self.needed())

    def blocked(self, day: date) -> bool:
        return self.right.blocks(day, self.is_agreed(PLEDGEE))

    def may_file(self, day: date) -> bool:
        one = self.live
        return (
            one is not None
            and one.state in {"ready", "correction"}
            and not one.is_returned
            and not self.blocked(day)
            and self.all_agreed()
        )

    def file(self) -> None:
        """Those who need not agree any more are not waited for."""
        one = self.live
        assert one is not None
        one.go("filed")
        needed = self.needed()
        one.consents = {who: asked for who, asked in one.consents.items() if who in needed or asked.answer == "agreed"}

    def advance(self, day: date) -> None:
        """Ready as soon as the days are over, nobody objects and everybody has agreed."""
        one = self.live
        if one is None or one.state != "consenting" or one.publicity_until is None:
            return
        if day >= one.publicity_until and not one.has_open_objection and self.all_agreed():
            one.go("ready")

    def tend(self, day: date) -> None:
        """What the timers do: publicity that is over, a right that is lost with all that hangs on it."""
        self.advance(day)
        if day > self.right.lost and not self.right.has_ended:
            self.right.has_ended = True
            self.end_with_right()

    def end_with_right(self) -> None:
        one = self.live
        if one is None:
            return
        one.is_pilot = False
        if one.state in OPEN:
            one.go("lapsed")

    def change_text(self) -> None:
        one = self.live
        assert one is not None
        one.go("draft")
        one.unlist()
        one.consents, one.publicity_until, one.is_returned = {}, None, False

    def ask(self, day: date, moment: float) -> None:
        one = self.live
        assert one is not None
        one.go("consenting")
        one.publicity_until = day + timedelta(days=16)
        one.consents = {party: Asked(moment + 14 * 86400) for party in self.needed()}
