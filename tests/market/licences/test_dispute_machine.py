"""Disputes about a licence after any order of claims, papers, mediation, court and settlement (专利法 art. 52)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import select

from app.accounts.models import Actor, Role
from app.core.clock import today
from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.market.licences.disputes import answer_proposal, ask_mediation, go_to_court, open_dispute, propose, say, settle
from app.market.licences.models import Dispute, DisputeEntry, Licence
from app.market.licences.operations import end_licence, file_licence
from app.market.open_licences.models import PriceForm
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.market.factories import make_licence, make_notice, make_open_licence, make_patent
from tests.market.machines import Undone, walk
from tests.settlement.factories import make_institution

SIDES = ("licensor", "licensee")
PEOPLE = (*SIDES, "clerk", "mediator", "stranger")


@dataclass
class Quarrel:
    """A dispute in plain words: who claims, how far it is, what each side says to the last proposal."""

    claimant: str
    state: str = "negotiating"
    papers: list[str] = field(default_factory=lambda: ["statement"])
    proposal: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    court: str = ""
    outcome: str = ""
    amount: int | None = None

    def end(self, outcome: str) -> None:
        self.state, self.outcome = "settled", outcome
        self.papers.append("step")


class DisputeMachine(Undone):
    """Two sides with an officer each, a clerk without a say, the operator's mediator, and somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.quarrels: list[Quarrel] = []
        self.written: dict[Any, tuple[Any, ...]] = {}

    @initialize(is_licence=st.sampled_from([True] * 6 + [False]))
    def begin(self, is_licence: bool) -> None:
        owner, firm = make_institution("北松大学"), make_organisation()
        self.people = {
            "licensor": make_actor(owner, Role.TRANSFER), "licensee": make_actor(firm), "clerk": make_actor(firm,
            Role.FINANCE), "mediator": make_operator(Role.VERIFIER), "stranger": make_actor(),
        }  # fmt: skip
        declaration = make_open_licence(make_patent(owner), price_form=PriceForm.LUMP_SUM)
        made = make_licence if is_licence else make_notice
        self.is_licence, self.licence_id, self.stage = is_licence, made(declaration, firm).id, "effective"
        self.terms = self.frozen()

    @property
    def licence(self) -> Licence:
        return session.get_one(Licence, self.licence_id)

    @property
    def now(self) -> Quarrel | None:
        """The one that is not settled."""
        return next((one for one in self.quarrels if one.state != "settled"), None)

    def row(self) -> Dispute | None:
        """The newest one, settled or not: a late press finds it settled."""
        rows = self.rows()
        return rows[-1] if rows else None

    def rows(self) -> list[Dispute]:
        statement = select(Dispute).where(Dispute.licence_id == self.licence_id).order_by(Dispute.opened_at, Dispute.id)
        return list(session.scalars(statement))

    def attempt(self, expected: bool, deed: Callable[[], Any]) -> None:
        try:
            with savepoint():
                deed()
                session.flush()
            refusal = ""
        except DomainError as refused:
            refusal = str(refused) or "refused"
            session.expire_all()
        assert (refusal == "") == expected, refusal or "this should have been refused"

    def act(self, who: str, may: bool, deed: Callable[[Actor, Licence, Dispute], Any]) -> Quarrel | None:
        """Whether a deed succeeds is what the model says; the quarrel that it touches, if it does."""
        row, quarrel = self.row(), self.now
        if row is None:
            return None
        expected = quarrel is not None and may
        self.attempt(expected, lambda: deed(self.people[who], self.licence, row))
        return quarrel if expected else None

    @rule(who=st.sampled_from(PEOPLE), amount=st.sampled_from([None, 1, 50_000_00, 0, -5]), claim=st.sampled_from(
        ["交付的资料不全", "交付的资料不全", "  "]))  # fmt: skip
    def claim(self, who: str, amount: int | None, claim: str) -> None:
        """One dispute at a time, about a licence that there is or was, by either side."""
        fits = who in SIDES and bool(claim.strip()) and (amount is None or amount > 0)
        expected = self.is_licence and fits and self.now is None
        self.attempt(expected, lambda: open_dispute(self.people[who], self.licence, claim, amount))
        if expected:
            self.quarrels.append(Quarrel(who, amount=amount))

    @rule(who=st.sampled_from(PEOPLE))
    def write(self, who: str) -> None:
        quarrel = self.act(who, who in {*SIDES, "mediator"}, lambda actor, of, one: say(actor, of, one, "补充说明"))
        if quarrel is not None:
            quarrel.papers.append("note" if who == "mediator" else "statement")

    @rule(who=st.sampled_from(PEOPLE))
    def mediate(self, who: str) -> None:
        """From the talk between the sides alone; asked twice is asked once; not back from a court."""
        state = self.now.state if self.now else ""
        quarrel = self.act(who, who in SIDES and state in {"negotiating", "mediating"}, ask_mediation)
        if quarrel is not None and state == "negotiating":
            quarrel.state = "mediating"
            quarrel.papers.append("step")

    @rule(who=st.sampled_from(["mediator", "mediator", *PEOPLE]), words=st.sampled_from(["补交图纸", "各让一半"]))
    def suggest(self, who: str, words: str) -> None:
        mediating = self.now is not None and self.now.state == "mediating"
        quarrel = self.act(
            who, who == "mediator" and mediating, lambda actor, of, one: propose(actor, of, one, words)
        )  # fmt: skip
        if quarrel is not None:
            quarrel.papers.append("proposal")
            quarrel.proposal, quarrel.answers = words, {}

    @rule(who=st.sampled_from([*SIDES, *PEOPLE]), accepts=st.sampled_from([True, True, False]))
    def reply(self, who: str, accepts: bool) -> None:
        """Each side once to each proposal; both accept, and it is settled by its words."""
        found = self.now
        open_to = found is not None and found.state == "mediating" and found.proposal and who not in found.answers
        quarrel = self.act(
            who, bool(who in SIDES and open_to), lambda actor, of, one: answer_proposal(actor, of, one, accepts=accepts)
        )  # fmt: skip
        if quarrel is None:
            return
        quarrel.answers[who] = "accepted" if accepts else "refused"
        quarrel.papers.append(quarrel.answers[who])
        if [*quarrel.answers.values()] == ["accepted", "accepted"]:
            quarrel.end(quarrel.proposal)

    @rule(who=st.sampled_from(PEOPLE), court=st.sampled_from(["长春知识产权法庭", "长春知识产权法庭 1号"]))
    def sue(self, who: str, court: str) -> None:
        """Out of the talk or of the mediation; again, to add the case number."""
        quarrel = self.act(who, who in SIDES, lambda actor, of, one: go_to_court(actor, of, one, court))
        if quarrel is not None:
            quarrel.state, quarrel.court = "court", court
            quarrel.papers.append("step")

    @rule(who=st.sampled_from(PEOPLE))
    def finish(self, who: str) -> None:
        """By the side that claims, or by the operator, who notes what was decided."""
        may = self.now is not None and who in {self.now.claimant, "mediator"}
        quarrel = self.act(who, may, lambda actor, of, one: settle(actor, of, one, "撤回"))
        if quarrel is not None:
            quarrel.end("撤回")

    @rule(over=st.booleans())
    def go_on(self, over: bool) -> None:
        """Duties go on meanwhile: it is filed and comes to its end, disputed or not."""
        if not self.is_licence or self.stage == "ended":
            return
        if over:
            end_licence(self.licence, today(), "term")
            self.stage = "ended"
        elif self.stage == "effective":
            file_licence(self.people["licensor"], self.licence, "BA1", today())
            self.stage = "filed"

    @rule(court=st.booleans())
    def whole_story(self, court: bool) -> None:
        """What everybody hopes for, or fears, so that runs get far."""
        self.claim("licensee", None, "交付的资料不全")
        self.mediate("licensor")
        self.suggest("mediator", "补交图纸")
        self.reply("licensee", True)
        self.reply("licensee", False)
        if court:
            self.sue("licensor", "长春知识产权法庭")
            self.mediate("licensee")
        self.reply("licensor", True)

    def frozen(self) -> tuple[Any, ...]:
        one = self.licence
        return one.price_form, one.lump_minor, one.terms, one.effective_on, one.ends_on, one.number, one.notice_hash

    @invariant()
    def disputes_are_as_the_model_says(self) -> None:
        session.expire_all()
        rows = self.rows()
        assert len(rows) == len(self.quarrels)
        for row, one in zip(rows, self.quarrels, strict=True):
            assert (row.state.value, row.court, row.outcome) == (one.state, one.court, one.outcome)
            assert (row.settled_at is not None) == (one.state == "settled")
            assert row.opened_by_id == self.people[one.claimant].organisation_id
            assert row.amount_minor == one.amount
            papers = self.papers(row)
            assert [paper.kind.value for paper in papers] == one.papers
            assert [paper.position for paper in papers] == [*range(1, len(papers) + 1)]
            self.nothing_written_changes(papers)

    def papers(self, row: Dispute) -> list[DisputeEntry]:
        statement = select(DisputeEntry).where(DisputeEntry.dispute_id == row.id).order_by(DisputeEntry.position)
        return list(session.scalars(statement))

    def nothing_written_changes(self, papers: list[DisputeEntry]) -> None:
        for paper in papers:
            written = (paper.kind, paper.text, paper.organisation_id, paper.written_by_id, paper.created_at)
            assert self.written.setdefault(paper.id, written) == written

    @invariant()
    def duties_go_on(self) -> None:
        """A dispute is a flag: nothing of the licence itself changes with it."""
        if not hasattr(self, "terms"):
            return
        licence = self.licence
        assert licence.is_disputed == (self.now is not None)
        assert self.frozen() == self.terms
        assert licence.state.value == (self.stage if self.is_licence else "noticed")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_article_52_no_order_of_deeds_leads_a_dispute_astray() -> None:
    """专利法 art. 52: negotiate, mediate, court; who may do what at each step, and duties go on."""
    walk(DisputeMachine, examples=25, steps=16)
