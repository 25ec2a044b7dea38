"""Who may see and write patents (flows-market.md §2 "Roles")."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.market.patents.models import Patent

OFFICERS = (Role.OWNER, Role.TRANSFER)


@rule()
def is_in_portfolio(_actor: Actor, patent: Patent) -> bool:
    """Everybody sees what its owner has published."""
    return patent.is_published


@rule()
def belongs(actor: Actor, patent: Patent) -> bool:
    """Any member of the organisation that keeps the patent."""
    return actor.acts_for(patent.owner_id)


@rule("owner, transfer officer")
def manages(actor: Actor, patent: Patent) -> bool:
    """Owner or transfer officer of the organisation that keeps the patent."""
    return actor.acts_for(patent.owner_id, *OFFICERS)


@rule("owner, transfer officer, finance")
def pays(actor: Actor, patent: Patent) -> bool:
    """Who sees to the annuities."""
    return actor.acts_for(patent.owner_id, *OFFICERS, Role.FINANCE)


@rule()
def supervises(actor: Actor, _patent: Patent) -> bool:
    """The operator's people see what is not published too."""
    return actor.operates()


class PatentPolicy:
    """One attribute per action."""

    view: Rule = is_in_portfolio | belongs | supervises
    view_private: Rule = belongs | supervises
    edit: Rule = manages
    publish: Rule = manages
    record_annuity: Rule = pays
