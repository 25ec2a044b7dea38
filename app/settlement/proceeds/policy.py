"""Who holds proceeds and lets them go."""

from app.core.policy import Rule
from app.settlement import policy


class ProceedsPolicy:
    """The operator decides on what owner and pledgee have agreed; the institution reads it on its statement."""

    read: Rule = policy.operator_reader
    view: Rule = policy.provider_finance | policy.operator_reader
    hold: Rule = policy.settler
    release: Rule = policy.settler
