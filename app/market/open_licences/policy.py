"""Who may do what with declarations (flows-market.md §2 "Roles")."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.market.open_licences.models import OpenLicence
from app.market.patents.policy import OFFICERS


@rule()
def is_public(_actor: Actor, open_licence: OpenLicence) -> bool:
    """Everybody reads what is listed or announced."""
    return open_licence.is_public


@rule()
def belongs(actor: Actor, open_licence: OpenLicence) -> bool:
    """Any member of the patentee."""
    return actor.acts_for(open_licence.owner_id)


@rule("owner, transfer officer")
def manages(actor: Actor, open_licence: OpenLicence) -> bool:
    """Owner or transfer officer of the patentee."""
    return actor.acts_for(open_licence.owner_id, *OFFICERS)


@rule()
def supervises(actor: Actor, _open_licence: OpenLicence) -> bool:
    """The operator's people."""
    return actor.operates()


@rule("verifier")
def checks(actor: Actor, _open_licence: OpenLicence) -> bool:
    """Checks listings and records announcements for the operator."""
    return actor.operates(Role.VERIFIER)


class OpenLicencePolicy:
    """One attribute per action."""

    view: Rule = is_public | belongs | supervises
    view_draft: Rule = belongs | supervises
    edit: Rule = manages
    file: Rule = manages
    withdraw: Rule = manages
    object: Rule = belongs
    check: Rule = checks
    announce: Rule = checks
