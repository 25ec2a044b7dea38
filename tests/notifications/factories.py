"""People to tell something to."""

from uuid import UUID

from flask import Flask, g
from sqlalchemy import insert

from app.accounts.models import Actor, User
from app.core.db import session
from app.core.ids import uuid7


def make_person(email: str = "reader@example.org") -> User:
    """A stored user."""
    identity = uuid7()
    session.execute(insert(User).values(id=identity, email=email, name="Reader", password_hash="-"))
    person = session.get(User, identity)
    assert person is not None
    return person


def sign_in(app: Flask, person: User | None) -> Actor:
    """Let requests of this test act as the person, without the sign-in page."""
    actor = Actor(user=person)
    identity: UUID | None = actor.user_id

    def act() -> None:
        g.actor = Actor(user=session.get(User, identity) if identity else None)

    app.before_request_funcs.setdefault(None, []).append(act)
    return actor
