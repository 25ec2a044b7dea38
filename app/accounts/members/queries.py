"""Members looked up; other modules ask here whom to tell."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.models import Actor, Invitation, Membership, Role, User, actor_from
from app.accounts.proofs import digest_of
from app.core.clock import now
from app.core.db import session


def people_in(organisation_id: UUID, *roles: Role) -> Sequence[User]:
    """The active members of an organisation that hold one of the roles (all members when none is named)."""
    statement = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.requested_at.is_(None),
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    )
    if roles:
        statement = statement.where(Membership.roles.overlap([role.value for role in roles]))
    return session.scalars(statement).all()


def memberships_to_show(organisation_id: UUID, words: str = "", *, contacts: bool = True) -> Select[Membership]:
    """Everybody who belongs or asks to, with the person loaded: those who ask first, then by name.

    `words` narrows them to those in whose name or e-mail address it occurs. Without `contacts` only those who belong
    are there, and addresses are not searched.
    """
    statement = (
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.organisation_id == organisation_id)
        .order_by(Membership.requested_at.nulls_last(), User.name, User.id)
    )
    if words:
        found = User.name.icontains(words, autoescape=True)
        statement = statement.where(found | User.email.icontains(words, autoescape=True) if contacts else found)
    if not contacts:
        statement = statement.where(Membership.requested_at.is_(None))
    return statement


def memberships_in(organisation_id: UUID) -> Sequence[Membership]:
    """All of `memberships_to_show`."""
    return session.scalars(memberships_to_show(organisation_id)).all()


def membership_of(user_id: UUID, organisation_id: UUID) -> Membership | None:
    """How a person stands to an organisation, if at all."""
    return session.scalars(
        select(Membership).where(Membership.user_id == user_id, Membership.organisation_id == organisation_id)
    ).one_or_none()


def actor_again(user_id: UUID | None, organisation_id: UUID | None) -> Actor:
    """Who asked for something, in the roles held now, for work that is done later; nobody when there is nobody."""
    row = session.execute(
        select(Membership, User)
        .join(Membership.user)
        .options(joinedload(Membership.organisation))
        .where(
            Membership.user_id == user_id,
            Membership.organisation_id == organisation_id,
            Membership.requested_at.is_(None),
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    return actor_from(row.Membership, row.User) if row is not None else Actor()


def memberships_of(user_id: UUID) -> Sequence[Membership]:
    """The organisations of a person, also those asked to join, with the organisation loaded."""
    return session.scalars(
        select(Membership)
        .where(Membership.user_id == user_id)
        .options(joinedload(Membership.organisation))
        .order_by(Membership.created_at)
    ).all()


def open_invitations(organisation_id: UUID) -> Sequence[Invitation]:
    """Invitations that may still be accepted, the latest first."""
    return session.scalars(
        select(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.accepted_at.is_(None),
            Invitation.expires_at > now(),
        )
        .order_by(Invitation.created_at.desc())
    ).all()


def live_invitation(token: str, *, lock: bool = False) -> Invitation | None:
    """The open invitation behind a mailed link, with its organisation; `lock` it in order to use it."""
    statement = (
        select(Invitation)
        .where(
            Invitation.token_hash == digest_of(token), Invitation.accepted_at.is_(None), Invitation.expires_at > now()
        )
        .options(joinedload(Invitation.organisation))
    )
    if lock:
        statement = statement.with_for_update(of=Invitation).execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()
