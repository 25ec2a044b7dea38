"""Patents, declarations and licences that are really committed, and deeds of several people at the same moment."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import today
from app.core.db import session, unit_of_work
from app.core.errors import DomainError
from app.core.events import OutboxMessage, relay
from app.core.web import App
from app.ledger.queries import verify
from tests.accounts.factories import make_organisation
from tests.live.callers import together
from tests.live.world import Person, committed, person
from tests.market.factories import make_open_licence, make_patent
from tests.settlement.factories import make_institution


def university(application: App) -> Person:
    """The transfer officer of an institution with an account at a bank."""
    with committed(application):
        return person(make_institution(f"北松大学{application.name}"), Role.TRANSFER)


def announced(application: App, owner: Person, **overrides: Any) -> UUID:
    """The id of a declaration that anybody may take."""
    with committed(application):
        return make_open_licence(make_patent(owner.organisation), **{"announced_on": today(), **overrides}).id


def operators(application: App, count: int, *roles: Role) -> list[Actor]:
    """People of the platform's operator."""
    with committed(application):
        organisation = make_organisation(OrganisationKind.OPERATOR)
        return [person(organisation, *roles).actor for _number in range(count)]


def outcome(application: App, deed: Callable[[], Any]) -> str:
    """What became of a deed in a transaction of its own: ``done``, or the code of its refusal."""
    with application.app_context():
        try:
            with unit_of_work():
                deed()
        except DomainError as refused:
            return refused.code
        return "done"


def at_once(application: App, deeds: Sequence[Callable[[], Any]]) -> list[str]:
    """What became of each of several deeds that began at the same moment, each on a connection of its own."""
    return together(len(deeds), lambda number: outcome(application, deeds[number]))


def heard(application: App) -> None:
    """Let every handler hear what was announced; none of them may fail, and the books must hold."""
    with application.app_context():
        while relay():
            pass
        failed = select(OutboxMessage.error).where(
            OutboxMessage.handler.startswith("app."), OutboxMessage.error.is_not(None)
        )
        found = session.scalars(failed).all()
        assert not found, found
        assert verify().ok, verify()


def deadlocks(application: App) -> int:
    """How many deadlocks the database has had to break."""
    with application.app_context():
        if session.scalar(text("SELECT count(*) FROM pg_proc WHERE proname = 'pg_stat_force_next_flush'")):
            session.execute(text("SELECT pg_stat_force_next_flush()"))
        found = session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        return int(found or 0)
