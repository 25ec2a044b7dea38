"""Declarations after any order of deeds, refusals and days, against a plain model (issue 6)."""

from datetime import date, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import select

from app.accounts.one_time import Outcome
from app.core.clock import now, today
from app.core.db import session
from app.market.open_licences.announcing import end_by_time, record_announcement
from app.market.open_licences.consenting import ask_again, ask_consents, change_text
from app.market.open_licences.filing import (
    answer_return,
    ask_correction,
    record_filing,
    refuse,
    return_declaration,
)
from app.market.open_licences.models import (
    ConsentPurpose,
    Objection,
)
from app.market.open_licences.operations import list_pilot, set_price, set_terms, start_declaration, unlist_pilot
from app.market.open_licences.publicity import advance_by_time, answer_objection, close_objection, raise_objection
from app.market.open_licences.queries import declaration
from app.market.open_licences.withdrawing import (
    ask_withdrawal,
    file_withdrawal,
    record_withdrawal,
    refuse_withdrawal,
)
from app.market.patents.alerts import tend_portfolio
from app.market.patents.models import Encumbrance, EncumbranceKind
from app.market.patents.operations import EncumbranceValues, add_encumbrance, end_encumbrance, record_annuity
from tests.market.licences.world import heard
from tests.market.machines import walk
from tests.market.open_licences.declaration_model import (
    BINDING,
    OPEN,
    OWNER,
    PLEDGEE,
    Asked,
    Declared,
)
from tests.market.open_licences.declaration_world import DeclarationWorld
from tests.market.open_licences.declaring import PRICE, TERMS, answer

KINDS = st.sampled_from(["pledge", "suspension", "exclusive_licence"])
WHY = "价格与市场不符。"


