"""Joining, leaving and the roles of members. An organisation never loses its last owner."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.accounts.events import JoinRequested, MemberInvited, MemberJoined, MemberLeft
from app.accounts.members.queries import membership_of
from app.accounts.models import (
    ROLES_BY_KIND,
    Actor,
    ApiToken,
    Invitation,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from app.accounts.policy import MembershipPolicy, OrganisationPolicy, owner_of_its_organisation
from app.accounts.proofs import digest_of
from app.accounts.settings import settings
from app.accounts.throttle import take_turn
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7
from app.core.policy import ensure
from app.notifications.links import absolute_link
from app.notifications.operations import queue_mail, render_mail

INVITATIONS_PER_DAY = 200


def invite_member(
    actor: Actor, organisation: Organisation, *, email: str, roles: Iterable[Role], locale: str
) -> Invitation:
    """Mail a link with which an address may join; an earlier open invitation to it ends.

    Raises Invalid for roles the organisation does not have, Conflict for a present member.
    """
    ensure(actor, OrganisationPolicy.manage_members, organisation)
    chosen = _fitting(roles, organisation.kind)
    take_turn(f"invite:{organisation.id}", INVITATIONS_PER_DAY, timedelta(days=1))
    present = session.scalar(
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(User.email == email, Membership.organisation_id == organisation.id, Membership.requested_at.is_(None))
    )
    if present is not None:
        raise Conflict(_l("This person is a member already."), field="email")
    _withdraw_open(organisation.id, email)
    token, days = secret_token(), settings.number("invitation_days")
    invitation = Invitation(
        id=uuid7(),
        organisation_id=organisation.id,
        email=email,
        roles=[role.value for role in chosen],
        token_hash=digest_of(token),
        invited_by_id=_person(actor),
        created_at=now(),
        expires_at=now() + timedelta(days=days),
    )
    session.add(invitation)
    session.flush()
    record(actor, "member.invite", invitation, {"roles": [[], invitation.roles]})
    emit(MemberInvited(invitation.id))
    subject, body = render_mail(
        "accounts/members/mail/invitation.txt", locale, organisation=organisation,
        inviter=actor.user.name if actor.user else "", days=days, url=absolute_link("members.invitation", token=token),
    )  # fmt: skip
    queue_mail(key=f"invitation:{invitation.id}", recipient=email, locale=locale, subject=subject, body=body)
    return invitation


def withdraw_invitation(actor: Actor, invitation: Invitation) -> None:
    """Make a mailed link worthless."""
    ensure(actor, owner_of_its_organisation, invitation)
    record(actor, "member.invitation_withdrawn", invitation)
    session.delete(invitation)
    session.flush()


def accept_invitation(actor: Actor, invitation: Invitation) -> Membership:
    """Join by invitation. Raises Forbidden when it was sent to another address than the actor's."""
    user_id = _person(actor)
    if actor.user is None or actor.user.email.lower() != invitation.email.lower():
        raise Forbidden(_l("This invitation was sent to another e-mail address."))
    membership = membership_of(user_id, invitation.organisation_id)
    if membership is None:
        membership = Membership(
            id=uuid7(), user_id=user_id, organisation_id=invitation.organisation_id, created_at=now()
        )
        session.add(membership)
    membership.roles = sorted({*(membership.roles or []), *invitation.roles})
    membership.requested_at = None
    invitation.accepted_at = now()
    session.flush()
    record(actor, "member.join", membership, {"roles": [[], membership.roles]})
    emit(MemberJoined(membership.id))
    return membership


def request_to_join(actor: Actor, organisation: Organisation) -> Membership:
    """Ask the owners of an organisation to be let in. Raises Conflict when asked before or a member already."""
    user_id = _person(actor)
    if organisation.kind is OrganisationKind.OPERATOR:
        raise Forbidden(_l("The operator invites its people itself."))
    take_turn(f"join:{user_id}", settings.number("join_requests_per_day"), timedelta(days=1))
    asked = Membership(
        id=uuid7(), user_id=user_id, organisation_id=organisation.id, roles=[], requested_at=now(), created_at=now()
    )
    twice = Conflict(_l("You are a member or have asked already. The owners decide."), field="code", code="asked")
    with guard({"memberships_user_id_organisation_id_key": twice}):
        session.add(asked)
    record(actor, "member.ask", asked)
    emit(JoinRequested(asked.id))
    return asked


