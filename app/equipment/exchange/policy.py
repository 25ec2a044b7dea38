"""Who may import and export an institution's instruments (flows.md §3)."""

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.policy import rule


@rule("owner / manager")
def manager(actor: Actor, organisation: Organisation) -> bool:
    """Writes the institution's instruments."""
    return organisation.kind is OrganisationKind.INSTITUTION and actor.acts_for(
        organisation.id, Role.OWNER, Role.MANAGER
    )


@rule("owner / manager / technician / finance")
def member(actor: Actor, organisation: Organisation) -> bool:
    """Belongs to the institution."""
    return organisation.kind is OrganisationKind.INSTITUTION and actor.acts_for(organisation.id)


class ExchangePolicy:
    """Permissions on an institution as the owner of a list of instruments."""

    view = member
    export = member
    import_ = manager
