"""Who is told what about bookings, in the application and by mail with a calendar entry (flows.md §2 N1–N7)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.members.queries import people_in
from app.accounts.models import Role, User
from app.core.db import session
from app.core.i18n import force_locale
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.equipment.reservations.invitations import calendar_file
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.queries import WITH_NAMES
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import Attachment, notify, queue_mail
from app.notifications.rendering import render_mail
from app.notifications.telling import mail_to

register_topic("bookings", _l("Bookings"))
for _name, _sentence, _icon in (
    ("reservation_booked", _l("New booking: %(customer)s, %(instrument)s"), "calendar"),
    ("reservation_confirmed", _l("Booked: %(instrument)s, %(number)s"), "calendar-check"),
    ("reservation_pending", _l("Request sent: %(instrument)s, %(number)s"), "hourglass"),
    ("reservation_declined", _l("Not accepted: %(instrument)s, %(number)s"), "calendar-x"),
    ("reservation_proposed", _l("Not accepted: %(instrument)s, %(number)s; instead: %(proposed)s"), "calendar-x"),
    ("reservation_cancelled", _l("Cancelled: %(instrument)s, %(number)s, fee %(fee)s"), "calendar-x"),
    ("reservation_withdrawn", _l("Withdrawn by the institution: %(instrument)s, %(number)s"), "calendar-x"),
    ("reservation_moved", _l("Moved: %(instrument)s, %(number)s"), "calendar"),
    ("reservation_extended", _l("Extended: %(instrument)s, %(number)s"), "timer"),
    ("reservation_expired", _l("Not answered in time: %(instrument)s, %(number)s"), "calendar-x"),
    ("reservation_missed", _l("No-show: %(instrument)s, %(number)s, fee %(fee)s"), "calendar-x"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="bookings")


def reservation_with_names(reservation_id: UUID) -> Reservation:
    """A booking with what its notices name; read anew, because notices tell the state of their sending."""
    return session.scalars(select(Reservation).options(*WITH_NAMES).where(Reservation.id == reservation_id)).one()


def managers_of(organisation_id: UUID) -> Sequence[User]:
    """Who answers for an institution's instruments."""
    return people_in(organisation_id, Role.OWNER, Role.MANAGER)


def tell_booker(
    kind: str, reservation: Reservation, template: str, *, ics: str | None = None, tag: str = "", **more: Any
) -> None:
    """Tell the person who booked; `ics` is request or cancel when the calendar entry goes along.

    `more` is for the template alone.
    """
    person = reservation.booker
    key = f"{kind}:{reservation.id}{tag}"
    notify(person.id, reservation.payer_id, kind, key, _parameters(reservation), f"/bookings/{reservation.id}")
    with force_locale(person.locale or "zh_CN"):
        subject, body = render_mail(
            f"equipment/reservations/mail/{template}.txt", person.locale, **_mail_context(reservation, person), **more
        )
    files = []
    if ics is not None:
        content = calendar_file(reservation, cancelled=ics == "cancel")
        files.append(Attachment(f"{reservation.number}.ics", f"text/calendar; method={ics.upper()}", content))
    queue_mail(key=key, recipient=person.email, locale=person.locale, subject=subject, body=body, attachments=files)


def tell_managers(kind: str, reservation: Reservation, template: str | None = None, *, tag: str = "") -> None:
    """Tell the institution's managers, by mail as well when there is a template."""
    tell_provider(managers_of(reservation.provider_id), kind, reservation, template, tag=tag)


def tell_provider(
    people: Iterable[User], kind: str, reservation: Reservation, template: str | None = None, *, tag: str = ""
) -> None:
    """Tell some of the institution's people, by mail as well when there is a template."""
    key = f"{kind}:{reservation.id}{tag}"
    for person in people:
        address = f"/bookings/{reservation.id}"
        notify(person.id, reservation.provider_id, kind, key, _parameters(reservation), address)
        if template is None:
            continue
        mail_to(person, key, f"equipment/reservations/mail/{template}.txt", **_mail_context(reservation, person))


def _parameters(reservation: Reservation) -> dict[str, Any]:
    instrument = reservation.instrument
    proposed = {} if reservation.proposed_period is None else {"proposed": reservation.proposed_period}
    return {
        **proposed,
        "instrument": {"zh_CN": instrument.name_zh or instrument.name, "en": instrument.name},
        "customer": reservation.payer.name,
        "number": reservation.number,
        "fee": Money(reservation.cancellation_fee_minor, reservation.currency),
    }


def _mail_context(reservation: Reservation, person: User) -> dict[str, Any]:
    return {
        "reservation": reservation,
        "instrument": reservation.instrument,
        "zone": reservation.instrument.timezone,
        "person": person,
        "fee": Money(reservation.cancellation_fee_minor, reservation.currency),
        "url": public_url(f"/bookings/{reservation.id}"),
    }
