"""Notices, and transfers that pay for them."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor, OrganisationKind
from app.core.clock import today
from app.core.db import session
from app.core.events import OutboxMessage, relay
from app.core.money import Money
from app.market.licences.models import Licence
from app.market.licences.operations import give_notice
from app.market.licences.wording import NoticeFields
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.settlement.fee_notes.models import FeeNote
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from tests.accounts.factories import make_actor, make_organisation

SHANGHAI = ZoneInfo("Asia/Shanghai")
_serial = itertools.count(1)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """A moment of Beijing time, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def fields(**overrides: Any) -> NoticeFields:
    values: dict[str, Any] = {
        "product": "生产车载显示屏贴合用光学胶", "place": "长春市", "starts_on": today() + timedelta(days=7),
        "contact_name": "周扬", "contact_phone": "0431-88880000", "address": "长春市北松路1200号",
    }  # fmt: skip
    return NoticeFields(**{**values, **overrides})


def make_taker(**overrides: Any) -> Actor:
    """The owner of an enterprise."""
    return make_actor(make_organisation(OrganisationKind.ENTERPRISE, **overrides))


def noticed(declaration: OpenLicence, taker: Actor | None = None, **overrides: Any) -> Licence:
    """A notice given today."""
    taker = taker or make_taker()
    assert taker.organisation is not None
    return give_notice(taker, declaration, taker.organisation, fields(**overrides))


def note_of(licence: Licence) -> FeeNote:
    assert licence.fee_note_id is not None
    return session.get_one(FeeNote, licence.fee_note_id)


def pay(note: FeeNote, value_on: date | None = None, amount: int | None = None) -> None:
    """A transfer that the bank has dated, matched now; handlers have run afterwards."""
    number = next(_serial)
    line, _new = record_transfer(
        SYSTEM,
        Transfer(
            f"T{number:08d}", value_on or today(), "晶澜光电", "3317",
            Money(note.outstanding_minor if amount is None else amount), note.memo_code,
        ),
    )  # fmt: skip
    hold_transfer(SYSTEM, line, note)
    heard()


def heard() -> None:
    """Let every handler hear what has been announced."""
    session.flush()
    while relay():
        pass
    assert session.scalars(select(OutboxMessage.error).where(OutboxMessage.error.is_not(None))).all() == []


def withdraw(declaration: OpenLicence, announced_on: date) -> None:
    """The patentee's withdrawal is announced, as the operator records it."""
    declaration.state = DeclarationState.WITHDRAWN
    declaration.ended_on = announced_on
    declaration.withdrawal_announcement_no = "K2026-W1"
    session.flush()