def accept_request(actor: Actor, membership: Membership, roles: Iterable[Role], kind: OrganisationKind) -> None:
    """Let in somebody who asked, with roles."""
    ensure(actor, MembershipPolicy.manage, membership)
    if membership.is_active:
        raise Conflict(_l("A colleague has already let this person in."))
    membership.roles = [role.value for role in _fitting(roles, kind)]
    membership.requested_at = None
    session.flush()
    record(actor, "member.accept", membership, {"roles": [[], membership.roles]})
    emit(MemberJoined(membership.id))


def decline_request(actor: Actor, membership: Membership) -> None:
    """Do not let in somebody who asked."""
    ensure(actor, MembershipPolicy.manage, membership)
    if membership.is_active:
        raise Conflict(_l("A colleague has already let this person in."))
    record(actor, "member.decline", membership)
    session.delete(membership)
    session.flush()


def set_roles(actor: Actor, membership: Membership, roles: Iterable[Role], kind: OrganisationKind) -> None:
    """Give a member exactly these roles. Raises Conflict when nobody would own the organisation any more."""
    ensure(actor, MembershipPolicy.manage, membership)
    chosen = [role.value for role in _fitting(roles, kind)]
    if not membership.is_active:
        raise Conflict(_l("This person is not a member yet."))
    if Role.OWNER.value not in chosen:
        _keep_an_owner(membership)
    before = list(membership.roles)
    if before == chosen:
        return
    membership.roles = chosen
    session.flush()
    record(actor, "member.roles", membership, {"roles": [before, chosen]})


def remove_member(actor: Actor, membership: Membership) -> None:
    """End somebody else's membership (owners) or one's own; its API tokens end with it."""
    ensure(actor, MembershipPolicy.manage | MembershipPolicy.leave, membership)
    if membership.is_active:
        _keep_an_owner(membership)
    user_id, organisation_id = membership.user_id, membership.organisation_id
    session.execute(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.organisation_id == organisation_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now())
    )
    record(actor, "member.leave" if user_id == actor.user_id else "member.remove", membership)
    session.delete(membership)
    session.flush()
    emit(MemberLeft(organisation_id, user_id))


def _keep_an_owner(membership: Membership) -> None:
    """Refuse when the organisation has no other owner. Changes of owners of one organisation wait for each other."""
    session.execute(select(Organisation.id).where(Organisation.id == membership.organisation_id).with_for_update())
    others = session.scalar(
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.organisation_id == membership.organisation_id,
            Membership.id != membership.id,
            Membership.requested_at.is_(None),
            Membership.roles.contains([Role.OWNER.value]),
        )
    )
    if not others and Role.OWNER.value in membership.roles:
        raise Conflict(_l("The last owner cannot leave. Make somebody else an owner first."), code="last_owner")


def _fitting(roles: Iterable[Role], kind: OrganisationKind) -> list[Role]:
    """The roles in their usual order. Raises Invalid for none, or for one that this kind does not have."""
    chosen = set(roles)
    if not chosen:
        raise Invalid(_l("Choose at least one role."), field="roles")
    if not chosen <= set(ROLES_BY_KIND[kind]):
        raise Invalid(_l("This kind of organisation has no such role."), field="roles")
    return [role for role in ROLES_BY_KIND[kind] if role in chosen]


def _withdraw_open(organisation_id: UUID, email: str) -> None:
    session.execute(
        delete(Invitation).where(
            Invitation.organisation_id == organisation_id,
            Invitation.email == email,
            Invitation.accepted_at.is_(None),
        )
    )


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Unauthenticated(_l("Sign in first."))
    return actor.user_id
