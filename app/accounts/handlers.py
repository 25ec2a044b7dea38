"""What follows from events: the people concerned are told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.events import (
    JoinRequested,
    MemberJoined,
    OrganisationAsked,
    OrganisationRefused,
    OrganisationRegistered,
    OrganisationVerified,
    PasswordChanged,
)
from app.accounts.members.queries import people_in
from app.accounts.models import Membership, Organisation, Role, User
from app.accounts.organisations.queries import operator_ids
from app.accounts.words import answer_words
from app.core.db import session
from app.core.events import subscribe
from app.core.i18n import lazy_gettext as _l
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import absolute_link, path_to
from app.notifications.operations import notify, queue_mail, render_mail
from app.notifications.telling import mail_to

register_topic("members", _l("Members and organisations"))

register_kind(
    "organisation_waiting", sentence=_l("%(name)s waits for verification"), icon="building-2", topic="members"
)
register_kind("organisation_verified", sentence=_l("%(name)s is verified"), icon="circle-check", topic="members")
register_kind(
    "organisation_asked", sentence=_l("%(name)s: the operator needs %(note)s"), icon="circle-alert", topic="members"
)
register_kind("organisation_refused", sentence=_l("%(name)s was refused: %(note)s"), icon="circle-x", topic="members")
register_kind("join_requested", sentence=_l("%(person)s asks to join %(name)s"), icon="user-plus", topic="members")
register_kind("member_joined", sentence=_l("You belong to %(name)s now"), icon="user-check", topic="members")


@subscribe(OrganisationRegistered)
def tell_verifiers(event: OrganisationRegistered) -> None:
    """The operator's verifiers see the newcomer among their notices; the queue itself is the truth."""
    organisation = session.get(Organisation, event.organisation_id)
    if organisation is None:
        return
    for operator_id in operator_ids():
        for user in people_in(operator_id, Role.VERIFIER):
            notify(
                user.id, operator_id, "organisation_waiting", f"organisation_waiting:{organisation.id}",
                {"name": organisation.name}, path_to("admin_organisations.show", organisation_id=organisation.id),
            )  # fmt: skip


@subscribe(OrganisationVerified)
def tell_verified(event: OrganisationVerified) -> None:
    """The owners learn that everything is open to them now."""
    _tell_owners(event.organisation_id, "organisation_verified", event.decision_id, "verified", note="")


@subscribe(OrganisationAsked)
def tell_asked(event: OrganisationAsked) -> None:
    """The owners learn what is missing."""
    _tell_owners(event.organisation_id, "organisation_asked", event.decision_id, "asked", note=event.note)


@subscribe(OrganisationRefused)
def tell_refused(event: OrganisationRefused) -> None:
    """The owners learn why."""
    _tell_owners(event.organisation_id, "organisation_refused", event.decision_id, "refused", note=event.note)


def _tell_owners(organisation_id: UUID, kind: str, decision_id: UUID, template: str, *, note: str) -> None:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        return
    _tell(
        people_in(organisation.id, Role.OWNER), organisation, f"{kind}:{decision_id}", kind,
        f"accounts/organisations/mail/{template}.txt", "organisations.show",
        {"name": organisation.name, "note": answer_words(note)},
    )  # fmt: skip


@subscribe(JoinRequested)
def tell_owners_of_request(event: JoinRequested) -> None:
    """The owners decide about somebody who asks."""
    membership = _membership(event.membership_id)
    if membership is None or membership.is_active:
        return
    _tell(
        people_in(membership.organisation_id, Role.OWNER), membership.organisation, f"join_requested:{membership.id}",
        "join_requested", "accounts/members/mail/asks.txt", "members.list",
        {"person": membership.user.name, "name": membership.organisation.name},
    )  # fmt: skip


@subscribe(MemberJoined)
def tell_member(event: MemberJoined) -> None:
    """The new member learns of it."""
    membership = _membership(event.membership_id)
    if membership is None or not membership.is_active:
        return
    _tell(
        [membership.user], membership.organisation, f"member_joined:{membership.id}", "member_joined",
        "accounts/members/mail/joined.txt", "organisations.show", {"name": membership.organisation.name},
    )  # fmt: skip


@subscribe(PasswordChanged)
def tell_password_changed(event: PasswordChanged) -> None:
    """Somebody else may have done it, so the person is told."""
    user = session.get(User, event.user_id)
    if user is None:
        return
    subject, body = render_mail(
        "accounts/people/mail/password_changed.txt", user.locale, name=user.name, url=absolute_link("people.forgot")
    )
    queue_mail(
        key=f"password_changed:{event.change_id}", recipient=user.email, locale=user.locale, subject=subject, body=body
    )


def _membership(membership_id: UUID) -> Membership | None:
    return session.scalars(
        select(Membership)
        .where(Membership.id == membership_id)
        .options(joinedload(Membership.user), joinedload(Membership.organisation))
    ).one_or_none()


def _tell(
    people: Sequence[User], organisation: Organisation, key: str, kind: str, template: str, endpoint: str,
    parameters: dict[str, Any],
) -> None:  # fmt: skip
    """A notice and a mail to each person, once per key."""
    for user in people:
        notify(user.id, organisation.id, kind, key, parameters, path_to(endpoint, organisation_id=organisation.id))
        link = absolute_link(endpoint, organisation_id=organisation.id)
        mail_to(user, key, template, user=user, organisation=organisation, url=link, **parameters)
