"""The money of a licence after any order of reports, questions, corrections, payments, closed months and days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.clock import today
from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.core.settings import forget_settings
from app.ledger.operations import check_deferred
from app.ledger.queries import verify
from app.market.licences.clocks import end_by_time
from app.market.licences.instalments import plan_instalments, tend_instalment
from app.market.licences.models import Licence, LicenceInstalment
from app.market.licences.operations import end_licence
from app.market.licences.queries import instalment_ids, run_out_ids
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.patents.models import Encumbrance, EncumbranceKind
from app.market.royalties.models import RoyaltyPeriod, RoyaltyQuestion, RoyaltyReport
from app.market.royalties.operations import accept_by_silence, make_due, open_periods
from app.market.royalties.questions import settle_questions
from app.market.royalties.tasks import late_and_billed
from app.settlement.fee_notes.models import FeeNote
from app.settlement.models import Charge
from app.settlement.settings import settings as money_settings
from app.settlement.statements.calendar import following
from app.settlement.statements.operations import close_month
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.market.factories import make_licence, make_open_licence, make_patent
from tests.market.licences.licence_model import month_later
from tests.market.licences.world import heard
from tests.market.machines import Dated, walk
from tests.market.royalties import money_papers as books
from tests.market.royalties.money_model import (
    CAP,
    FLOOR,
    PARTS,
    RATE,
    RATES,
    TERM,
    Asked,
    Money,
    Parts,
    Question,
    Stretch,
    interest,
    whole_on,
)
from tests.market.royalties.money_stories import MOSTLY, Stories
from tests.settlement.factories import make_institution, set_commission

BEGIN = datetime(2041, 1, 30, 16, 30, tzinfo=UTC)  # the last of January in Shanghai
PRICES: dict[bool, dict[str, Any]] = {
    True: {"price_form": PriceForm.ROYALTY, "rate": RATE, "royalty_base": RoyaltyBase.NET_SALES, "period_months": 1,
           "floor_minor": FLOOR, "cap_minor": CAP},
    False: {"price_form": PriceForm.INSTALMENTS,
            "instalments": [{"months": months, "minor": amount} for months, amount in PARTS.items()]},
}  # fmt: skip


class MoneyOfALicence(Stories, Dated):
    """A university, a firm, a pledgee at times, the operator, the bank, and a calendar."""

    begins = BEGIN

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[Any, str] = {}
        self.interest: dict[Any, int] = {}
        self.was: dict[date, str] = {}

    def teardown(self) -> None:
        checked = verify()
        super().teardown()
        forget_settings()
        assert checked.ok, checked

    @initialize(
        royalty=st.sampled_from([True, True, False]), pledged=st.booleans(), commission=st.sampled_from([0, 333])
    )
    def begin(self, royalty: bool, pledged: bool, commission: int) -> None:
        set_commission(commission)
        rates = " ".join(f"{since}:{points / 100:.2f}" for since, points in RATES)
        money_settings.change(SYSTEM, "late_interest_rates", rates)
        forget_settings()
        university, firm = make_institution("北松大学"), make_organisation()
        self.officer, self.payer = make_actor(university, Role.TRANSFER), make_actor(firm, Role.FINANCE)
        self.finance = [make_actor(university, Role.FINANCE), make_actor(university, Role.FINANCE)]
        self.desk = [make_operator(Role.SETTLEMENT), make_operator(Role.SETTLEMENT)]
        patent = make_patent(university, expires_on=date(2060, 1, 1), annuity_paid_through=20)
        if pledged:
            session.add(Encumbrance(patent_id=patent.id, kind=EncumbranceKind.PLEDGE, holder="松江银行",
                                    starts_on=date(2040, 6, 1)))  # fmt: skip
        declaration = make_open_licence(
            patent, announced_on=date(2041, 1, 1), inventors_share=6000, department_share=1000, **PRICES[royalty]
        )  # fmt: skip
        licence = make_licence(declaration, firm, due_now_minor=0, ends_on=month_later(today(), TERM))
        open_periods(licence)
        plan_instalments(licence)
        session.flush()
        self.licence_id, self.pledged, self.next_month = licence.id, pledged, date(2041, 1, 1)
        self.money = Money(today(), royalty)
        self.wait(31)

    @property
    def licence(self) -> Licence:
        return session.get_one(Licence, self.licence_id)

    def attempt(self, expected: bool, deed: Callable[[], Any]) -> bool:
        """Whether a deed succeeds is what the model says; handlers have heard of it afterwards."""
        try:
            with savepoint():
                deed()
                session.flush()
            refusal = ""
        except DomainError as refused:
            refusal = str(refused) or "refused"
            session.expire_all()
        assert (refusal == "") == expected, refusal or "this should have been refused"
        if expected:
            heard()
        return expected

    def rows(self) -> list[RoyaltyPeriod]:
        statement = select(RoyaltyPeriod).where(RoyaltyPeriod.licence_id == self.licence_id)
        return list(session.scalars(statement.order_by(RoyaltyPeriod.position)))

    def pick(self, chosen: int) -> tuple[Stretch, RoyaltyPeriod] | None:
        """A period that has begun, and its row."""
        rows = self.rows()
        begun = [pair for pair in zip(self.money.periods, rows, strict=True) if pair[0].starts <= today()]
        return begun[chosen % len(begun)] if begun else None

    def note_rows(self) -> None:
        """The fee notes of the model get the identities of the real ones, as they were issued."""
        session.expire_all()
        for period, row in zip(self.money.periods, self.rows(), strict=True):
            statement = select(RoyaltyReport.fee_note_id).where(RoyaltyReport.period_id == row.id)
            ids = session.scalars(statement.where(RoyaltyReport.fee_note_id.is_not(None))
                                  .order_by(RoyaltyReport.revision)).all()  # fmt: skip
            for note, note_id in zip(period.notes, ids, strict=True):
                note.note_id = note_id
        planned = select(LicenceInstalment).where(LicenceInstalment.licence_id == self.licence_id)
        parts = session.scalars(planned.order_by(LicenceInstalment.due_on)).all()
        for part, instalment in zip(self.money.instalments, parts, strict=True):
            assert (part.note is None) == (instalment.fee_note_id is None)
            assert part.is_closed == instalment.is_closed
            if part.note is not None:
                part.note.note_id = instalment.fee_note_id

    def value_on(self, asked: Asked) -> date | None:
        return whole_on(asked.total, books.parts_of(asked.note_id))

    # What the calendar does

    @rule(days=st.sampled_from([1, 7, 15, 20, 31, 45]))
    def wait(self, days: int) -> None:
        """Some nights without anybody at work, then the run of one night."""
        self.clock.shift(timedelta(days=days))
        for licence_id in run_out_ids(today()):
            end_by_time(licence_id)
        for instalment_id in instalment_ids(today() + timedelta(days=30)):
            tend_instalment(instalment_id)
        make_due()
        late_and_billed()
        accept_by_silence()
        self.money.tend(today())
        self.note_rows()
        paid = [self.value_on(one.note) if one.note is not None else None for one in self.questions]
        settle_questions()
        heard()
        for question, value_on in zip(self.questions, paid, strict=True):
            question.settle(today(), value_on)
        for period in self.money.periods:
            period.close_by_silence(today())

    @property
    def questions(self) -> list[Question]:
        return [one.question for one in self.money.periods if one.question is not None]

    @rule()
    def close(self) -> None:
        """The month that is next in turn, once it is over; again it changes nothing."""
        begin = following(self.next_month)
        if begin > today():
            return
        close_month(SYSTEM, self.next_month)
        heard()
        for note in self.money.notes:
            if note.earned is not None and note.earned < begin and not note.is_stated:
                note.bill_due = None if note.state == "paid" else today() + timedelta(days=30)
                note.is_stated = True
        before = books.papers()
        close_month(SYSTEM, self.next_month)
        assert books.papers() == before
        self.next_month = begin

    @rule(really=MOSTLY)
    def end(self, really: bool) -> None:
        """The licence is rescinded before its time; what is not due yet is not owed."""
        if not really and self.money.ended is None and today() > month_later(self.money.begin, 2):
            end_licence(self.licence, today(), "rescinded")
            self.money.end(today(), today())
            heard()
            self.note_rows()

    # What must be true

    @invariant()
    def fee_notes_are_those_of_the_model(self) -> None:
        """State, sum, due day and value date of each; earned once; late interest as counted day by day."""
        session.expire_all()
        check_deferred()
        if not hasattr(self, "money"):
            return
        for one in self.money.notes:
            row = session.get_one(FeeNote, one.note_id)
            parts = books.parts_of(one.note_id)
            assert (row.state.value, row.due_on) == (one.state, one.due)
            assert (row.charge_id is not None) == (one.earned is not None)
            assert books.credit_sums(row.charge_id) == (one.taken, one.waiting)
            if not one.ended:
                assert (row.total_minor, row.paid_minor) == (one.total, one.paid)
                assert row.value_on == whole_on(one.total, parts)
            if row.charge_id is not None:
                charge = session.get_one(Charge, row.charge_id)
                assert (charge.total_minor, charge.used_on) == (one.total, one.earned)
            self.interest_is_that_of_the_model(one, parts)

    def interest_is_that_of_the_model(self, one: Asked, parts: Parts) -> None:
        """Asked for once the fee is whole, and anew when less was owed; nothing while it waits or is not paid."""
        before = self.interest.get(one.note_id, 0)
        asked = self.interest[one.note_id] = books.interest_asked(one.note_id)
        until = whole_on(one.owed, parts) if one.owed else one.due_day
        if one.due_day is None or until is None:
            assert asked == before
            return
        wanted = interest(one.owed, parts, one.due_day, until)
        right = {wanted} | ({before} if before <= wanted < before + 100 and before else set())
        if not one.ended and whole_on(one.total, parts) is None:
            right.add(before)
        assert asked in right, (asked, before, wanted)

    @invariant()
    def periods_are_those_of_the_model(self) -> None:
        """State and days of each; no period is billed twice: its live notes less credits are what is due."""
        if not hasattr(self, "money"):
            return
        rows = self.rows()
        assert [row.starts_on for row in rows] == [one.starts for one in self.money.periods]
        for one, row in zip(self.money.periods, rows, strict=True):
            assert (row.ends_on, row.is_late, row.due_on) == (one.ends, one.is_late, one.report_until)
            reports = session.scalars(select(RoyaltyReport).where(RoyaltyReport.period_id == row.id)).all()
            assert sorted(report.revision for report in reports) == [*range(1, one.reports + 1)]
            assert max(reports, key=lambda each: each.revision).due_minor == one.due if reports else one.due == 0
            assert one.to_credit >= 0
            self.state_is_that_of_the_model(one, row)
            self.question_is_that_of_the_model(one, row)

    def state_is_that_of_the_model(self, one: Stretch, row: RoyaltyPeriod) -> None:
        """Accepted, it is paid when what came in and what was taken back make up what was asked for."""
        came = sum(sum(amount for amount, _day in books.parts_of(note.note_id)) for note in one.live)
        asked = sum(note.total for note in one.live)
        if one.state == "billed" and came + sum(note.taken for note in one.live) >= asked:
            one.state = "paid"
        elif one.state == "billed" and row.state.value == "paid":
            assert came + sum(note.taken + note.waiting for note in one.live) >= asked
            one.state = "paid"
        assert row.state.value == one.state
        if one.state in {"reported", "questioned"} and (one.question is None or one.question.answered):
            assert row.question_until == one.until

    def question_is_that_of_the_model(self, one: Stretch, row: RoyaltyPeriod) -> None:
        found = select(RoyaltyQuestion).where(RoyaltyQuestion.period_id == row.id, RoyaltyQuestion.closed_at.is_(None))
        question = session.scalars(found).one_or_none()
        assert (question is None) == (one.question is None)
        if question is not None and one.question is not None:
            assert (question.inspection.value, question.inspection_on) == (
                one.question.inspection,
                one.question.agreed_on,
            )
            assert (question.answer_due_on, question.waited_until) == (one.question.answer_until, one.question.waited)
            assert (question.answered_at is not None) == one.question.answered

    @invariant()
    def money_adds_up(self) -> None:
        """Charged − credited = paid + owed; shares make up the income; held and released make up what is pledged."""
        assert books.books_sum() == 0
        if not hasattr(self, "money"):
            return
        licence = self.licence
        asked = sum(note.total - note.taken for note in self.money.notes if note.earned is not None)
        assert books.charged(licence) == asked + sum(self.interest.values())
        assert books.charged(licence) == books.paid(licence, self.money.came) + books.owed(licence)
        books.shares_add_up(licence)
        books.holds_add_up(licence, self.pledged)

    @invariant()
    def papers_never_change(self) -> None:
        """What was stated, billed, shared out and posted reads as it did."""
        now = books.papers()
        assert {key: now.get(key) for key in self.seen} == self.seen
        self.seen = now


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_order_of_deeds_and_days_leads_the_money_of_a_licence_astray() -> None:
    """民法典 846, 584, 444; 转化法 45: each licence's money adds up after every step."""
    walk(MoneyOfALicence, examples=20, steps=12)
