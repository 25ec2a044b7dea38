"""The names of accounts and of their kinds."""

from app.core.i18n import lazy_gettext as _l
from app.ledger.models import AccountKind

KIND_NAMES = {
    AccountKind.ASSET: _l("Assets"),
    AccountKind.LIABILITY: _l("Liabilities"),
    AccountKind.REVENUE: _l("Income"),
    AccountKind.EXPENSE: _l("Expenses"),
    AccountKind.EQUITY: _l("Equity"),
}
ACCOUNT_NAMES = {
    "assets:psp": _l("Money at payment providers"),
    "assets:in_transit": _l("Payment providers’ transfers on their way"),
    "assets:bank": _l("Custody account at the bank"),
    "assets:bank_unmatched": _l("Transfers not matched yet"),
    "assets:buyer_receivable": _l("Owed by the customer"),
    "assets:seller_receivable": _l("Owed back by the institution"),
    "assets:disputed": _l("Withdrawn in disputes"),
    "liabilities:order_hold": _l("Held for an order"),
    "liabilities:seller_uncollected": _l("Earned by the institution, not yet paid"),
    "liabilities:seller_payable": _l("Collected for the institution"),
    "liabilities:payout_in_transit": _l("Payout at the bank"),
    "liabilities:refund_payable": _l("Refunds promised"),
    "liabilities:subsidy_fund": _l("Voucher money"),
    "liabilities:subsidy_reserved": _l("Voucher money reserved"),
    "liabilities:deposit": _l("Deposits"),
    "liabilities:buyer_credit": _l("The customer’s credit"),
    "liabilities:output_vat": _l("VAT on the commission"),
    "liabilities:withholding": _l("Tax withheld"),
    "revenue:commission": _l("Commission"),
    "revenue:fee_other": _l("Other income of the platform"),
    "expenses:psp_fee": _l("Fees of payment providers"),
    "expenses:dispute_fee": _l("Fees of disputes"),
    "expenses:bad_debt": _l("Written off"),
    "expenses:promotion": _l("Promotion"),
    "equity:rounding": _l("Rounding differences"),
}


def account_name(code: str) -> object:
    """What an account is, by its code, e.g. of ``assets:bank:custody``."""
    return ACCOUNT_NAMES[":".join(code.split(":")[:2])]
