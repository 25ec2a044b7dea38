"""Who may do what with royalties (flows-market.md §2 "Roles"). Periods, reports and questions name both sides."""

from typing import Any

from app.accounts.models import Actor, Role
from app.core.policy import Rule, nobody, rule
from app.market.licences.policy import (
    is_party,
    licensee_finance,
    licensor_office,
    supervises,
)
from app.market.patents.policy import OFFICERS

__all__ = ["IncomePolicy", "RoyaltyPolicy"]

OFFICE = (*OFFICERS, Role.FINANCE)


@rule("owner, transfer officer, finance")
def licensor_income(actor: Actor, thing: Any) -> bool:
    """Sees all shares of the income of the organisation acted for."""
    return actor.acts_for(thing.licensor_id, *OFFICE)


@rule()
def inventor_of(actor: Actor, share: Any) -> bool:
    """An inventor whom a row of the shares names; only that row is shown."""
    return (
        actor.user_id is not None
        and actor.acts_for(share.licensor_id, Role.INVENTOR)
        and any(part.get("user_id") == str(actor.user_id) for part in share.parts)
    )


class RoyaltyPolicy:
    """One attribute per action on a period."""

    view: Rule = is_party | supervises
    report: Rule = licensee_finance
    question: Rule = licensor_office
    answer: Rule = licensee_finance
    credit: Rule = licensor_office
    run: Rule = nobody  # the timer alone


class IncomePolicy:
    """Shares of the income."""

    view: Rule = licensor_income | inventor_of
    view_all: Rule = licensor_income


@rule("owner, transfer officer, finance, inventor")
def income_reader(actor: Actor, _thing: Any) -> bool:
    """Has shares of the income to look at: the office of an organisation, and its inventors."""
    return not actor.is_operator and bool(actor.roles.intersection((*OFFICE, Role.INVENTOR)))
