"""Reading the bank's answer file: which payouts it carried out, which it sent back. Nothing is saved before a look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.attempts import attempt
from app.core.clock import DEFAULT_ZONE, noon, today
from app.core.db import session
from app.core.errors import DomainError, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import parse_money
from app.core.policy import ensure
from app.core.tabular import Limits, read_table
from app.core.wording import one_line
from app.settlement.bankfiles import Headings, day_of, places_of, rows_of
from app.settlement.payouts.models import Payout, PayoutState
from app.settlement.payouts.operations import mark_payout_paid, mark_payout_returned
from app.settlement.payouts.policy import PayoutPolicy

HEADINGS: Headings = {
    "number": (
        "number",
        "payout",
        "payout number",
        "编号",
        "打款单",
        "打款单号",
        "业务编号",
        "客户参考号",
        "memo",
        "附言",
    ),
    "state": ("state", "status", "result", "状态", "交易状态", "处理结果", "结果"),
    "booked_on": ("date", "booking date", "日期", "交易日期", "入账日期", "处理日期"),
    "reference": ("bank reference", "bank’s reference", "reference", "流水号", "银行流水号", "交易流水号", "凭证号"),
    "amount": ("amount", "金额", "交易金额"),
    "reason": ("reason", "reason of return", "原因", "退回原因", "失败原因", "备注"),
}
REQUIRED = ("number", "state", "booked_on", "reference")
PAID_WORDS = frozenset(
    {"paid", "success", "successful", "done", "已付款", "已付", "已打款", "成功", "交易成功", "付款成功"}
)
RETURNED_WORDS = frozenset({"returned", "failed", "rejected", "退回", "已退回", "退汇", "已退汇", "失败", "交易失败"})
LIMITS = Limits(size=200 * 1024, rows=2000)


class Outcome(StrEnum):
    """What a row of the file does."""

    PAID = "paid"
    RETURNED = "returned"
    KNOWN = "known"  # noted before, nothing changes
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row: which payout, what the bank says, and what that does. `fault` says why a row is wrong."""

    line: int
    number: str
    outcome: Outcome
    payout: Payout | None = None
    payee: str = ""
    booked_on: date | None = None
    reference: str = ""
    reason: str = ""
    fault: object = ""

    @property
    def booked_at(self) -> datetime | None:
        """Noon at the bank on the day it names."""
        return noon(self.booked_on) if self.booked_on else None


def read_answers(actor: Actor, data: bytes, name: str) -> list[Answer]:
    """What every row of the bank's file would do; saves nothing.

    Raises Invalid when the file is no table or lacks a needed column.
    """
    ensure(actor, PayoutPolicy.answer, None)
    table = read_table(data, name, limits=LIMITS)
    rows = rows_of(table, places_of(table, HEADINGS, REQUIRED))
    numbers = {one_line(cells["number"]).upper() for _line, cells, _problem in rows}
    found = session.scalars(
        select(Payout).options(joinedload(Payout.provider), joinedload(Payout.batch)).where(Payout.number.in_(numbers))
    )
    payouts = {payout.number: payout for payout in found}
    answers: list[Answer] = []
    said: dict[str, Answer] = {}
    for line, cells, problem in rows:
        number = one_line(cells["number"])[:100].upper()
        try:
            if problem is not None:
                raise Invalid(problem)
            answer = _answer(line, number, cells, payouts.get(number), said.get(number))
            said.setdefault(number, answer)
        except DomainError as refusal:
            answer = Answer(line, number, Outcome.WRONG, payouts.get(number), fault=refusal.message)
        answers.append(answer)
    return answers


def take_answers(actor: Actor, data: bytes, name: str) -> list[Answer]:
    """Note what the bank's file says and return what was done row by row; good rows are kept beside wrong ones.

    The same file again changes nothing. Raises as `read_answers`.
    """
    return [_take(actor, answer) for answer in read_answers(actor, data, name)]


def _take(actor: Actor, answer: Answer) -> Answer:
    if answer.payout is None or answer.outcome not in {Outcome.PAID, Outcome.RETURNED}:
        return answer
    with attempt(even_denied=True) as tried:
        if answer.outcome is Outcome.PAID:
            mark_payout_paid(actor, answer.payout, answer.reference, answer.booked_at)
        else:
            mark_payout_returned(actor, answer.payout, answer.reason, answer.booked_at)
    if tried.refusal is not None:
        return replace(answer, outcome=Outcome.WRONG, fault=tried.refusal.message)
    return answer


def _answer(line: int, number: str, cells: Mapping[str, str], payout: Payout | None, before: Answer | None) -> Answer:
    """A row as an answer. Raises Invalid with what is wrong about it."""
    if payout is None:
        raise Invalid(_l("There is no payout with this number."))
    state = _state(cells["state"].strip())
    day = _day(cells["booked_on"], payout)
    reference = one_line(cells["reference"])[:100]
    _check_amount(cells.get("amount", "").strip(), payout)
    reason = one_line(cells.get("reason", ""))[:300] or reference
    answer = Answer(line, number, state, payout, payout.provider.name, day, reference, reason)
    if before is not None:
        if before.outcome not in {state, Outcome.KNOWN}:
            raise Invalid(_l("Line %(line)s of the file says otherwise about this payout.", line=before.line))
        return replace(answer, outcome=Outcome.KNOWN)
    if not reference:
        raise Invalid(_l("The bank’s reference is missing."))
    return replace(answer, outcome=_against(payout, state, reference))


def _against(payout: Payout, state: Outcome, reference: str) -> Outcome:
    """What the bank's word does to the payout as it stands."""
    if payout.state is PayoutState.APPROVED:
        return state
    if payout.state in {PayoutState.DRAFT, PayoutState.DISCARDED}:
        raise Invalid(_l("This payout is not on its way."))
    if payout.state.value != state.value:
        raise Invalid(_l("It was noted otherwise before. Ask the bank, then settle it by hand."))
    if state is Outcome.PAID and payout.bank_reference != reference:
        raise Invalid(_l("It was noted as paid under %(reference)s before.", reference=payout.bank_reference))
    return Outcome.KNOWN


def _state(text: str) -> Outcome:
    word = text.lower()
    if word in PAID_WORDS:
        return Outcome.PAID
    if word in RETURNED_WORDS:
        return Outcome.RETURNED
    raise Invalid(_l("“%(text)s” is neither paid nor returned.", text=text[:40]))


def _check_amount(text: str, payout: Payout) -> None:
    try:
        amount = parse_money(text).minor if text else payout.amount_minor
    except ValueError:
        raise Invalid(_l("“%(text)s” is no amount.", text=text[:40])) from None
    if abs(amount) != payout.amount_minor:
        raise Invalid(_l("The amount is not that of the payout."))


def _day(text: str, payout: Payout) -> date:
    day = day_of(text)
    if day > today():
        raise Invalid(_l("This day is still to come."))
    approved = payout.batch.approved_at
    if approved is not None and day < approved.astimezone(DEFAULT_ZONE).date():
        raise Invalid(_l("The payout was approved after this day."))
    return day
