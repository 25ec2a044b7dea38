"""Who holds proceeds and lets them go."""

from app.core.policy import Rule
from app.settlement import policy


class ProceedsPolicy:
    """The institution or the operator proposes what owner and pledgee have agreed on; another person of the operator
    confirms it."""

    read: Rule = policy.operator_reader
    view: Rule = policy.provider_finance | policy.operator_reader
    known_to: Rule = policy.provider | policy.operator_staff
    hold: Rule = policy.settler
    propose: Rule = policy.provider_finance | policy.settler
    release: Rule = policy.settler
