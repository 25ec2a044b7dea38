"""Who may do what with licences (flows-market.md §2 "Roles")."""

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule
from app.market.licences.models import Licence
from app.market.patents.policy import OFFICERS


@rule()
def is_party(actor: Actor, licence: Licence) -> bool:
    """Acts for the licensor or the licensee."""
    return actor.acts_for(licence.licensor_id) or actor.acts_for(licence.licensee_id)


@rule()
def licensee(actor: Actor, licence: Licence) -> bool:
    return actor.acts_for(licence.licensee_id)


@rule("owner")
def licensee_owner(actor: Actor, licence: Licence) -> bool:
    return actor.acts_for(licence.licensee_id, Role.OWNER, Role.TRANSFER)


@rule("owner, finance")
def licensee_finance(actor: Actor, licence: Licence) -> bool:
    return actor.acts_for(licence.licensee_id, Role.OWNER, Role.FINANCE, Role.TRANSFER)


@rule("owner, transfer officer")
def licensor_officer(actor: Actor, licence: Licence) -> bool:
    return actor.acts_for(licence.licensor_id, *OFFICERS)


@rule("owner, transfer officer, finance")
def licensor_office(actor: Actor, licence: Licence) -> bool:
    return actor.acts_for(licence.licensor_id, *OFFICERS, Role.FINANCE)


@rule()
def supervises(actor: Actor, _licence: Licence) -> bool:
    """The operator's people."""
    return actor.operates()


@rule("verifier")
def mediates(actor: Actor, _licence: Licence) -> bool:
    """Mediates disputes and reviews what was recorded late."""
    return actor.operates(Role.VERIFIER)


class LicencePolicy:
    """One attribute per action."""

    view: Rule = is_party | supervises
    give_notice: Rule = licensee_owner
    pay: Rule = licensee_finance
    file: Rule = licensor_officer | licensee_finance
    report: Rule = licensee_finance
    question: Rule = licensor_office
    dispute: Rule = licensor_officer | licensee_owner
    mediate: Rule = mediates
