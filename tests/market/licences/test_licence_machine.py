"""Licences after any order of notices, money, withdrawals, reports and days, against a plain model (issue 6)."""

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
from app.ledger import chart
from app.ledger.queries import account_balance, verify
from app.market.licences.clocks import end_by_time, tend_filing, tend_notice
from app.market.licences.instalments import tend_instalment
from app.market.licences.models import Licence, LicenceInstalment, LicenceState
from app.market.licences.operations import file_licence, give_notice
from app.market.licences.queries import (
    declaration_with_patent,
    instalment_ids,
    run_out_ids,
    to_file_ids,
    unpaid_ids,
)
from app.market.licences.reviews import decide_review
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.open_licences.queries import declaration
from app.market.open_licences.withdrawing import record_withdrawal
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.operations import end_patent
from app.market.royalties.models import RoyaltyPeriod, RoyaltyReport
from app.market.royalties.operations import make_due
from app.market.royalties.reporting import report_royalty
from app.market.royalties.tasks import late_and_billed
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.models import Charge
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.licence_model import EVERY, FLOOR, RATE, TERM, Taken
from tests.market.licences.world import fields, heard, pay
from tests.market.machines import Dated, walk
from tests.settlement.factories import make_institution

BEGIN = datetime(2041, 1, 30, 15, 30, tzinfo=UTC)  # half past eleven at night in Shanghai, before the end of a month
PARTS = {0: 1_000_000, 6: 2_000_000, 12: 3_000_000, TERM: 9_000_000}  # the last one would be due with the end
PRICES: dict[str, dict[str, Any]] = {
    "lump": {"price_form": PriceForm.LUMP_SUM, "lump_minor": 5_000_000},
    "parts": {
        "price_form": PriceForm.INSTALMENTS,
        "instalments": [{"months": months, "minor": amount} for months, amount in PARTS.items()],
    },
    "royalty": {
        "price_form": PriceForm.UPFRONT_ROYALTY, "upfront_minor": 700_000, "rate": RATE, "floor_minor": FLOOR,
        "royalty_base": RoyaltyBase.NET_SALES, "period_months": EVERY,
    },
}  # fmt: skip
DUE = {"lump": 5_000_000, "parts": PARTS[0], "royalty": 700_000}


