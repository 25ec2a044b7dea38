"""Working out late interest when a fee is whole, and again whenever something about it changes.

Decided: interest is asked for once the fee is paid in full, for until then nobody knows how long it took; what runs up
meanwhile is shown. Only fees that are owed whether or not they are paid bear it (`FeeNote.bears_interest`), never
interest itself (民法典 584; the rate of the law's default, for the licences announce none of their own).
"""

from collections.abc import Sequence
from datetime import timedelta

from app.accounts.models import SYSTEM
from app.core.audit import record
from app.core.clock import DEFAULT_ZONE, day_period, today
from app.core.db import session
from app.core.events import emit
from app.core.i18n import in_every_language
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import Money, allocate
from app.settlement.corrections.lowering import can_be_lowered, lower_fee_note
from app.settlement.credits.operations import credit_by_reckoning, creditable
from app.settlement.events import LateInterestAsked
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note, issue_fee_note, lock
from app.settlement.fee_notes.queries import due_day
from app.settlement.interest import Stretch, beyond, rounded, stretches
from app.settlement.interests.models import LateInterest
from app.settlement.interests.queries import owed_minor, rates_in_force, reckonings_of
from app.settlement.models import Charge, ChargeKind, ChargeState
from app.settlement.payments.lateness import parts_paid, whole_on
from app.settlement.settings import settings

SUBJECT = "late_interests"


def reckon_interest(note: FeeNote) -> LateInterest | None:
    """Ask for what late interest on a note is more than was asked for so far, or take back what is less.

    None when nothing changes: the note bears none, waits (a question is open), is not paid in full, was paid in time,
    or its interest is below the setting's minimum. Done again it changes nothing.
    """
    lock(note)
    due, before = due_day(note), list(reckonings_of([note.id]))
    if not note.bears_interest or due is None:
        return None
    owed, parts = owed_minor(note), parts_paid(note)
    value_on = whole_on(owed, parts) if owed else due
    if value_on is None:
        return None
    now = stretches(owed, parts, due, rates_in_force(), value_on)
    least = settings.number("late_interest_minimum_minor")
    if rounded(now) < least:
        now = []
    more = rounded(now) - sum(each.amount_minor for each in before)
    if 0 <= more < least and (before or not more):
        return None
    lines = beyond(now, [line for each in before for line in each.stretches])
    position = len(before) + 1
    reckoning = LateInterest(
        id=uuid7(), fee_note_id=note.id, position=position, provider_id=note.provider_id, payer_id=note.payer_id,
        due_on=due, value_on=value_on, lines=[line.to_json() for line in lines], amount_minor=more,
    )  # fmt: skip
    return _ask(note, reckoning, lines) if more > 0 else _take_back(note, reckoning, before)


def _ask(note: FeeNote, reckoning: LateInterest, lines: Sequence[Stretch]) -> LateInterest:
    """By a note of its own, earned at once: it stands on the bill of this month."""
    words = in_every_language(
        _l("Late interest on %(number)s, due %(due)s, paid %(day)s", number=note.number, due=reckoning.due_on,
           day=reckoning.value_on)
    )  # fmt: skip
    asked = issue_fee_note(
        SYSTEM, subject_kind=SUBJECT, subject_id=reckoning.id, subject_number=note.subject_number,
        provider_id=note.provider_id, payer_id=note.payer_id, description=words["zh_CN"], description_en=words["en"],
        total=Money(reckoning.amount_minor, note.currency), tax_category=note.tax_category, tax_rate=note.tax_rate,
        due_on=today() + timedelta(days=settings.number("late_interest_due_days")),
    )  # fmt: skip
    earn_fee_note(
        SYSTEM, asked, kind=ChargeKind.INTEREST, used_on=today(), service_period=day_period(today(), DEFAULT_ZONE),
        lines=_charge_lines(asked, lines),
    )  # fmt: skip
    reckoning.interest_note_id = asked.id
    _keep(reckoning)
    emit(LateInterestAsked(reckoning.id))
    return reckoning


def _charge_lines(asked: FeeNote, lines: Sequence[Stretch]) -> list[dict[str, object]]:
    """The stretches with their part of the rounded sum; none where some of them take back."""
    if any(line.exact <= 0 for line in lines):
        return []
    weights = [line.amount_minor * line.basis_points * line.days for line in lines]
    return [
        {"kind": "interest", "quantity": line.days, "unit": "day", "unit_price": 0, "amount": amount, **line.to_json()}
        for line, amount in zip(lines, allocate(asked.total_minor, weights), strict=True)
    ]


def _take_back(note: FeeNote, reckoning: LateInterest, before: Sequence[LateInterest]) -> LateInterest | None:
    """From the newest interest note back: lowered while no statement shows it, else credited. What stands on a
    statement but on no bill yet is credited too."""
    left = -reckoning.amount_minor
    reason = str(in_every_language(_l("Less was owed on %(number)s", number=note.number))["zh_CN"])
    for each in reversed(before):
        if each.interest_note_id is None or not left:
            continue
        asked = session.get_one(FeeNote, each.interest_note_id)
        if asked.has_ended:
            continue
        if can_be_lowered(asked):
            part = min(left, asked.total_minor)
            lower_fee_note(SYSTEM, asked, asked.total_minor - part, reason)
        else:
            part = _credit(session.get_one(Charge, asked.charge_id), left, reason)
        left -= part
    reckoning.amount_minor += left
    if not reckoning.amount_minor:
        return None
    return _keep(reckoning)


def _credit(charge: Charge, most: int, reason: str) -> int:
    part = min(most, creditable(charge).minor) if charge.state is ChargeState.BILLED else 0
    if part > 0:
        credit_by_reckoning(charge, Money(part, charge.currency), reason)
    return max(0, part)


def _keep(reckoning: LateInterest) -> LateInterest:
    session.add(reckoning)
    session.flush()
    record(SYSTEM, "interest.reckon", reckoning, {"amount": [None, reckoning.amount_minor]})
    return reckoning
