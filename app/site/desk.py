"""What waits for somebody: drawn together from the slices, late things first."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy import func, select

from app.accounts.models import Actor, Organisation, OrganisationKind, Role, Verification
from app.core.clock import now, today
from app.core.db import session
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.pages import Page
from app.core.templating import format_date, format_money, format_period
from app.core.workdays import end_of_working_day
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.queries import WITH_NAMES, waiting_for_answer
from app.equipment.reservations.today import today_rows
from app.equipment.settings import settings
from app.equipment.usage.models import Use, UseObjection, UseState
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.queries import refunds_due, visible_fee_notes
from app.settlement.models import Charge, ChargeState
from app.settlement.payments.queries import bank_lines
from app.settlement.payouts.models import BatchState, PayoutBatch
from app.settlement.payouts.queries import payout_batches, proposed_payout
from app.settlement.statements.calendar import following
from app.settlement.statements.models import Bill
from app.settlement.statements.queries import visible_bills
from app.site.market_desk import work_of_market
from app.site.work import MOST, Work, end_of

MANAGES = frozenset((Role.OWNER, Role.MANAGER))  # who answers requests, missing hours and objections
READS_PAPERS = frozenset((Role.OWNER, Role.FINANCE))


def work_of(actor: Actor) -> list[Work]:
    """Everything that waits for this actor, the most urgent first."""
    found: list[Work] = []
    organisation = actor.organisation
    if organisation is not None and organisation.kind is OrganisationKind.INSTITUTION and actor.roles & MANAGES:
        found.extend(_requests(actor))
        found.extend(_reviews(actor))
    if actor.is_operator:
        found.extend(_verifications(actor))
        found.extend(_disputes(actor))
        found.extend(_transfers(actor))
        found.extend(_payouts(actor))
        found.extend(_refunds(actor))
    else:
        found.extend(_to_confirm(actor))
        found.extend(_objections(actor))
        found.extend(_bills(actor))
        found.extend(_fee_notes(actor))
        found.extend(_coming(actor))
    found.extend(work_of_market(actor))
    far = now() + timedelta(days=3650)
    return sorted(found, key=lambda work: work.due_at or far)[:MOST]


def instrument_name(instrument: Instrument) -> str:
    """The name in the reader's language."""
    return instrument.name_zh if current_locale() == "zh_CN" and instrument.name_zh else instrument.name


def _requests(actor: Actor) -> Iterator[Work]:
    for one in waiting_for_answer(actor, MOST):
        may_approve = one.payer.is_verified
        when = format_period(one.period, one.instrument.timezone)
        yield Work(
            "hourglass",
            _("%(customer)s asks for %(time)s", customer=one.payer.called, time=when),
            f"{instrument_name(one.instrument)} · {one.purpose} · {format_money(one.estimate_minor)}",
            one.answer_due_at,
            url_for("reservations.show", reservation_id=one.id),
            _("Look"),
            approve_url=url_for("requests.approve", reservation_id=one.id) if may_approve else "",
            decline_url=url_for("requests.decline", reservation_id=one.id, back="desk") if may_approve else "",
            tone="warn",
        )


def _uses(state: UseState, *where: Any) -> Any:
    return session.execute(
        select(Use, Reservation)
        .join(Reservation, Reservation.id == Use.reservation_id)
        .options(*WITH_NAMES)
        .where(Use.state == state, *where)
        .order_by(Use.answer_due_at, Use.id)
        .limit(MOST)
    ).unique()


def _reviews(actor: Actor) -> Iterator[Work]:
    for use, one in _uses(UseState.REVIEW, Reservation.provider_id == actor.organisation_id):
        yield Work(
            "timer",
            _("Hours missing: %(instrument)s", instrument=instrument_name(one.instrument)),
            f"{one.number} · {one.payer.called}",
            use.started_at + timedelta(days=2),
            url_for("reservations.show", reservation_id=one.id),
            _("Enter"),
        )


def _open_objections(*where: Any) -> Any:
    return session.execute(
        select(UseObjection, Reservation)
        .join(Use, Use.id == UseObjection.use_id)
        .join(Reservation, Reservation.id == Use.reservation_id)
        .options(*WITH_NAMES)
        .where(UseObjection.decided_at.is_(None), *where)
        .order_by(UseObjection.raised_at)
        .limit(MOST)
    ).unique()


