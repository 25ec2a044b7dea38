"""Mails that are collected or come again: requests that wait, bookings of tomorrow (flows.md §2 N1, N20)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Date, ScalarResult, cast, exists, func, select

from app.accounts.members.queries import people_in
from app.accounts.models import Organisation, Role, User, Verification
from app.core.clock import DEFAULT_ZONE, at_place, now, today
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.models import Reservation, ReservationState
from app.equipment.reservations.notices import managers_of, tell_managers, tell_provider
from app.equipment.reservations.queries import WITH_NAMES, asked_at
from app.equipment.settings import settings
from app.notifications.kinds import Digest, DigestPart, register_kind
from app.notifications.links import public_url
from app.notifications.models import Notification
from app.notifications.operations import notify, queue_digest
from app.notifications.rendering import render_mail

MORNING, MIDDAY, AFTERNOON, EVE = time(8, 30), time(13, 30), time(16, 0), time(16, 30)
LONGEST_WAIT = timedelta(hours=19)  # from the midday mail to the next morning's
MOST_AT_ONCE = 500


def ask_managers(reservation: Reservation, *, kind: str = "reservation_requested", tag: str = "") -> None:
    """Tell the managers of a request: in the application now, by the next collected mail, or at once when it is near.

    Near is what starts within `request_at_once_hours` or must be answered before the next collected mail.
    """
    due = reservation.answer_due_at or reservation.starts_at
    near = now() + timedelta(hours=settings.number("request_at_once_hours"))
    if reservation.starts_at < near or due < now() + LONGEST_WAIT:
        tell_managers(kind, reservation, "requested", tag=tag)
        return
    tell_managers(kind, reservation, tag=tag)
    for person in managers_of(reservation.provider_id):
        queue_digest(
            person.id, reservation.provider_id, "reservation_requested", f"{kind}:{reservation.id}{tag}",
            recipient=person.email, locale=person.locale,
        )  # fmt: skip


def compose_requests(part: DigestPart) -> tuple[str, str] | None:
    """The collected mail of requests that still wait (N1)."""
    waiting = session.scalars(
        select(Reservation)
        .options(*WITH_NAMES)
        .where(
            Reservation.id.in_({UUID(key.split(":")[1]) for key in part.keys}),
            Reservation.state == ReservationState.PENDING,
        )
        .order_by(Reservation.answer_due_at, Reservation.id)
    ).all()
    return _mail("requests", part, waiting, "/requests") if waiting else None


def _mail(template: str, part: DigestPart, reservations: Sequence[Reservation], path: str) -> tuple[str, str]:
    return render_mail(
        f"equipment/reservations/mail/{template}.txt", part.locale, person=session.get_one(User, part.user_id),
        reservations=reservations, url=public_url(path),
    )  # fmt: skip


def remind_of_requests() -> int:
    """Requests half of whose time to answer has passed are named again; after three quarters the owners hear at once.

    Returns how many reminders were given. Run as often as you like: each is given once.
    """
    halfway = _requests_after(0.5, ":half").all()
    for reservation in halfway:
        ask_managers(reservation, kind="reservation_request_waits", tag=f":{reservation.revision}:half")
    late = _requests_after(0.75, ":late").all()
    for reservation in late:
        owners = people_in(reservation.provider_id, Role.OWNER)
        tag = f":{reservation.revision}:late"
        tell_provider(owners, "reservation_request_waits", reservation, "requested", tag=tag)
    return len(halfway) + len(late)


def _requests_after(part: float, tag: str) -> ScalarResult[Reservation]:
    """Requests that have waited for this part of their time, and of which nobody was told so yet.

    What an institution may not answer yet, because the customer is not verified, it is not reminded of.
    """
    told = exists().where(
        Notification.organisation_id == Reservation.provider_id,
        Notification.key == func.concat("reservation_request_waits:", Reservation.id, ":", Reservation.revision, tag),
    )
    since = asked_at()
    whole = func.extract("epoch", Reservation.answer_due_at - since)
    return session.scalars(
        select(Reservation)
        .join(Reservation.payer)
        .options(*WITH_NAMES)
        .where(
            Reservation.state == ReservationState.PENDING,
            Organisation.verification == Verification.VERIFIED,
            Reservation.answer_due_at > now(),
            func.extract("epoch", now() - since) >= whole * part,
            ~told,
        )
        .order_by(Reservation.answer_due_at)
        .limit(MOST_AT_ONCE)
    )


def tell_of_tomorrow() -> int:
    """From the afternoon on: whoever has bookings tomorrow is told how many; one mail a day, half an hour later (N20).

    Customers hear of what they booked, technicians of what comes to their institution (its managers where it has
    none). Returns how many people there were to tell.
    """
    day, opening = today() + timedelta(days=1), at_place(today(), AFTERNOON, DEFAULT_ZONE)
    if now() < opening:
        return 0
    counts: dict[tuple[UUID, UUID], int] = {}
    people: dict[UUID, User] = {}
    for reservation in _bookings_of(day, made_before=opening):
        for person, organisation_id in _concerned(reservation):
            people[person.id] = person
            counts[person.id, organisation_id] = counts.get((person.id, organisation_id), 0) + 1
    for (user_id, organisation_id), count in counts.items():
        key, person = f"bookings_tomorrow:{day}:{organisation_id}", people[user_id]
        notify(user_id, organisation_id, "bookings_tomorrow", key, {"count": count}, "/bookings")
        queue_digest(
            user_id, organisation_id, "bookings_tomorrow", key, recipient=person.email, locale=person.locale
        )  # fmt: skip
    return len(counts)


def _bookings_of(day: date, *, made_before: datetime | None = None) -> Sequence[Reservation]:
    """Confirmed bookings that begin on a day of their place."""
    begins = cast(func.timezone(Instrument.zone, func.lower(Reservation.period)), Date)
    statement = (
        select(Reservation)
        .join(Reservation.instrument)
        .options(*WITH_NAMES)
        .where(
            Reservation.state == ReservationState.CONFIRMED,
            func.lower(Reservation.period).between(now() - timedelta(days=1), now() + timedelta(days=3)),
            begins == day,
        )
        .order_by(func.lower(Reservation.period), Reservation.id)
    )
    if made_before is not None:
        statement = statement.where(Reservation.created_at <= made_before)
    return session.scalars(statement).all()


def _concerned(reservation: Reservation) -> Sequence[tuple[User, UUID]]:
    """Who should know of a booking the day before, each with the organisation for which."""
    provider_id = reservation.provider_id
    at_instrument = people_in(provider_id, Role.TECHNICIAN) or managers_of(provider_id)
    customer = [(reservation.booker, reservation.payer_id)] if reservation.payer_id != provider_id else []
    return [*customer, *((person, provider_id) for person in at_instrument)]


def compose_tomorrow(part: DigestPart) -> tuple[str, str] | None:
    """The mail of the day before, about what still stands then."""
    days = {date.fromisoformat(key.split(":")[1]) for key in part.keys}
    standing = [
        reservation
        for day in sorted(days)
        if day > today()
        for reservation in _bookings_of(day)
        if (part.user_id, part.organisation_id) in [(person.id, each) for person, each in _concerned(reservation)]
    ]
    return _mail("tomorrow", part, standing, "/bookings") if standing else None


register_kind(
    "reservation_requested", sentence=_l("Request to answer: %(customer)s, %(instrument)s"), icon="hourglass",
    topic="bookings", digest=Digest((MORNING, MIDDAY), compose_requests),
)  # fmt: skip
register_kind(
    "reservation_request_waits", sentence=_l("Still to answer: %(customer)s, %(instrument)s"), icon="hourglass",
    topic="bookings",
)  # fmt: skip
register_kind(
    "bookings_tomorrow", sentence=_l("Bookings tomorrow: %(count)s"), icon="calendar", topic="bookings",
    digest=Digest((EVE,), compose_tomorrow),
)  # fmt: skip
