"""Who takes money back: two different persons of the institution, or of the platform."""

from app.core.policy import Rule
from app.settlement import policy


class CreditPolicy:
    view: Rule = policy.provider_finance | policy.operator_reader
    issue: Rule = policy.provider_finance | policy.settler
    decide: Rule = policy.provider_finance | policy.settler