def _objections(actor: Actor) -> Iterator[Work]:
    """What either side has to say: the institution to an objection, the customer to its answer (silence takes it)."""
    waits: Any = _payable_by(actor) & UseObjection.answered_at.is_not(None)
    if actor.roles & MANAGES:
        waits |= (Reservation.provider_id == actor.organisation_id) & UseObjection.answered_at.is_(None)
    for objection, one in _open_objections(UseObjection.escalated_at.is_(None), waits):
        name, url = instrument_name(one.instrument), url_for("objections.show", objection_id=objection.id)
        if objection.answered_at is None:
            title = _("%(customer)s objects to the hours", customer=one.payer.called)
            text = f"{name} · {objection.reason}"
            yield Work("triangle-alert", title, text, objection.answer_due_at, url, _("Answer"), tone="danger")
        else:
            title = _("Your objection is answered: %(instrument)s", instrument=name)
            text = f"{objection.number} · {objection.answer}"
            yield Work("scale", title, text, objection.offer_due_at, url, _("Decide"), tone="warn")


def _payable_by(actor: Actor) -> Any:
    """Which bookings somebody answers for on the paying side: all of the organisation, or the own ones."""
    mine: Any = Reservation.payer_id == actor.organisation_id
    return mine if actor.roles & READS_PAPERS else mine & (Reservation.booker_id == actor.user_id)


def _to_confirm(actor: Actor) -> Iterator[Work]:
    for use, one in _uses(UseState.TO_CONFIRM, _payable_by(actor)):
        yield Work(
            "timer",
            _("Confirm the hours: %(instrument)s", instrument=instrument_name(one.instrument)),
            f"{one.number} · {format_period(one.period, one.instrument.timezone)}",
            use.answer_due_at,
            url_for("reservations.show", reservation_id=one.id),
            _("Look"),
            tone="warn",
        )


def _coming(actor: Actor) -> Iterator[Work]:
    if actor.organisation is not None and actor.organisation.kind is OrganisationKind.INSTITUTION:
        return
    statement = (
        select(Reservation)
        .options(*WITH_NAMES)
        .where(
            Reservation.payer_id == actor.organisation_id,
            Reservation.booker_id == actor.user_id,
            Reservation.state == ReservationState.CONFIRMED,
            func.lower(Reservation.period).between(now(), now() + timedelta(days=2)),
        )
        .order_by(func.lower(Reservation.period))
        .limit(5)
    )
    for one in session.scalars(statement):
        yield Work(
            "calendar",
            _("Coming: %(instrument)s", instrument=instrument_name(one.instrument)),
            format_period(one.period, one.instrument.timezone),
            one.starts_at,
            url_for("reservations.show", reservation_id=one.id),
            _("Look"),
            is_deadline=False,
        )


def _verifications(actor: Actor) -> Iterator[Work]:
    if not actor.operates(Role.VERIFIER):
        return
    waiting = session.scalars(
        select(Organisation)
        .where(Organisation.verification == Verification.WAITING)
        .order_by(Organisation.created_at)
        .limit(MOST)
    )
    for one in waiting:
        yield Work(
            "building-2",
            _("Verify: %(name)s", name=one.name),
            one.code,
            one.created_at + timedelta(days=1),
            url_for("admin_organisations.show", organisation_id=one.id),
            _("Check"),
            tone="warn",
        )


def _disputes(actor: Actor) -> Iterator[Work]:
    if not actor.operates(Role.SETTLEMENT):
        return
    days = settings.number("decision_days")
    for objection, one in _open_objections(UseObjection.escalated_at.is_not(None)):
        yield Work(
            "scale",
            _("Decide on hours: %(number)s", number=objection.number),
            f"{one.payer.called} · {one.instrument.owner.called}",
            end_of_working_day(days, since=objection.escalated_at),
            url_for("objections.show", objection_id=objection.id),
            _("Decide"),
            tone="danger",
        )


def _transfers(actor: Actor) -> Iterator[Work]:
    if not actor.operates(Role.SETTLEMENT):
        return
    for line in session.scalars(bank_lines(state="open").limit(MOST)):
        yield Work(
            "landmark",
            _("Assign the transfer of %(name)s", name=line.payer_name),
            f"{format_money(line.rest_minor)} · {line.memo or line.reference}",
            end_of(line.booked_on),
            url_for("bank_lines.show", line_id=line.id),
            _("Assign"),
            tone="warn",
            is_deadline=False,
        )


