"""Who may look at figures (flows.md §3): an institution's members at theirs, the operator's people at all."""

from app.accounts.models import Actor, Organisation, OrganisationKind
from app.core.policy import Rule, rule


@rule()
def works_there(actor: Actor, organisation: Organisation | None) -> bool:
    """Any member of the institution whose figures they are."""
    return (
        organisation is not None
        and organisation.kind is OrganisationKind.INSTITUTION
        and actor.acts_for(organisation.id)
    )


@rule(needs="operator")
def operates(actor: Actor, _thing: object) -> bool:
    """The platform operator's people, in whatever role."""
    return actor.operates()


class StatisticsPolicy:
    institution: Rule = works_there
    operator: Rule = operates
