"""Permissions: predicates over (actor, thing), composed with | and &, and the only two ways to apply them."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.interfaces import ORMOption

from app.core.db import Base, session
from app.core.errors import Forbidden, Missing
from app.core.i18n import lazy_gettext as _l

Thing = TypeVar("Thing", bound=Base)


class ActorLike(Protocol):
    """Who acts: a person for an organisation, nobody (anonymous), or the system itself."""

    @property
    def user_id(self) -> UUID | None: ...
    @property
    def organisation_id(self) -> UUID | None: ...
    @property
    def is_system(self) -> bool: ...


class Rule:
    """One permission. `options` are the loader options that the predicate needs to look at a thing."""

    def __init__(
        self, predicate: Callable[[Any, Any], bool], *, needs: str = "", options: Sequence[ORMOption] = ()
    ) -> None:
        self.predicate = predicate
        self.needs = needs
        self.options = tuple(options)

    def __call__(self, actor: ActorLike, thing: Any) -> bool:
        return actor.is_system or self.predicate(actor, thing)

    def __or__(self, other: "Rule") -> "Rule":
        return Rule(
            lambda actor, thing: self.predicate(actor, thing) or other.predicate(actor, thing),
            needs=" / ".join(filter(None, (self.needs, other.needs))),
            options=self.options + other.options,
        )

    def __and__(self, other: "Rule") -> "Rule":
        return Rule(
            lambda actor, thing: self.predicate(actor, thing) and other.predicate(actor, thing),
            needs=" + ".join(filter(None, (self.needs, other.needs))),
            options=self.options + other.options,
        )


def rule(needs: str = "", *options: ORMOption) -> Callable[[Callable[[Any, Any], bool]], Rule]:
    """Declare a rule from a predicate; `needs` names the roles that satisfy it, for the 403 page."""
    return lambda predicate: Rule(predicate, needs=needs, options=options)


everybody = Rule(lambda actor, thing: True)
signed_in = Rule(lambda actor, thing: actor.user_id is not None)
nobody = Rule(lambda actor, thing: False)


def ensure(actor: ActorLike, permission: Rule, thing: Any, *, known_to: Rule | None = None) -> None:
    """Let the actor pass or raise: Forbidden (403) to those who may see the thing, Missing (404) to others."""
    if permission(actor, thing):
        return
    if known_to is None or known_to(actor, thing):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": permission.needs})
    raise Missing(_l("There is nothing here, or it is not yours to see."))


def load(
    model: type[Thing],
    identity: UUID,
    actor: ActorLike,
    permission: Rule,
    *,
    known_to: Rule | None = None,
    options: Sequence[ORMOption] = (),
    lock: bool = False,
) -> Thing:
    """Fetch one thing that the actor may use in this way, with what the rules need loaded.

    Raises Missing for what is absent and for what the actor may not know; Forbidden when `known_to` passes
    but `permission` does not.
    """
    wanted = (*permission.options, *(known_to.options if known_to else ()), *options)
    statement = select(model).where(model.__table__.c.id == identity).options(*wanted)
    if lock:
        statement = statement.with_for_update(of=model)
    thing = session.scalars(statement.execution_options(populate_existing=lock)).unique().one_or_none()
    if thing is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if not permission(actor, thing) and known_to is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    ensure(actor, permission, thing, known_to=known_to)
    return thing
