"""Statements, bills and receipts as PDF and as workbooks, with the frozen names and sums of their issue."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core.clock import DEFAULT_ZONE
from app.core.db import session
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.templating import format_date, format_hours, format_money
from app.files.documents import Column, Sheet, amount_in_words_zh, render_pdf, workbook
from app.files.workbooks import Form
from app.settlement.interest import Stretch
from app.settlement.interests.queries import explained_lines
from app.settlement.interests.words import stretches_words
from app.settlement.payments.models import Payment
from app.settlement.payments.words import PAYMENT_SOURCES
from app.settlement.statements.models import Bill, Statement, StatementLine
from app.settlement.statements.queries import lines_of_bill, lines_of_statement
from app.settlement.words import CHARGE_KINDS

FOLDER = Path(__file__).resolve().parent.parent / "documents"


def statement_pdf(statement: Statement) -> bytes:
    """The statement as PDF in the reader's language."""
    rows = session.execute(lines_of_statement(statement.id)).all()
    party = statement.party
    data = {
        **common(statement, _("Monthly statement"), statement.issued_at.astimezone(DEFAULT_ZONE).date()),
        "heading": _("Statement for %(month)s", month=format_date(statement.month, "month")),
        "facts": [
            [_("Institution"), party["name"]],
            [_("Credit code"), party["code"]],
            [_("Paid to"), _account(party)],
            [_("Issued on"), statement.issued_at.astimezone(DEFAULT_ZONE).date().isoformat()],
        ],
        "sums": [
            [_("Charged to customers"), yuan_words(statement.gross_minor)],
            [_("Platform commission"), yuan_words(-statement.commission_minor)],
            [_("of which VAT in the commission"), yuan_words(statement.commission_tax_minor)],
            [_("of which VAT in the charges"), yuan_words(statement.tax_minor)],
            [_("Owed before"), yuan_words(statement.opening_minor)],
            [_("Paid out since"), yuan_words(-statement.paid_minor)],
            [_("Owed now"), yuan_words(statement.closing_minor)],
            [_("Uses"), str(statement.uses_count)],
        ],
        "total_word": _("For this month"),
        "total": statement.net_minor,
        "capitals": _capitals(statement.net_minor),
        "lines_word": _("Lines"),
        "head": _head(_("Customer")),
        "groups": _groups((line.description, line, line.payer_name, number) for line, number in rows),
        "remark": _("Each line is one transaction in the ledger. An issued statement is never changed; corrections "
                    "stand as credits in a later month."),
    }  # fmt: skip
    return render_pdf(FOLDER / "paper.typ", data, current_locale())


def bill_pdf(bill: Bill) -> bytes:
    """The bill as PDF, with all that the customer needs in order to pay."""
    rows = session.execute(lines_of_bill(bill.id)).all()
    data = {
        **common(bill, _("Bill"), bill.issued_at.astimezone(DEFAULT_ZONE).date()),
        "heading": _("Bill for %(month)s", month=format_date(bill.month, "month")),
        "facts": [
            [_("Customer"), bill.party["name"]],
            [_("Credit code"), bill.party["code"]],
            [_("Issued on"), bill.issued_at.astimezone(DEFAULT_ZONE).date().isoformat()],
            [_("Due on"), bill.due_on.isoformat()],
        ],
        "sums": [
            [_("Pay to"), bill.bank["bank_account_name"]],
            [_("Account"), bill.bank["bank_account"]],
            [_("Bank"), bill.bank["bank_name"]],
            [_("Memo"), bill.memo_code],
        ],
        "total_word": _("To be paid"),
        "total": bill.total_minor,
        "capitals": _capitals(bill.total_minor),
        "lines_word": _("Lines"),
        "head": _head(_("Instrument")),
        "groups": _groups((name, line, line.description, number) for line, _provider, name, number in rows),
        "remark": _("Write only the memo code %(code)s into the memo of your transfer, so that it is found at once. "
                    "VAT contained: %(tax)s. The institutions issue the invoices.",
                    code=bill.memo_code, tax=yuan_words(bill.tax_minor)),
    }  # fmt: skip
    return render_pdf(FOLDER / "paper.typ", data, current_locale())


def receipt_pdf(payment: Payment) -> bytes:
    """That money has come in, as PDF. The payment's payer, bill, fee note and transfer are loaded."""
    day = payment.created_at.astimezone(DEFAULT_ZONE).date()
    received = payment.amount_minor + payment.credit_minor
    data = {
        **common(payment, _("Receipt"), day),
        "heading": _("Receipt"),
        "facts": [
            [_("Received from"), payment.payer.name],
            [_("Credit code"), payment.payer.code],
            [_("Date"), day.isoformat()],
            [_("How"), str(PAYMENT_SOURCES[payment.source])],
            [_("Bill"), payment.bill.number if payment.bill else ""],
            [_("Fee note"), payment.fee_note.number if payment.fee_note else ""],
            [_("Used for"), payment.fee_note.subject_number if payment.fee_note else ""],
            [_("Bank’s reference"), payment.bank_line.reference if payment.bank_line else ""],
            [_("Held for the fee note") if not payment.bill and payment.fee_note else _("Pays the bill with"),
             yuan_words(payment.amount_minor)],
            [_("Kept as credit"), yuan_words(payment.credit_minor) if payment.credit_minor else ""],
        ],
        "total_word": _("Received"),
        "total": received,
        "capitals": _capitals(received),
        "remark": _("This receipt confirms a payment. It is not a tax invoice."),
    }  # fmt: skip
    return render_pdf(FOLDER / "receipt.typ", data, current_locale())


