"""The main pages of every role, with the addresses of things that are there in the demonstration."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import Membership, User
from app.core.clock import now, today
from app.core.db import session
from app.demo.cast import NEWCOMER, SME, UNIVERSITY, company
from app.demo.scenes import FULL
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.tariffs.models import Tariff
from app.equipment.usage.codes import code_of
from app.equipment.usage.models import Use, UseObjection, UseState
from app.equipment.waiting.models import WaitingEntry
from app.ledger.models import LedgerAccount
from app.settlement.fee_notes.models import FeeNote
from app.settlement.models import Charge, ChargeState
from app.settlement.payments.models import BankLine, Payment
from app.settlement.payouts.models import PayoutBatch
from app.settlement.statements.models import Bill, Statement
from tests.browser import market_pages
from tests.browser.market_pages import some
from tests.browser.site import Site


def busy_instrument(owner: str = UNIVERSITY) -> UUID:
    """A published instrument that is booked again and again."""
    statement = (
        select(Reservation.instrument_id)
        .join(Instrument, Reservation.instrument_id == Instrument.id)
        .where(
            Reservation.provider_id == company(owner).id,
            Reservation.state == ReservationState.CONFIRMED,
            func.lower(Reservation.period) > now(),
            Instrument.state == InstrumentState.PUBLISHED,
        )
        .order_by(Reservation.id)
    )
    return UUID(str(some(statement)))


def _anybody() -> Iterator[str]:
    yield from ("/", "/instruments", "/instruments?q=mass", "/instruments?q=xyzzy", "/sign-in", "/sign-up")
    yield from ("/password/forgot", "/accessibility", "/terms", "/design", f"/instruments/{busy_instrument()}")
    published = select(Instrument.id).where(Instrument.state == InstrumentState.PUBLISHED).order_by(Instrument.asset_no)
    picks = "&".join(f"pick={each}" for each in session.scalars(published.limit(4)))
    yield from (f"/instruments?{picks}", f"/instruments/compare?{picks}")
    yield from market_pages.guest()
    yield from (f"/i/{code_of(busy_instrument())}", "/password/reset/used-up", "/development/mail", "/no-such-page")


def _customer() -> Iterator[str]:
    yield from ("/desk", "/bookings", "/uses/confirm", "/bills", "/notifications", "/organisations")
    yield from ("/account", "/account/sessions", "/account/tokens", f"/organisations/{company(SME).id}")
    yield from ("/bookings/calendar", "/account/password", "/instruments")
    instrument = busy_instrument()
    yield f"/instruments/{instrument}"
    mine = select(Reservation.id).where(Reservation.payer_id == company(SME).id)
    for state in (ReservationState.CONFIRMED, ReservationState.FINISHED, ReservationState.CANCELLED):
        yield f"/bookings/{some(mine.where(Reservation.state == state))}"
    confirmed = some(
        mine.where(Reservation.state == ReservationState.CONFIRMED, func.lower(Reservation.period) > now())
    )
    yield from (f"/bookings/{confirmed}/move", f"/bookings/{confirmed}/cancel", f"/bookings/{confirmed}/again")
    waiting = select(Use.id).join(Reservation, Use.reservation_id == Reservation.id)
    to_confirm = some(waiting.where(Reservation.payer_id == company(SME).id, Use.state == UseState.TO_CONFIRM))
    yield f"/uses/{to_confirm}/object"
    yield f"/bills/{some(select(Bill.id).where(Bill.payer_id == company(SME).id))}"
    full = some(select(Instrument.id).where(Instrument.asset_no == FULL))
    yield from (f"/instruments/{full}", f"/instruments/{full}/waiting")
    yield from ("/fee-notes", f"/fee-notes/{some(select(FeeNote.id).where(FeeNote.payer_id == company(SME).id))}")
    yield from market_pages.licensee()
    yield from ("/watches", "/patents?q=光学胶")


def _member() -> Iterator[str]:
    """What a member of an organisation seldom sees: charges, papers, joining, disputes, refusals (404 and 409)."""
    yield from ("/bookings/charges", "/organisations/new", "/organisations/join", "/organisations/needed")
    for page in ("licence", "members"):
        yield f"/organisations/{company(SME).id}/{page}"
    mine = Reservation.payer_id == company(SME).id
    yield f"/objections/{_objection(mine)}"
    yield f"/waiting/{some(select(WaitingEntry.id).where(WaitingEntry.payer_id == company(SME).id))}"
    yield from ("/operator", f"/holds/{company(SME).id}")


def _newcomer() -> Iterator[str]:
    """An organisation that waits for its verification and has used nothing yet."""
    yield from ("/desk", "/bookings", "/bookings/charges", "/uses/confirm", "/bills", "/notifications")
    for page in ("licence", "members"):
        yield f"/organisations/{company(NEWCOMER).id}/{page}"


def _technician() -> Iterator[str]:
    """Who works the instruments and may not everything (403)."""
    yield from ("/desk", "/schedule", "/instruments/new")


def _institution() -> Iterator[str]:
    yield from (
        "/desk",
        "/requests",
        "/schedule",
        "/uses/review",
        "/instruments/mine",
        "/instruments/import",
        "/waiting",
    )
    yield from ("/statistics", "/statistics/instruments", "/statements", "/charges", "/instruments/new")
    instrument = busy_instrument()
    for page in ("", "/setup", "/describe", "/hours", "/rules", "/tariffs", "/tariffs/draft", "/label", "/calendar"):
        yield f"/instruments/{instrument}{page}"
    yield f"/i/{code_of(instrument)}"
    for page in ("", "/members", "/edit", "/bank"):
        yield f"/organisations/{company(UNIVERSITY).id}{page}"
    pending = select(Reservation.id).where(Reservation.provider_id == company(UNIVERSITY).id)
    waiting = some(pending.where(Reservation.state == ReservationState.PENDING))
    yield from (f"/bookings/{waiting}", f"/bookings/{waiting}/decline")
    yield f"/statements/{some(select(Statement.id).where(Statement.provider_id == company(UNIVERSITY).id))}"


def _objection(*where: Any) -> Any:
    disputed = select(UseObjection.id).join(Use, UseObjection.use_id == Use.id)
    return some(disputed.join(Reservation, Use.reservation_id == Reservation.id).where(*where))


def _seldom() -> Iterator[str]:
    """What an institution sees now and then: hours of the house, roles, withdrawing, old prices, missing hours."""
    ours = Reservation.provider_id == company(UNIVERSITY).id
    yield "/instruments/hours-templates"
    member = (
        select(Membership.id).join(User, Membership.user_id == User.id).where(User.email == "technician@jishi.example")
    )
    yield f"/memberships/{some(member)}"
    confirmed = select(Reservation.id).where(ours, Reservation.state == ReservationState.CONFIRMED)
    yield f"/bookings/{some(confirmed.where(func.lower(Reservation.period) > now()))}/withdraw"
    instrument = busy_instrument()
    yield f"/instruments/{instrument}/tariffs/{some(select(Tariff.id).where(Tariff.instrument_id == instrument))}"
    missing = select(Use.id).join(Reservation, Use.reservation_id == Reservation.id)
    yield f"/uses/{some(missing.where(ours, Use.state == UseState.REVIEW))}/hours"
    yield f"/objections/{_objection(ours)}"
    billed = select(Charge.id).where(Charge.provider_id == company(UNIVERSITY).id, Charge.state == ChargeState.BILLED)
    yield f"/credit-notes/new/{some(billed)}"


def _settlement() -> Iterator[str]:
    """What the operator sees now and then."""
    yield from ("/admin/settings/equipment/quote_hours", f"/organisations/{company(NEWCOMER).id}/licence")
    yield from (f"/settlement/months/{today():%Y-%m}", f"/settlement/months/{today() - timedelta(days=31):%Y-%m}")
    yield f"/settlement/payments/{some(select(Payment.id))}/undo"
    yield f"/objections/{_objection(UseObjection.escalated_at.is_not(None))}"


def _operator() -> Iterator[str]:
    yield from ("/desk", "/operator", "/operator/institutions", "/operator/disputes", "/settlement/months")
    yield from ("/settlement/bank", "/settlement/receivables", "/settlement/payouts", "/credit-notes")
    yield from ("/admin/audit", "/admin/settings", "/admin/organisations", "/settlement/bank/new")
    yield from ("/settlement/ledger", f"/settlement/ledger/{some(select(LedgerAccount.id))}", "/settlement/refunds")
    yield from ("/settlement/proceeds", "/admin/audit?action=licence", "/admin/audit?from=never")
    yield f"/admin/organisations/{company(NEWCOMER).id}"
    yield f"/settlement/payouts/{some(select(PayoutBatch.id))}"
    yield f"/settlement/bank/{some(select(BankLine.id))}"
    yield from market_pages.operator()


PAGES = {
    "": _anybody,
    "sme": lambda: chain(_customer(), _member()),
    "newcomer": _newcomer,
    "university": lambda: chain(_institution(), _seldom()),
    "technician": _technician,
    "operator": lambda: chain(_operator(), _settlement()),
    "transfer": market_pages.officer,
    "finance": market_pages.finance,
    "inventor": market_pages.inventor,
}


def pages_of(site: Site, role: str) -> list[str]:
    """Addresses of the pages that this role sees."""
    return site.look(lambda: list(PAGES[role]()))