def _payouts(actor: Actor) -> Iterator[Work]:
    if not actor.operates(Role.SETTLEMENT):
        return
    proposed = proposed_payout()
    if proposed is not None:
        money = format_money(proposed.amount_minor)
        yield Work(
            "banknote",
            _("Payout draft waits"),
            _(
                "%(sum)s collected until %(day)s",
                sum=money,
                day=format_date(proposed.since),
            ),
            end_of(proposed.since),
            url_for("payouts.list"),
            _("Draft payouts"),
            post_url=url_for("payouts.draft"),
            tone="warn",
            is_deadline=False,
        )
    draft = (PayoutBatch.state == BatchState.DRAFT, PayoutBatch.made_by_id != actor.user_id)
    for batch in session.scalars(payout_batches().where(*draft).limit(MOST)):
        yield Work(
            "banknote",
            _("Approve the payouts %(number)s", number=batch.number),
            format_money(batch.total_minor),
            batch.made_at + timedelta(days=1),
            url_for("payouts.show", batch_id=batch.id),
            _("Look"),
            tone="warn",
            is_deadline=False,
        )


def _bills(actor: Actor) -> Iterator[Work]:
    if not actor.roles & READS_PAPERS:
        return
    for bill in session.scalars(visible_bills(actor, state="unpaid").where(Bill.sent_at.is_(None)).limit(MOST)):
        yield Work(
            "receipt-text",
            _("Pay the bill for %(month)s", month=format_date(bill.month, "month")),
            f"{bill.number} · {format_money(bill.outstanding_minor)}",
            end_of(bill.due_on),
            url_for("bills.show", bill_id=bill.id),
            _("Pay"),
            tone="danger" if bill.days_late else "warn",
        )


def _fee_notes(actor: Actor) -> Iterator[Work]:
    if not actor.roles & READS_PAPERS:
        return
    unpaid = visible_fee_notes(actor, side="payer", state="unpaid").where(FeeNote.sent_at.is_(None))
    for note in session.scalars(unpaid.order_by(None).order_by(FeeNote.due_on, FeeNote.id).limit(MOST)):
        what = note.description_en if current_locale() == "en" and note.description_en else note.description
        yield Work(
            "wallet",
            _("Pay %(sum)s: %(what)s", sum=format_money(note.outstanding), what=what),
            f"{note.number} · {note.provider.called}",
            end_of(note.due_on) if note.due_on else None,
            url_for("fee_notes.show", note_id=note.id),
            _("Pay"),
            tone="danger" if note.days_late else "warn",
        )


def _refunds(actor: Actor) -> Iterator[Work]:
    if not actor.operates(Role.SETTLEMENT):
        return
    for note in session.scalars(refunds_due().limit(MOST)):
        yield Work(
            "undo-2",
            _("Refund %(sum)s to %(name)s", sum=format_money(note.refund_minor), name=note.payer.called),
            f"{note.number} · {note.end_reason}",
            note.ended_at,
            url_for("refunds.list"),
            _("Refund"),
            tone="warn",
            is_deadline=False,
        )


def todays_instruments(actor: Actor) -> Page[dict[str, Any]] | None:
    """The timeline of an institution's busiest instruments today."""
    if actor.organisation is None or actor.organisation.kind is not OrganisationKind.INSTITUTION:
        return None
    return today_rows(actor, today(), size=6)


def month_figures(actor: Actor) -> list[dict[str, Any]]:
    """This month in figures: the hours of the organisation acted for, and its money for those who read its papers."""
    if actor.is_operator or actor.organisation is None:
        return []
    month = today().replace(day=1)
    provider = actor.organisation.kind is OrganisationKind.INSTITUTION
    party = Charge.provider_id if provider else Charge.payer_id
    live = Charge.state.not_in((ChargeState.VOID, ChargeState.SUPERSEDED))
    minutes, total, external = session.execute(
        select(
            func.coalesce(func.sum(Charge.minutes), 0),
            func.coalesce(func.sum(Charge.total_minor).filter(Charge.payer_id != Charge.provider_id), 0),
            func.coalesce(func.sum(Charge.minutes).filter(Charge.payer_id != Charge.provider_id), 0),
        ).where(party == actor.organisation_id, live, Charge.used_on >= month, Charge.used_on < following(month))
    ).one()
    hours = {"label": _("Hours this month"), "value": f"{minutes / 60:,.1f}", "unit": _("h")}
    if provider and minutes:
        share = f"{100 * external / minutes:.0f} %"
        hours["note"] = _("%(share)s for others", share=share)
    if not actor.roles & READS_PAPERS:
        return [hours]
    money = {
        "label": _("Receivable this month") if provider else _("Fees this month"),
        "value": format_money(int(total)),
    }
    return [hours, money]
