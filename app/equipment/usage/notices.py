"""Who is told what about real use: hours to confirm, objections, overruns (flows.md §2 N8–N10, N18)."""

from collections.abc import Iterable, Sequence
from datetime import time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.members.queries import membership_of, people_in
from app.accounts.models import Role, User
from app.accounts.organisations.queries import operator_ids
from app.core.clock import now
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.workdays import end_of_working_day
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.hindrance import booking_hit_by, is_hindered
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.notices import managers_of
from app.equipment.settings import settings
from app.equipment.usage.models import Use, UseObjection, UseState
from app.notifications.kinds import Digest, DigestPart, register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import notify, queue_digest, queue_mail
from app.notifications.parameters import Deadline
from app.notifications.rendering import render_mail
from app.settlement.models import Charge

WITH_NAMES = (
    joinedload(Use.reservation, innerjoin=True).joinedload(Reservation.instrument).joinedload(Instrument.owner),
    joinedload(Use.reservation, innerjoin=True).joinedload(Reservation.payer),
    joinedload(Use.reservation, innerjoin=True).joinedload(Reservation.booker),
)


def use_with_names(use_id: UUID) -> Use:
    """A use with what its notices name, as it is now."""
    return session.scalars(select(Use).options(*WITH_NAMES).where(Use.id == use_id)).unique().one()


def customers_of(reservation: Reservation) -> Sequence[User]:
    """Who answers for the customer: the booker while a member of the payer, else the payer's owners and finance."""
    booker = reservation.booker
    membership = membership_of(booker.id, reservation.payer_id)
    if membership is not None and membership.is_active and booker.is_active:
        return [booker]
    return people_in(reservation.payer_id, Role.OWNER, Role.FINANCE)


def parameters_of(use: Use) -> dict[str, Any]:
    """What the sentences of notices name."""
    instrument = use.reservation.instrument
    return {
        "instrument": {"zh_CN": instrument.name_zh or instrument.name, "en": instrument.name},
        "customer": use.reservation.payer.name,
        "number": use.reservation.number,
        "due": Deadline.of(use.answer_due_at),
        "end": use.reservation.ends_at,
    }


def tell(
    people: Iterable[User], organisation_id: UUID | None, kind: str, use: Use, *, tag: str = "", **more: Any
) -> None:
    """A notice to each of some people that leads to the booking; once for a use, kind and tag."""
    key = f"{kind}:{use.id}{tag}"
    for person in people:
        address = f"/bookings/{use.reservation_id}"
        notify(person.id, organisation_id, kind, key, {**parameters_of(use), **more}, address)


def mail(people: Iterable[User], template: str, use: Use, *, tag: str = "", **more: Any) -> None:
    """A mail to each of some people, in their own language; once for a use, template and tag."""
    for person in people:
        subject, body = render_mail(
            f"equipment/usage/mail/{template}.txt",
            person.locale,
            person=person,
            use=use,
            reservation=use.reservation,
            instrument=use.reservation.instrument,
            zone=use.reservation.instrument.timezone,
            url=public_url(f"/bookings/{use.reservation_id}"),
            **more,
        )
        key = f"{template}:{use.id}{tag}:{person.id}"
        queue_mail(key=key, recipient=person.email, locale=person.locale, subject=subject, body=body)


def ask_to_confirm(use: Use, *, tag: str = "") -> None:
    """Ask the customer to confirm hours: at once in the application, by the day's collected mail."""
    for person in customers_of(use.reservation):
        tell([person], use.reservation.payer_id, "use_to_confirm", use, tag=tag)
        queue_digest(
            person.id,
            use.reservation.payer_id,
            "use_to_confirm",
            f"use_to_confirm:{use.id}{tag}",
            recipient=person.email,
            locale=person.locale,
        )


def compose_hours(part: DigestPart) -> tuple[str, str] | None:
    """The collected mail of hours to confirm, about those that still wait."""
    ids = {UUID(key.split(":")[1]) for key in part.keys}
    uses = session.scalars(
        select(Use)
        .options(*WITH_NAMES)
        .where(Use.id.in_(ids), Use.state == UseState.TO_CONFIRM)
        .order_by(Use.answer_due_at, Use.id)
    ).all()
    if not uses:
        return None
    totals = {
        charge.id: charge.total
        for charge in session.scalars(select(Charge).where(Charge.id.in_([use.charge_id for use in uses])))
    }
    return render_mail(
        "equipment/usage/mail/to_confirm.txt",
        part.locale,
        person=session.get_one(User, part.user_id),
        uses=uses,
        totals=totals,
        due=uses[0].answer_due_at,
        url=public_url("/uses/confirm"),
    )


def remind_of_hours() -> int:
    """Ask again for hours that silence accepts soon; returns for how many uses."""
    left = max(0, settings.number("acceptance_days") - settings.number("confirm_reminder_days"))
    uses = session.scalars(
        select(Use)
        .options(*WITH_NAMES)
        .where(
            Use.state == UseState.TO_CONFIRM,
            Use.answer_due_at > now(),
            Use.answer_due_at <= end_of_working_day(left),
        )
        .order_by(Use.answer_due_at)
        .limit(500)
    ).all()
    for use in uses:
        ask_to_confirm(use, tag=":reminder")
    return len(uses)