class DeclarationMachine(DeclarationWorld):
    """Every deed of everybody, and days that pass."""

    # Writing

    @rule()
    def start(self) -> None:
        self.attempt(self.model.live is None, lambda: start_declaration(self.officer, self.patent()))
        if self.model.live is None:
            self.model.all.append(Declared())

    @rule()
    def write(self) -> None:
        is_draft = lambda model: model.state == "draft"  # noqa: E731
        if self.with_current(is_draft, lambda one: set_price(self.officer, one, PRICE)):
            self.with_current(is_draft, lambda one: set_terms(self.officer, one, TERMS))
            assert self.model.last is not None
            self.model.last.has_price = self.model.last.has_terms = True

    @rule()
    def ask(self) -> None:
        blocked = self.model.right.blocks(today(), agreed=True)
        ready = lambda model: model.state == "draft" and model.has_price and not blocked  # noqa: E731
        if self.with_current(ready, lambda one: ask_consents(self.officer, one)):
            self.model.ask(today(), now().timestamp())

    @rule()
    def change(self) -> None:
        unlockable = {"consenting", "ready", "correction"}
        if self.with_current(lambda model: model.state in unlockable, lambda one: change_text(self.officer, one)):
            self.model.change_text()

    # Consents, objections

    @rule(party=st.sampled_from([OWNER, PLEDGEE]), agree=st.booleans())
    def answer_link(self, party: str, agree: bool) -> None:
        self.answer(party, ConsentPurpose.DECLARATION, agree)

    @rule(agree=st.booleans())
    def answer_withdrawal(self, agree: bool) -> None:
        self.answer(OWNER, ConsentPurpose.WITHDRAWAL, agree)

    def answer(self, party: str, purpose: ConsentPurpose, agree: bool) -> None:
        found, model = self.consent(party, purpose), self.model.last
        if found is None or model is None:
            return
        is_first = purpose is ConsentPurpose.DECLARATION
        asked = (model.consents if is_first else model.withdrawal)[party]
        expected = (
            asked.answer == "asked"
            and now().timestamp() < asked.until
            and model.state == ("consenting" if is_first else "announced")
        )
        if self.attempt(expected, lambda: answer(found, agree=agree)) is Outcome.DONE:
            asked.answer = "agreed" if agree else "refused"
            if is_first:
                self.model.advance(today())

    @rule(party=st.sampled_from([OWNER, PLEDGEE]))
    def link_again(self, party: str) -> None:
        found, model = self.consent(party, ConsentPurpose.DECLARATION), self.model.last
        if found is None or model is None:
            return
        found.open_licence = declaration(found.open_licence_id)
        expected = model.state == "consenting" and model.consents[party].answer != "agreed"
        if self.attempt(expected, lambda: ask_again(self.officer, found)) is not None:
            model.consents[party] = Asked(now().timestamp() + 14 * 86400)

    @rule()
    def object(self) -> None:
        def may(model: Declared) -> bool:
            until = model.publicity_until
            return model.state == "consenting" and until is not None and today() < until

        if self.with_current(may, lambda one: raise_objection(self.second, one, WHY)):
            assert self.model.last is not None
            self.model.last.objections.append("open")

    @rule(same=st.booleans())
    def settle_objection(self, same: bool) -> None:
        """Answered by the officer, closed by a second person and never by the same."""
        one, model = self.current(), self.model.last
        if one is None or model is None or not model.has_open_objection:
            return
        place = next(number for number, state in enumerate(model.objections) if state != "closed")
        objections = select(Objection).where(Objection.open_licence_id == one.id, Objection.closed_at.is_(None))
        found = session.scalars(objections.order_by(Objection.created_at, Objection.id)).first()
        assert found is not None
        found.open_licence = one
        if model.objections[place] == "open":
            self.attempt(False, lambda: close_objection(self.second, found))
            found.open_licence = declaration(one.id)
            self.attempt(True, lambda: answer_objection(self.officer, found, "份额已按登记簿改正。"))
            model.objections[place] = "answered"
            return
        self.attempt(not same, lambda: close_objection(self.officer if same else self.second, found))
        if not same:
            model.objections[place] = "closed"
            self.model.advance(today())

    # Filing, the operator, the pilot

    @rule()
    def file(self) -> None:
        may = self.model.may_file(today())
        if self.with_current(lambda _model: may, lambda one: record_filing(self.officer, one, "K204105", today())):
            self.model.file()

    def step(self, state: str) -> None:
        assert self.model.last is not None
        self.model.last.go(state)

    @rule(publish=st.booleans())
    def pilot(self, publish: bool) -> None:
        blocked = self.model.blocked(today())

        def may(model: Declared) -> bool:
            return not publish or (model.state in {"ready", "filed", "correction"} and not blocked)

        deed = list_pilot if publish else unlist_pilot
        if self.with_current(may, lambda one: deed(self.officer, one)):
            model = self.model.last
            assert model is not None
            if publish and not model.is_pilot:
                model.is_pilot = True
                model.steps.append(model.state)
            elif not publish:
                model.unlist()

    @rule(back=st.booleans())
    def check(self, back: bool) -> None:
        checkable = {"ready", "filed", "correction", *OPEN}
        if not back:
            if self.with_current(lambda _model: True, lambda one: answer_return(self.officer, one)):
                self.returned(False)
        elif self.with_current(
            lambda model: model.state in checkable, lambda one: return_declaration(self.verifier, one, ["register"])
        ):
            self.returned(True)

    def returned(self, is_returned: bool) -> None:
        assert self.model.last is not None
        self.model.last.is_returned = is_returned
        if is_returned:
            self.model.last.unlist()

    @rule()
    def correct(self) -> None:
        due = today() + timedelta(days=30)
        if self.with_current(lambda m: m.state == "filed", lambda one: ask_correction(self.officer, one, "补正", due)):
            self.step("correction")

    @rule()
    def be_refused(self) -> None:
        if self.with_current(
            lambda m: m.state in {"filed", "correction"}, lambda one: refuse(self.verifier, one, "否")
        ):
            self.step("refused")
            self.model.all[-1].is_pilot = False

    @rule()
    def announce(self) -> None:
        may = lambda model: model.state in {"filed", "correction"}  # noqa: E731
        if self.with_current(may, lambda one: record_announcement(self.verifier, one, "G57-21", today(), "专利公报")):
            self.step("announced")
            if self.model.right.has_ended:
                self.model.end_with_right()

    # Withdrawing

    @rule()
    def want_out(self) -> None:
        if self.with_current(lambda m: m.state == "announced", lambda one: ask_withdrawal(self.officer, one, WHY)):
            self.model.all[-1].withdrawal = {OWNER: Asked(now().timestamp() + 14 * 86400)}

    @rule()
    def go_out(self) -> None:
        def may(model: Declared) -> bool:
            asked = model.withdrawal.get(OWNER)
            return model.state == "announced" and asked is not None and asked.answer == "agreed"

        if self.with_current(may, lambda one: file_withdrawal(self.officer, one, WHY, "W1", today())):
            self.step("withdrawing")

    @rule()
    def stay(self) -> None:
        if self.with_current(lambda m: m.state == "withdrawing", lambda one: refuse_withdrawal(self.officer, one, "")):
            self.step("announced")

    @rule()
    def be_out(self) -> None:
        if self.with_current(
            lambda m: m.state in OPEN, lambda one: record_withdrawal(self.verifier, one, "G2", today())
        ):
            self.step("withdrawn")
            self.model.all[-1].is_pilot = False

    # The right, and time

    @rule(kind=KINDS)
    def encumber(self, kind: str) -> None:
        if self.model.right.active(kind):
            return
        is_bound = self.model.live is not None and self.model.live.state in BINDING
        values = EncumbranceValues(EncumbranceKind(kind), "松江银行", today(), holder_email="credit@bank.example")
        deed = lambda: add_encumbrance(self.officer, self.patent(), values)  # noqa: E731
        if self.attempt(not (kind == "exclusive_licence" and is_bound), deed) is not None:
            self.model.right.kinds[kind] = today()

    @rule(kind=KINDS)
    def free(self, kind: str) -> None:
        begun = self.model.right.kinds.get(kind)
        if begun is None:
            return
        wanted = (Encumbrance.patent_id == self.patent_id, Encumbrance.kind == EncumbranceKind(kind))
        found = session.scalars(select(Encumbrance).where(*wanted, Encumbrance.ends_on.is_(None))).one()
        found.patent = self.patent()
        self.attempt(begun < today(), lambda: end_encumbrance(self.officer, found, today()))
        if begun < today():
            del self.model.right.kinds[kind]
            if kind == "exclusive_licence":  # to the clock of the database, which nobody moves, it is still to end
                session.delete(found)
                session.flush()

    @rule()
    def pay_annuity(self) -> None:
        right, patent = self.model.right, self.patent()
        year = patent.annuity_paid_through + 1
        self.attempt(today() <= right.lost, lambda: record_annuity(self.officer, patent, year, today()))
        if today() <= right.lost:
            right.due, right.lost = (_year_later(day) for day in (right.due, right.lost))

    @rule(days=st.sampled_from([0, 1, 13, 14, 15, 16, 60, 150]), hours=st.sampled_from([0, 11, 12]))
    def wait(self, days: int, hours: int) -> None:
        """Around midnight in Shanghai too: the run begins at noon there."""
        self.clock.shift(timedelta(days=days, hours=hours))
        advance_by_time()
        end_by_time()
        session.expire_all()
        tend_portfolio(self.owner_id)
        heard()
        self.model.tend(today())

    @rule(days=st.sampled_from([0, 28, 60]), kind=st.none() | KINDS)
    def hinder(self, days: int, kind: str | None) -> None:
        """Ready to be filed, but meanwhile an annuity is late or something stands on the patent."""
        while self.model.live is None or self.model.live.state in {"draft", "consenting"}:
            before = self.model.live.state if self.model.live else ""
            self.go_on(1)
            if self.model.live is not None and self.model.live.state == before:
                return
        self.wait(days, 0)
        if kind is not None:
            self.encumber(kind)
        self.file()

    @rule(steps=st.integers(4, 8))
    def go_far(self, steps: int) -> None:
        """The same, further: most of what can go wrong comes late."""
        self.go_on(steps)

    @rule(steps=st.integers(1, 4))
    def go_on(self, steps: int) -> None:
        """What everybody hopes for next, so that runs get far."""
        for _step in range(steps):
            state = self.model.last.state if self.model.last else ""
            if state == "draft":
                self.write()
                self.ask()
            elif state == "consenting":
                for party in (OWNER, PLEDGEE):
                    self.answer(party, ConsentPurpose.DECLARATION, agree=True)
                self.wait(16, 0)
            else:
                {"ready": self.file, "filed": self.announce, "announced": self.want_out}.get(state, self.start)()


def _year_later(day: date) -> date:
    """The same day of the next year, on a working day."""
    later = day.replace(year=day.year + 1, day=3)
    while later.isoweekday() > 5:
        later += timedelta(days=1)
    return later


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_order_of_deeds_and_days_leads_a_declaration_astray() -> None:
    walk(DeclarationMachine, examples=15, steps=20)
