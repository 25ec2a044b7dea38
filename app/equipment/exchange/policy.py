"""Who may import and export an institution's instruments (flows.md §3)."""

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.policy import rule
from app.equipment.exchange.models import ImportDraft


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


@rule("owner / manager")
def imports_for(actor: Actor, draft: ImportDraft) -> bool:
    """Writes the instruments of the institution that a draft is for."""
    return actor.acts_for(draft.organisation_id, Role.OWNER, Role.MANAGER)


@rule()
def belongs_to(actor: Actor, draft: ImportDraft) -> bool:
    """Belongs to the institution that a draft is for."""
    return actor.acts_for(draft.organisation_id)


class DraftPolicy:
    """Permissions on an uploaded list."""

    view = belongs_to
    use = imports_for


class ExchangePolicy:
    """Permissions on an institution as the owner of a list of instruments."""

    view = member
    export = member
    import_ = manager