class LicenceMachine(Dated):
    """A university, a firm that takes its patent, the operator, the bank, and a calendar."""

    begins = BEGIN

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Taken] = []
        self.withdrawn_on: date | None = None
        self.has_ended = False

    def teardown(self) -> None:
        checked = verify()
        super().teardown()
        assert checked.ok, checked

    @initialize(price=st.sampled_from(["lump", "parts", "parts", "royalty"]))
    def begin(self, price: str) -> None:
        university, firm = make_institution("北松大学"), make_organisation()
        self.officer, self.taker = make_actor(university, Role.TRANSFER), make_actor(firm)
        self.payer, self.verifier = make_actor(firm, Role.FINANCE), make_operator(Role.VERIFIER)
        patent = make_patent(university, expires_on=date(2060, 1, 1), annuity_paid_through=20)
        opened = make_open_licence(patent, announced_on=date(2041, 1, 1), term_months=TERM, **PRICES[price])
        self.price, self.opened, self.patent_id = price, opened.id, patent.id

    @property
    def last(self) -> Taken | None:
        return self.taken[-1] if self.taken else None

    def row(self) -> Licence:
        session.expire_all()
        statement = select(Licence).where(Licence.open_licence_id == self.opened).order_by(Licence.notice_no.desc())
        found = session.scalars(statement.limit(1)).first()
        assert found is not None
        return found

    def attempt(self, expected: bool, deed: Callable[[], Any]) -> Any:
        try:
            with savepoint():
                result, refusal = deed(), ""
                session.flush()
        except DomainError as refused:
            result, refusal = None, str(refused)
            session.expire_all()
        assert (refusal == "") == expected, refusal or "this should have been refused"
        if refusal == "":
            heard()
        return result

    @rule()
    def notify(self) -> None:
        """A second press is the first result; after the end there is none."""
        last = self.last
        holds = last is not None and last.state in {"noticed", "effective", "filed"}
        found = declaration_with_patent(self.opened)
        assert found is not None
        assert self.taker.organisation is not None
        organisation = self.taker.organisation
        open_now = self.withdrawn_on is None and not self.has_ended
        self.attempt(holds or open_now, lambda: give_notice(self.taker, found, organisation, fields()))
        if not holds and open_now:
            parts = {month: amount for month, amount in PARTS.items() if month and month < TERM}
            self.taken.append(
                Taken(today(), DUE[self.price], parts if self.price == "parts" else {}, self.price == "royalty")
            )

    @rule(whole=st.booleans(), late=st.integers(0, 3))
    def pay_notice(self, whole: bool, late: int) -> None:
        """In part or whole; matched some days after the bank dated it."""
        last = self.last
        if last is None or last.state != "noticed" or last.paid >= last.due_now:
            return
        rest = last.due_now - last.paid
        amount = rest if whole or rest < 2 else rest // 2
        value_on = max(today() - timedelta(days=late), last.received)
        licence = self.row()
        pay(session.get_one(FeeNote, licence.fee_note_id), value_on, amount)
        last.pay(amount, value_on, self.withdrawn_on)

    @rule(late=st.integers(0, 5))
    def withdraw(self, late: int) -> None:
        """Announced some days ago, recorded now."""
        day = today() - timedelta(days=late)
        open_now = self.withdrawn_on is None and not self.has_ended
        self.attempt(open_now, lambda: record_withdrawal(self.verifier, declaration(self.opened), "G43", day))
        if open_now:
            self.withdrawn_on = day
            for one in self.taken:
                if one.is_live and one.effective is not None and one.effective >= day:
                    one.review = "recorded_late"

    @rule(stands=st.booleans())
    def decide(self, stands: bool) -> None:
        last = self.last
        if last is None:
            return
        licence = self.row()
        self.attempt(last.review != "", lambda: decide_review(self.verifier, licence, stands=stands, note="核对公报"))
        if last.review == "same_day":
            if stands:
                assert last.value_on is not None
                last.begin(max(last.received, last.value_on))
            else:
                last.state = "void"
        elif last.review and not stands and last.is_live:
            last.end(today())
        last.review = ""

    @rule(by_licensee=st.booleans())
    def file(self, by_licensee: bool) -> None:
        last = self.last
        if last is None:
            return
        licence, who = self.row(), self.payer if by_licensee else self.officer
        if licence.state is LicenceState.FILED:
            return
        self.attempt(last.state == "effective", lambda: file_licence(who, licence, "BA1", today()))
        if last.state == "effective":
            last.state = "filed"

    @rule()
    def pay_instalment(self) -> None:
        """What is asked for is paid, at times before it is due."""
        last = self.last
        if last is None or not last.parts or last.effective is None:
            return
        asked = select(LicenceInstalment).join(FeeNote, FeeNote.id == LicenceInstalment.fee_note_id).where(
            LicenceInstalment.licence_id == self.row().id, FeeNote.state == FeeNoteState.OPEN
        )  # fmt: skip
        part = session.scalars(asked.order_by(LicenceInstalment.due_on).limit(1)).first()
        if part is None:
            return
        months = [month for month in PARTS if month][part.number - 2]
        pay(session.get_one(FeeNote, part.fee_note_id))
        last.earn(months)

    @rule(chosen=st.integers(0, 4), gross=st.sampled_from([0, 10, 1_999_990, 2_000_010, 7_654_321]))
    def report(self, chosen: int, gross: int) -> None:
        """A report, or a correction of the one before; only of what is over."""
        last = self.last
        if last is None or not last.periods:
            return
        one = last.periods[chosen % len(last.periods)]
        statement = select(RoyaltyPeriod).where(RoyaltyPeriod.licence_id == self.row().id)
        period = session.scalars(statement.where(RoyaltyPeriod.starts_on == one.starts_on)).one()
        sold = [{"name": "光学胶", "units": 1, "gross_minor": gross, "deductions_minor": 0}]
        reports = session.scalars(select(RoyaltyReport).where(RoyaltyReport.period_id == period.id)).all()
        is_same = one.is_reported and max(reports, key=lambda each: each.revision).net_minor == gross
        expected = one.ends_on <= today() and not is_same
        self.attempt(expected, lambda: report_royalty(self.payer, period, sold, reason="漏报了一批"))
        if expected:
            last.report(one, gross)

    @rule()
    def lapse(self) -> None:
        """The right ends: its licences with it, money of mere notices goes back."""
        if self.has_ended or not self.taken:
            return
        end_patent(SYSTEM, session.get_one(Patent, self.patent_id), LegalStatus.LAPSED)
        heard()
        self.has_ended = True
        for one in self.taken:
            if one.state == "noticed":
                one.state, one.review = "void", ""
            elif one.is_live:
                one.end(max(today(), one.effective or today()))

    @rule(days=st.sampled_from([0, 1, 29, 30, 31, 61, 92, 180, 400]), minutes=st.sampled_from([0, 29, 30, 31]))
    def wait(self, days: int, minutes: int) -> None:
        """Nights pass; some of them without anybody at work, so that much comes at once."""
        self.clock.shift(timedelta(days=days, minutes=minutes))
        for find, tend in (
            (unpaid_ids, tend_notice), (lambda: run_out_ids(today()), end_by_time),
            (lambda: instalment_ids(today() + timedelta(days=30)), tend_instalment), (to_file_ids, tend_filing),
        ):  # fmt: skip
            for one in find():
                tend(one)
            heard()
        make_due()
        late_and_billed()
        heard()
        for taken in self.taken:
            taken.tend(today(), taken.received)

    @rule(late=st.integers(0, 2))
    def take(self, late: int) -> None:
        """What everybody hopes for, so that runs get far."""
        self.notify()
        self.wait(1, 0)
        self.pay_notice(whole=True, late=late)

    @rule(announced=st.integers(0, 2), paid=st.integers(0, 2))
    def cross(self, announced: int, paid: int) -> None:
        """Money and a withdrawal cross on their way; the bank's day and the gazette's decide."""
        self.notify()
        self.wait(2, 0)
        self.withdraw(announced)
        self.pay_notice(whole=True, late=paid)

    @rule(days=st.sampled_from([150, 360, 400]), more=st.sampled_from([0, 92]))
    def live_on(self, days: int, more: int) -> None:
        """A licence that is used for a while, its instalments paid as they are asked for; perhaps to its end."""
        self.take(0)
        self.wait(days, 0)
        self.pay_instalment()
        self.wait(more, 0)

    @invariant()
    def every_licence_has_notice_money_and_days_of_the_model(self) -> None:
        session.expire_all()
        statement = select(Licence).where(Licence.open_licence_id == self.opened).order_by(Licence.notice_no)
        rows = session.scalars(statement).all()
        assert len({row.notice_no for row in rows}) == len(rows) == len(self.taken)
        numbers = [row.number for row in rows if row.number]
        assert len(set(numbers)) == len(numbers)
        for row, one in zip(rows, self.taken, strict=True):
            assert row.state.value == one.state
            assert row.notice_hash
            assert row.received_on == one.received
            assert row.effective_on == one.effective
            assert row.awaits_review == bool(one.review)
            assert (row.number is not None) == (one.effective is not None)
            if one.effective is not None:
                assert row.ends_on == one.ends_on
                assert one.paid == one.due_now
            assert row.ended_on == one.ended or one.state == "void"
            self.money_adds_up(row, one)

    def money_adds_up(self, row: Licence, one: Taken) -> None:
        """Charges are what the model has earned; each note is in the books with what came in or went back."""
        subjects = [
            row.id,
            *session.scalars(select(LicenceInstalment.id).where(LicenceInstalment.licence_id == row.id)),
        ]
        periods = select(RoyaltyPeriod.id).where(RoyaltyPeriod.licence_id == row.id)
        subjects += session.scalars(select(RoyaltyReport.id).where(RoyaltyReport.period_id.in_(periods)))
        notes = session.scalars(select(FeeNote).where(FeeNote.subject_id.in_(subjects))).all()
        charges = {note.charge_id: note.total_minor for note in notes if note.charge_id is not None}
        found = session.scalars(select(Charge).where(Charge.id.in_(charges)))
        assert {charge.id: charge.total_minor for charge in found} == charges
        assert sum(charges.values()) == one.earned
        for note in notes:
            held, back = (account_balance(code(note.id)) for code in (chart.order_hold, chart.refund_payable))
            is_back = note.state is FeeNoteState.REFUNDED
            assert (held, back) == ((0, note.paid_minor) if is_back else (note.paid_minor, 0))
            assert note.refund_minor == back
            assert not (is_back and note.charge_id is not None)
        if one.ended is not None:
            late = [note for note in notes if note.due_on and note.due_on >= one.ended and note.subject_id != row.id]
            asked = [note for note in late if note.is_unpaid and note.charge_id is None]
            assert not asked, "something is asked for after the end"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_order_of_deeds_and_days_leads_a_licence_astray() -> None:
    walk(LicenceMachine, examples=18, steps=18)
