"""Overdue reminders: told a bill, mailed once for an organisation (N13)."""

from datetime import UTC, date, datetime

import time_machine
from sqlalchemy import select

from app.accounts.models import SYSTEM, Role
from app.core.db import session
from app.notifications.digests import compose_digests
from app.notifications.models import DigestEntry, Mail, Notification
from app.settlement.events import BillBecameOverdue
from app.settlement.papers.handlers import tell_of_overdue_bill
from app.settlement.statements.models import Bill, BillState
from app.settlement.statements.operations import close_month, mark_overdue
from tests.accounts.factories import make_actor, make_organisation
from tests.settlement.factories import NOVEMBER, OCTOBER, make_final_charge, make_institution

LATE = datetime(2027, 2, 20, 2, tzinfo=UTC)


def overdue_bills() -> list[Bill]:
    """Two bills of one customer, told overdue on the same day."""
    payer, provider = make_organisation(), make_institution()
    make_actor(payer, Role.FINANCE)
    with time_machine.travel(datetime(2026, 12, 9, 2, tzinfo=UTC), tick=True):
        for month, day in ((OCTOBER, date(2026, 10, 8)), (NOVEMBER, date(2026, 11, 8))):
            make_final_charge(provider, payer, 100_00, used_on=day)
            close_month(SYSTEM, month)
    with time_machine.travel(LATE, tick=True):
        mark_overdue()
        bills = list(session.scalars(select(Bill).order_by(Bill.month)))
        for bill in bills:
            tell_of_overdue_bill(BillBecameOverdue(bill.id, bill.reminders))
    return bills


def mails_of_the_morning() -> list[Mail]:
    for entry in session.scalars(select(DigestEntry)):
        entry.created_at = LATE
    session.flush()
    with time_machine.travel(datetime(2027, 2, 21, 1, tzinfo=UTC), tick=True):
        compose_digests()
        compose_digests()
    return list(session.scalars(select(Mail).where(Mail.key.startswith("digest:bill_overdue"))))


def test_two_overdue_bills_of_an_organisation_make_one_reminder() -> None:
    bills = overdue_bills()
    assert len(session.scalars(select(Notification).where(Notification.kind == "bill_overdue")).all()) == 2
    assert not session.scalars(select(Mail).where(Mail.key.startswith("bill_overdue"))).all()
    (mail,) = mails_of_the_morning()
    assert "¥200.00" in mail.subject
    for bill in bills:
        assert bill.number in mail.body
        assert bill.memo_code in mail.body
    assert "/bills?state=overdue" in mail.body


def test_a_bill_paid_before_the_mail_is_not_named() -> None:
    first, second = overdue_bills()
    first.state, first.paid_minor = BillState.PAID, first.total_minor
    session.flush()
    (mail,) = mails_of_the_morning()
    assert first.number not in mail.body
    assert second.number in mail.subject


def test_when_all_is_paid_nothing_is_mailed() -> None:
    for bill in overdue_bills():
        bill.state, bill.paid_minor = BillState.PAID, bill.total_minor
    session.flush()
    assert not mails_of_the_morning()
