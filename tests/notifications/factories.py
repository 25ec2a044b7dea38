"""People to tell something to, and kinds of notices to tell."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g

from app.accounts.models import Actor, User
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.notifications.kinds import register_kind, register_topic
from tests.accounts.factories import make_user

register_topic("test_bookings", _l("Test bookings"))
register_kind(
    "test_booked",
    sentence=_l("Booked: %(instrument)s, %(slot)s, %(fee)s"),
    icon="calendar-check",
    topic="test_bookings",
)
register_kind("test_plain", sentence=_l("Something happened"))


def make_person(email: str = "reader@example.org") -> User:
    """A stored user."""
    return make_user(email=email)


@contextmanager
def acting_as(app: Flask, person: User) -> Iterator[Actor]:
    """Let requests act as the person, without the sign-in page."""
    identity = person.id

    def act() -> None:
        g.actor = Actor(user=session.get(User, identity))

    functions = app.before_request_funcs.setdefault(None, [])
    functions.append(act)
    try:
        yield Actor(user=person)
    finally:
        functions.remove(act)