def statement_workbook(statement: Statement) -> bytes:
    """The statement's lines as XLSX."""
    columns = (
        Column(_("Date"), Form.DATE, 12), Column(_("Number"), width=18), Column(_("Instrument"), width=36),
        Column(_("Customer"), width=30), Column(_("Kind"), width=14), Column(_("Minutes"), Form.NUMBER, 10, True),
        Column(_("Amount, CNY"), Form.MONEY, 14, True), Column(_("Commission, CNY"), Form.MONEY, 14, True),
        Column(_("Net, CNY"), Form.MONEY, 14, True), Column(_("Ledger number"), width=14),
    )  # fmt: skip
    note = f"{statement.number} · {statement.party['name']} · {statement.month:%Y-%m}"
    sheet = Sheet(
        statement.number, columns, _statement_cells(statement), note=note, total_label=_("Total"), zone=DEFAULT_ZONE
    )
    return workbook([sheet], created=statement.issued_at)


def _statement_cells(statement: Statement) -> Iterator[tuple[Any, ...]]:
    for line, number in session.execute(lines_of_statement(statement.id).execution_options(yield_per=1000)):
        what = (line.subject_number, line.description, line.payer_name, str(CHARGE_KINDS[line.kind]), line.minutes)
        yield (line.used_on, *what, line.amount_minor, line.commission_minor, line.net_minor, ledger_number(number))


def bill_workbook(bill: Bill) -> bytes:
    """The bill's lines as XLSX."""
    columns = (
        Column(_("Date"), Form.DATE, 12), Column(_("Number"), width=18), Column(_("Institution"), width=30),
        Column(_("Instrument"), width=36), Column(_("Kind"), width=14), Column(_("Minutes"), Form.NUMBER, 10, True),
        Column(_("Amount, CNY"), Form.MONEY, 14, True), Column(_("VAT contained, CNY"), Form.MONEY, 14, True),
        Column(_("Ledger number"), width=14),
    )  # fmt: skip
    rows = (
        (line.used_on, line.subject_number, name, line.description, str(CHARGE_KINDS[line.kind]), line.minutes,
         line.amount_minor, line.tax_minor, ledger_number(number))
        for line, _provider, name, number in session.execute(lines_of_bill(bill.id))
    )  # fmt: skip
    note = f"{bill.number} · {bill.party['name']} · {bill.month:%Y-%m} · {_('Memo')} {bill.memo_code}"
    sheet = Sheet(bill.number, columns, rows, note=note, total_label=_("Total"), zone=DEFAULT_ZONE)
    return workbook([sheet], created=bill.issued_at)


def ledger_number(number: int) -> str:
    """How people quote a ledger transaction: ``T-000042``."""
    return f"T-{number:06d}"


def common(paper: Any, title: str, day: Any) -> dict[str, Any]:
    """What every paper carries at its edges."""
    return {"date": day, "title": title, "number": paper.number, "footer": _("Provincial Technology Market"),
            "subtotal_word": _("Subtotal")}  # fmt: skip


def _head(party: str) -> list[str]:
    return [_("Date"), _("Number"), party, _("Hours"), _("Amount, CNY"), _("Ledger number")]


def _groups(rows: Iterable[tuple[str, StatementLine, str, int]]) -> list[dict[str, Any]]:
    groups, found = [], list(rows)
    explained = explained_lines([line for _name, line, _party, _number in found])
    for name, members in groupby(found, key=lambda row: row[0]):
        lines = [(line, party, number) for _name, line, party, number in members]
        groups.append(
            {
                "name": name,
                "hours": format_hours(sum(line.minutes for line, _p, _n in lines)),
                "amount": sum(line.amount_minor for line, _p, _n in lines),
                "lines": [
                    {
                        "date": line.used_on.isoformat(), "number": line.subject_number,
                        "party": _party(party, line, explained),
                        "hours": format_hours(line.minutes) if line.minutes else "–", "amount": line.amount_minor,
                        "ledger": ledger_number(number),
                    }
                    for line, party, number in lines
                ],
            }
        )  # fmt: skip
    return groups


def _party(party: str, line: StatementLine, explained: Mapping[UUID, Sequence[Stretch]]) -> str:
    """The other side; of anything but a use also what it is, of interest how it is worked out."""
    kind = [] if line.kind == "use" else [str(CHARGE_KINDS[line.kind])]
    return " · ".join([party, *kind, *stretches_words(explained.get(line.charge_id, ()))])


def _account(party: dict[str, Any]) -> str:
    account = str(party.get("bank_account") or "")
    return _("%(bank)s, account ending in %(tail)s", bank=party["bank_name"], tail=account[-4:]) if account else ""


def _capitals(minor: int) -> str | None:
    return amount_in_words_zh(Money(minor)) if current_locale() == "zh_CN" else None


def yuan_words(minor: int) -> str:
    """An amount as papers show it."""
    return format_money(minor)
