"""Who is told about the waiting list, in the application and by mail: a slot is free, or the days have passed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.members.queries import membership_of, people_in
from app.accounts.models import Role, User
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.equipment.waiting.models import WaitingEntry
from app.equipment.waiting.queries import WITH_NAMES
from app.notifications.kinds import register_kind
from app.notifications.links import public_url
from app.notifications.operations import notify
from app.notifications.telling import mail_to

register_kind(
    "waiting_offered",
    sentence=_l("A slot is free for you: %(instrument)s, %(slot)s"),
    icon="calendar-check",
    topic="bookings",
)
register_kind(
    "waiting_over",
    sentence=_l("Nothing became free: %(instrument)s, %(first)s to %(last)s"),
    icon="calendar-x",
    topic="bookings",
)


def entry_with_names(entry_id: UUID) -> WaitingEntry:
    """A place in line with what its notices name, as it is now."""
    return session.scalars(select(WaitingEntry).options(*WITH_NAMES).where(WaitingEntry.id == entry_id)).one()


def people_waiting(entry: WaitingEntry) -> Sequence[User]:
    """Who is told: the person who joined while a member, else the organisation's owners and bookers."""
    membership = membership_of(entry.booker_id, entry.payer_id)
    if membership is not None and membership.is_active and entry.booker.is_active:
        return [entry.booker]
    return people_in(entry.payer_id, Role.OWNER, Role.BOOKER)


def tell_waiting(kind: str, entry: WaitingEntry, template: str, tag: object, url: str, **more: Any) -> None:
    """A notice and a mail to whoever waits; once for an entry, kind and tag."""
    key = f"{kind}:{entry.id}:{tag}"
    instrument = entry.instrument
    names = {"zh_CN": instrument.name_zh or instrument.name, "en": instrument.name}
    for person in people_waiting(entry):
        notify(person.id, entry.payer_id, kind, key, {"instrument": names, **more}, url)
        mail_to(
            person,
            key,
            f"equipment/waiting/mail/{template}.txt",
            person=person,
            entry=entry,
            instrument=instrument,
            zone=instrument.timezone,
            url=public_url(url),
        )
