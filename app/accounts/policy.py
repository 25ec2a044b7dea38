"""Who may do what with people, organisations and memberships (flows.md §3)."""

from typing import Any

from app.accounts.models import Actor, Role
from app.core.policy import rule


@rule()
def own(actor: Actor, thing: Any) -> bool:
    """The thing belongs to the person: a session, a token."""
    return actor.user_id is not None and thing.user_id == actor.user_id


@rule()
def member(actor: Actor, organisation: Any) -> bool:
    """The person acts for the organisation."""
    return actor.acts_for(organisation.id)


@rule("owner")
def owner(actor: Actor, organisation: Any) -> bool:
    """The person acts for the organisation as an owner."""
    return actor.acts_for(organisation.id, Role.OWNER)


@rule("owner")
def owner_of_its_organisation(actor: Actor, thing: Any) -> bool:
    """The person owns the organisation to which a membership or invitation belongs."""
    return actor.acts_for(thing.organisation_id, Role.OWNER)


@rule()
def member_of_its_organisation(actor: Actor, thing: Any) -> bool:
    """The person acts for the organisation to which a membership or invitation belongs."""
    return actor.acts_for(thing.organisation_id)


@rule("operator")
def any_operator(actor: Actor, _thing: Any) -> bool:
    """The person works for the operator, in whatever role."""
    return actor.operates()


@rule("verifier")
def verifier(actor: Actor, _thing: Any) -> bool:
    """The person verifies organisations for the operator."""
    return actor.operates(Role.VERIFIER)


@rule("auditor")
def auditor(actor: Actor, _thing: Any) -> bool:
    """The person reads the audit log for the operator."""
    return actor.operates(Role.AUDITOR)


@rule("owner")
def platform_owner(actor: Actor, _thing: Any) -> bool:
    """The person answers for the platform's settings."""
    return actor.operates(Role.OWNER)


class OrganisationPolicy:
    """An organisation is known to its members and to the operator."""

    view = member | any_operator
    edit = owner
    manage_members = owner
    see_members = member | any_operator  # names and duties, so that one knows whom to ask
    see_contacts = owner | any_operator  # addresses, and who asks to join
    see_account = owner | any_operator
    verify = verifier


class MembershipPolicy:
    """Owners decide who belongs; everybody may leave."""

    manage = owner_of_its_organisation
    leave = own
    known_to = member_of_its_organisation


class OperatorPolicy:
    """What only the operator's people see."""

    queue = any_operator
    audit = auditor | platform_owner
    settings = platform_owner
    see_settings = any_operator
