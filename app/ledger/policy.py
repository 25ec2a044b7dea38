"""Who reads the books: the operator's settlement, its auditors and its owners."""

from typing import Any

from app.accounts.models import Actor, Role
from app.core.policy import Rule, rule


@rule("settlement, auditor")
def reader(actor: Actor, _thing: Any) -> bool:
    """May look at all accounts."""
    return actor.operates(Role.OWNER, Role.SETTLEMENT, Role.AUDITOR)


@rule("settlement, auditor")
def checker(actor: Actor, _thing: Any) -> bool:
    """May have the books checked, which changes nothing in them."""
    return actor.operates(Role.SETTLEMENT, Role.AUDITOR)


class LedgerPolicy:
    view: Rule = reader
    check: Rule = checker
