"""Reading a bank's list of transfers: any column order, Chinese or English headings, CSV or XLSX."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.accounts.models import Actor
from app.core.attempts import attempt
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import parse_money
from app.core.policy import ensure
from app.core.tabular import Limits, read_table
from app.core.wording import one_line
from app.settlement.bankfiles import Headings, day_of, places_of, rows_of
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.payments.policy import PaymentPolicy

HEADINGS: Headings = {
    "reference": ("reference", "bank reference", "流水号", "交易流水号", "交易参考号", "凭证号"),
    "booked_on": ("date", "booking date", "日期", "交易日期", "入账日期", "记账日期"),
    "payer_name": ("payer", "payer name", "付款人", "付款人名称", "付款户名", "对方户名", "对方名称"),
    "account_tail": ("account", "payer account", "account tail", "付款账号", "对方账号", "账号尾号", "尾号"),
    "amount": ("amount", "credit", "金额", "交易金额", "贷方金额", "收入金额", "收入", "贷方发生额"),
    "memo": ("memo", "remittance information", "附言", "摘要", "用途", "备注"),
}
REQUIRED = ("reference", "booked_on", "payer_name", "amount")
LIMITS = Limits(size=8 * 1024 * 1024, rows=20_000)


@dataclass(slots=True)
class BankImport:
    """What an import did. `faults` are (line, column as the file has it, sentence); good rows are kept."""

    created: int = 0
    unchanged: int = 0
    outgoing: int = 0
    matched: int = 0
    faults: list[tuple[int, str, object]] = field(default_factory=list)


def import_bank_file(actor: Actor, data: bytes, name: str) -> BankImport:
    """Record every incoming transfer of a bank's file and match it by memo code; outgoing rows are left out.

    The same file again changes nothing. Raises Invalid when the file is no table or lacks a needed column.
    """
    ensure(actor, PaymentPolicy.record, None)
    table = read_table(data, name, limits=LIMITS)
    outcome = BankImport()
    places = places_of(table, HEADINGS, REQUIRED)
    for line, row, problem in rows_of(table, places):
        if problem is not None:
            outcome.faults.append((line, "", problem))
            continue
        with attempt(even_denied=True) as tried:
            transfer = _transfer(row)
            if transfer is None:
                outcome.outgoing += 1
                continue
            recorded, is_new = record_transfer(actor, transfer)
        if tried.refusal is not None:
            place = places.get(tried.refusal.field or "")
            outcome.faults.append((line, "" if place is None else table.columns[place], tried.refusal.message))
            continue
        outcome.created += is_new
        outcome.unchanged += not is_new
        outcome.matched += is_new and match_transfer(actor, recorded) is not None
    return outcome


def _transfer(row: Mapping[str, str]) -> Transfer | None:
    """A row as a transfer; None for money that went out. Raises Invalid with the column at fault."""
    amount_text = row["amount"].strip()
    try:
        amount = parse_money(amount_text) if amount_text else None
    except ValueError:
        raise Invalid(_l("“%(text)s” is no amount.", text=amount_text), field="amount") from None
    if amount is None or amount.minor <= 0:
        return None
    reference, payer = one_line(row["reference"]), one_line(row["payer_name"])
    if not reference or len(reference) > 100:
        raise Invalid(_l("The bank’s reference is missing."), field="reference")
    if not payer or len(payer) > 200:
        raise Invalid(_l("The payer’s name is missing."), field="payer_name")
    account = "".join(sign for sign in row.get("account_tail", "") if sign.isalnum())
    memo = one_line(row.get("memo", ""))[:500]
    return Transfer(reference, day_of(row["booked_on"]), payer, account[-4:], amount, memo)
