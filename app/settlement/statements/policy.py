"""Who issues and reads statements and bills."""

from app.core.policy import Rule
from app.settlement import policy


class StatementPolicy:
    view: Rule = policy.provider_finance | policy.operator_reader
    known_to: Rule = policy.provider | policy.operator_reader
    issue: Rule = policy.provider_finance | policy.settler


class BillPolicy:
    view: Rule = policy.payer_finance | policy.operator_reader
    known_to: Rule = policy.payer | policy.operator_reader
    pay: Rule = policy.payer_finance


class MonthPolicy:
    close: Rule = policy.settler
    view: Rule = policy.operator_reader
