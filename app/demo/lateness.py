"""Fees that are paid late, or not yet: interest asked for, and interest that is running up."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import SYSTEM
from app.core.clock import today
from app.core.db import session
from app.core.money import Money
from app.core.workdays import add_months
from app.demo.cast import SECOND_SME, SME, company
from app.demo.licensed import ask_in_time, past_licence
from app.demo.patents import SHEETS
from app.demo.people import actor_of
from app.market.licences.instalments import plan_instalments
from app.market.licences.models import Licence
from app.market.licences.queries import instalments_of
from app.market.open_licences.models import OpenLicence
from app.market.open_licences.queries import WITH_PATENT
from app.market.patents.models import Patent
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.operations import reckon_interest
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import Transfer, record_transfer

KEY = "sensor"
LATE_DAYS, PAID_DAYS_AGO, STILL_LATE_DAYS = 40, 3, 25


def are_there() -> bool:
    """Whether they were told before, or the data were loaded before there was this patent: these stay as they are."""
    declared = _declared()
    if declared is None:
        return True
    return session.scalar(select(Licence.id).where(Licence.open_licence_id == declared.id).limit(1)) is not None


def load_late(_password: str) -> str:
    """Two second instalments that were due long ago: one came in late, the other one is still owed."""
    declared = _declared()
    assert declared is not None  # noqa: S101 `are_there` has looked
    paid = _second_instalment(declared, SME, LATE_DAYS, "皮带输送机监测")
    _second_instalment(declared, SECOND_SME, STILL_LATE_DAYS, "发酵罐搅拌轴监测")
    _pay(paid, PAID_DAYS_AGO)
    asked = reckon_interest(paid)  # which the worker does when it hears of the payment
    assert asked is not None  # noqa: S101 it came weeks too late
    _pay(session.get_one(FeeNote, asked.interest_note_id), 1)
    return "1 paid late, 1 still owed"


def _second_instalment(declared: OpenLicence, key: str, days_late: int, product: str) -> FeeNote:
    """The fee note of the instalment that was due so many days ago, twelve months after its licence took effect."""
    due = today() - timedelta(days=days_late)
    licence = past_licence(declared, key, add_months(due, -12), product)
    plan_instalments(licence)
    note = ask_in_time(instalments_of(licence.id)[0])
    assert note is not None  # noqa: S101 it was due long ago
    return note


def _pay(note: FeeNote, days_ago: int) -> None:
    """All that is owed on a note, as the bank booked it so many days ago."""
    transfer = Transfer(
        f"DEMO-{note.number}", today() - timedelta(days=days_ago), company(SME).name, "5678",
        Money(note.outstanding_minor), note.memo_code,
    )  # fmt: skip
    line, _is_new = record_transfer(actor_of("operator@jishi.example"), transfer)
    hold_transfer(SYSTEM, line, note)


def _declared() -> OpenLicence | None:
    number = next(one.number for one in SHEETS if one.key == KEY)
    return session.scalars(
        select(OpenLicence).join(OpenLicence.patent).options(*WITH_PATENT).where(Patent.number == number)
    ).one_or_none()
