"""The chart of accounts (money.md §5.3): which codes there are, on which side they stand, how low they may go."""

from dataclasses import dataclass
from uuid import UUID

from app.ledger.models import AccountKind

DEBIT, CREDIT = 1, -1


@dataclass(frozen=True, slots=True)
class AccountRule:
    """What every account of one code prefix is. `owned`: the part after the prefix is an organisation's id."""

    kind: AccountKind
    normal: int
    meaning: str
    floor: int | None = None
    owned: bool = False


_ASSET, _LIABILITY = AccountKind.ASSET, AccountKind.LIABILITY
_REVENUE, _EXPENSE, _EQUITY = AccountKind.REVENUE, AccountKind.EXPENSE, AccountKind.EQUITY

CHART: dict[str, AccountRule] = {
    "assets:psp": AccountRule(_ASSET, DEBIT, "money at a payment provider, negative after chargebacks"),
    "assets:in_transit": AccountRule(_ASSET, DEBIT, "a provider's payout on its way to the bank"),
    "assets:bank": AccountRule(_ASSET, DEBIT, "the custody account at the bank"),
    "assets:bank_unmatched": AccountRule(_ASSET, DEBIT, "incoming wires not yet matched (suspense)"),
    "assets:buyer_receivable": AccountRule(_ASSET, DEBIT, "what a customer owes", owned=True),
    "assets:seller_receivable": AccountRule(_ASSET, DEBIT, "what an institution owes back", floor=0, owned=True),
    "assets:disputed": AccountRule(_ASSET, DEBIT, "withdrawn while a dispute is open"),
    "liabilities:order_hold": AccountRule(_LIABILITY, CREDIT, "customer money held for one part", floor=0),
    "liabilities:seller_uncollected": AccountRule(
        _LIABILITY, CREDIT, "earned by an institution, not yet paid by the customer", owned=True
    ),
    "liabilities:seller_payable": AccountRule(
        _LIABILITY, CREDIT, "collected for an institution, not yet paid out", floor=0, owned=True
    ),
    "liabilities:payout_in_transit": AccountRule(_LIABILITY, CREDIT, "in a bank file", floor=0),
    "liabilities:refund_payable": AccountRule(_LIABILITY, CREDIT, "refund promised, not yet confirmed", floor=0),
    "liabilities:subsidy_fund": AccountRule(_LIABILITY, CREDIT, "a sponsor's voucher money", floor=0),
    "liabilities:subsidy_reserved": AccountRule(_LIABILITY, CREDIT, "voucher money reserved", floor=0),
    "liabilities:deposit": AccountRule(_LIABILITY, CREDIT, "rent deposits", floor=0),
    "liabilities:buyer_credit": AccountRule(_LIABILITY, CREDIT, "overpaid by a customer", floor=0, owned=True),
    "liabilities:output_vat": AccountRule(_LIABILITY, CREDIT, "VAT on the platform's commission"),
    "liabilities:withholding": AccountRule(_LIABILITY, CREDIT, "tax kept for institutions"),
    "revenue:commission": AccountRule(_REVENUE, CREDIT, "the platform's commission, net of VAT"),
    "revenue:fee_other": AccountRule(_REVENUE, CREDIT, "other income of the platform"),
    "expenses:psp_fee": AccountRule(_EXPENSE, DEBIT, "fees of payment providers"),
    "expenses:dispute_fee": AccountRule(_EXPENSE, DEBIT, "fees of disputes"),
    "expenses:bad_debt": AccountRule(_EXPENSE, DEBIT, "written off"),
    "expenses:promotion": AccountRule(_EXPENSE, DEBIT, "paid for promotion"),
    "equity:rounding": AccountRule(_EQUITY, DEBIT, "less than one minor unit a transaction"),
}

BANK_UNMATCHED = "assets:bank_unmatched"
COMMISSION = "revenue:commission"
OUTPUT_VAT = "liabilities:output_vat"


def rule_of(code: str) -> AccountRule:
    """The rule for an account code such as ``assets:bank:main``. Raises KeyError for a code outside the chart."""
    return CHART[":".join(code.split(":")[:2])]


def owner_of(code: str) -> UUID | None:
    """The organisation whose account this is, if the chart says that it belongs to one."""
    return UUID(code.rsplit(":", 1)[1]) if rule_of(code).owned else None


def bank(account: str = "custody") -> str:
    """Code of the account that mirrors one bank account."""
    return f"assets:bank:{account}"


def buyer_receivable(payer_id: UUID) -> str:
    """Code of what a customer owes."""
    return f"assets:buyer_receivable:{payer_id}"


def buyer_credit(payer_id: UUID) -> str:
    """Code of what a customer has paid too much."""
    return f"liabilities:buyer_credit:{payer_id}"


def seller_uncollected(provider_id: UUID) -> str:
    """Code of what an institution has earned and its customers have not yet paid."""
    return f"liabilities:seller_uncollected:{provider_id}"


def seller_payable(provider_id: UUID) -> str:
    """Code of what has been collected for an institution."""
    return f"liabilities:seller_payable:{provider_id}"


def seller_receivable(provider_id: UUID) -> str:
    """Code of what an institution owes back."""
    return f"assets:seller_receivable:{provider_id}"


def payout_in_transit(payout_id: UUID) -> str:
    """Code of one payout that is in a bank file."""
    return f"liabilities:payout_in_transit:{payout_id}"


def order_hold(thing_id: UUID) -> str:
    """Code of what is held for one thing, a fee note or a milestone."""
    return f"liabilities:order_hold:{thing_id}"


def refund_payable(thing_id: UUID) -> str:
    """Code of what has been promised back and is not yet carried out."""
    return f"liabilities:refund_payable:{thing_id}"
