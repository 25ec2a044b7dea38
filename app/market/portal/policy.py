"""Who registers an interest and who reads them."""

from app.accounts.models import Actor, OrganisationKind
from app.core.policy import Rule, rule
from app.market.patents.models import Patent
from app.market.patents.policy import OFFICERS
from app.market.portal.models import Interest


@rule()
def is_outsider(actor: Actor, patent: Patent) -> bool:
    """Anybody who acts for an organisation or as a private person, but for the patentee and the operator."""
    organisation = actor.organisation
    if organisation is None or organisation.kind is OrganisationKind.OPERATOR:
        return False
    return organisation.id != patent.owner_id


@rule("owner, transfer officer")
def answers(actor: Actor, interest: Interest) -> bool:
    """Owner or transfer officer of the patentee."""
    return actor.acts_for(interest.owner_id, *OFFICERS)


class PortalPolicy:
    """One attribute per action."""

    register_interest: Rule = is_outsider
