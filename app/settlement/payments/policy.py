"""Who handles incoming money."""

from app.core.policy import Rule
from app.settlement import policy


class PaymentPolicy:
    view: Rule = policy.payer_finance | policy.operator_reader
    known_to: Rule = policy.payer | policy.operator_reader
    read_bank: Rule = policy.operator_reader
    record: Rule = policy.settler
    assign: Rule = policy.settler
    use_credit: Rule = policy.payer_finance | policy.settler
    undo: Rule = policy.settler
