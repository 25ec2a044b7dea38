"""Who pays out: one makes, another approves, both for the platform."""

from app.core.policy import Rule
from app.settlement import policy


class PayoutPolicy:
    view: Rule = policy.provider_finance | policy.operator_reader
    read_batches: Rule = policy.operator_reader
    make: Rule = policy.settler
    approve: Rule = policy.settler
    answer: Rule = policy.settler
