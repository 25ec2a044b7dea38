"""Who sees, pays and ends fee notes."""

from app.core.policy import Rule
from app.settlement import policy


class FeeNotePolicy:
    """One attribute per action; issuing is for the slice whose fee it is, which has checked its own rules."""

    view: Rule = policy.payer | policy.provider_office | policy.operator_reader
    known_to: Rule = policy.party | policy.operator_reader
    read_refunds: Rule = policy.operator_reader
    pays: Rule = policy.payer
    pay: Rule = policy.payer_finance
    issue: Rule = policy.payer | policy.provider | policy.settler
    end: Rule = policy.payer | policy.provider | policy.settler
    refund: Rule = policy.settler