def warn_of_overruns() -> int:
    """Tell the people at the instrument before, at and after the booked end of a running use, and whoever is next.

    Returns how many running uses were looked at. Minutes come from the settings (flows.md §2: −15, 0, +30).
    """
    before = timedelta(minutes=settings.number("ending_warning_minutes"))
    after = timedelta(minutes=settings.number("overrun_warning_minutes"))
    uses = session.scalars(
        select(Use)
        .join(Use.reservation)
        .options(*WITH_NAMES)
        .where(Use.state == UseState.RUNNING, func.upper(Reservation.period) <= now() + before)
    ).all()
    for use in uses:
        over, end = now() - use.reservation.ends_at, use.reservation.revision
        if over >= timedelta(0):
            _tell_next(use)
        if over >= after:
            _tell_overrun(use, int(over.total_seconds()) // 60)
        elif over >= timedelta(0):
            tell(_people_at(use), use.reservation.provider_id, "use_ending", use, tag=f":{end}:0")
        else:
            tell(_people_at(use), use.reservation.provider_id, "use_ending", use, tag=f":{end}:before")
    return len(uses)


def _people_at(use: Use) -> Sequence[User]:
    starter = session.get(User, use.started_by_id) if use.started_by_id else None
    return [starter] if starter is not None else managers_of(use.reservation.provider_id)


def _tell_overrun(use: Use, minutes: int) -> None:
    people = {person.id: person for person in (*_people_at(use), *managers_of(use.reservation.provider_id))}
    tag = f":{use.reservation.revision}"
    tell(people.values(), use.reservation.provider_id, "use_overrun", use, tag=tag, minutes=minutes)
    mail(people.values(), "overrun", use, tag=tag, minutes=minutes)


def _tell_next(use: Use) -> None:
    """Whoever waits for the instrument learns of it at once, with what may be done about it (flows.md §4)."""
    waiting = booking_hit_by(use.reservation)
    if waiting is None or not is_hindered(waiting):
        return
    tag = f"{use.id}:{use.reservation.revision}"
    parameters = {**parameters_of(use), "start": waiting.starts_at}
    address = f"/bookings/{waiting.id}"
    person = waiting.booker
    key = f"use_before_yours:{tag}"
    notify(person.id, waiting.payer_id, "use_before_yours", key, parameters, address)
    subject, body = render_mail(
        "equipment/usage/mail/before_yours.txt",
        person.locale,
        person=person,
        reservation=waiting,
        instrument=waiting.instrument,
        zone=waiting.instrument.timezone,
        url=public_url(address),
    )
    queue_mail(key=key, recipient=person.email, locale=person.locale, subject=subject, body=body)


def remind_of_offers() -> int:
    """Tell customers of offers that will soon count as taken; returns of how many."""
    left = max(0, settings.number("offer_days") - settings.number("confirm_reminder_days"))
    objections = session.scalars(
        select(UseObjection)
        .where(
            UseObjection.decided_at.is_(None),
            UseObjection.escalated_at.is_(None),
            UseObjection.offer_due_at > now(),
            UseObjection.offer_due_at <= end_of_working_day(left),
        )
        .order_by(UseObjection.offer_due_at)
        .limit(500)
    ).all()
    for objection in objections:
        use = use_with_names(objection.use_id)
        people, tag = customers_of(use.reservation), f":{objection.id}"
        tell(people, use.reservation.payer_id, "use_offer_due", use, tag=tag, **objection_parameters(objection))
        mail(people, "offer_due", use, tag=tag, objection=objection)
    return len(objections)


def settlement_desk() -> Sequence[User]:
    """The operator's people who decide objections."""
    found = {person.id: person for each in operator_ids() for person in people_in(each, Role.SETTLEMENT)}
    return list(found.values())


def objection_parameters(objection: UseObjection) -> dict[str, Any]:
    """What the notices about an objection add."""
    return {
        "objection": objection.number,
        "answer_due": Deadline.of(objection.answer_due_at),
        "offer_due": Deadline.of(objection.offer_due_at),
    }


register_topic("hours", _l("Hours and objections"))
register_kind(
    "use_to_confirm",
    sentence=_l("Confirm the hours on %(instrument)s by %(due)s"),
    icon="circle-alert",
    topic="hours",
    digest=Digest(hours=(time(8, 30),), compose=compose_hours),
)
for _name, _sentence, _icon in (
    ("use_in_review", _l("Hours to enter: %(instrument)s, %(customer)s"), "timer"),
    ("use_fault", _l("Fault reported: %(instrument)s: %(fault)s"), "wrench"),
    ("use_ending", _l("%(instrument)s is booked until %(end)s and still runs"), "timer"),
    ("use_overrun", _l("%(instrument)s is %(minutes)s min over"), "timer"),
    ("use_before_yours", _l("%(instrument)s is still in use; your booking begins at %(start)s"), "timer"),
    ("use_objection", _l("Objection %(objection)s: %(customer)s, %(instrument)s"), "triangle-alert"),
    ("use_objection_answered", _l("Objection %(objection)s answered: %(instrument)s"), "message-square"),
    ("use_offer_due", _l("Objection %(objection)s: the offer counts as taken after %(offer_due)s"), "clock"),
    ("use_objection_overdue", _l("Objection %(objection)s was not answered in time"), "triangle-alert"),
    ("use_objection_escalated", _l("Objection %(objection)s to decide: %(instrument)s"), "scale"),
    ("use_objection_settled", _l("Objection %(objection)s settled: %(total)s"), "circle-check"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="hours")
