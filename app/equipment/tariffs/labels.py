"""Prices in words: names and reasons of fee lines, and the price table of an instrument as pages show it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_date, format_hours, format_money
from app.equipment.tariffs.models import Tariff
from app.equipment.tariffs.operations import first_day
from app.equipment.tariffs.pricing import Line, LineKind, Quote
from app.equipment.tariffs.queries import PriceRow, price_rows
from app.equipment.tariffs.terms import ChargeBasis, PayerClass, TaxCategory, Terms

PAYER_CLASSES = {
    PayerClass.INTERNAL: _l("Own institution"),
    PayerClass.INSTITUTION: _l("Other institutions"),
    PayerClass.ENTERPRISE: _l("Enterprises"),
}
CHARGE_BASES = {
    ChargeBasis.GREATER: _l("The longer of booked and used time"),
    ChargeBasis.USED: _l("Used time"),
    ChargeBasis.BOOKED: _l("Booked time"),
}
TAX_CATEGORIES = {
    TaxCategory.TESTING_SERVICE: _l("Testing service, with operator or result"),
    TaxCategory.EQUIPMENT_HIRE: _l("Hire of the bare instrument"),
}


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One line as people read it; `amount` in fen."""

    name: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a price table as people read it: fen by class, None where it is not offered.

    `nothing` is the word in place of an amount of 0, when it has one.
    """

    name: str
    measure: str
    amounts: tuple[int | None, ...]
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """A price list ready to show; `mine` is the index of the column that the reader pays by."""

    classes: tuple[str, ...]
    rows: tuple[TableRow, ...]
    mine: int | None
    note: str


def fee_lines(quote: Quote) -> list[FeeLine]:
    """The lines of a quote with name and reason, for the macro `fee_lines`."""
    last = max((number for number, line in enumerate(quote.lines) if line.kind is LineKind.MACHINE_TIME), default=-1)
    return [
        FeeLine(_line_name(line, is_last=number == last), line.amount, _line_reason(line))
        for number, line in enumerate(quote.lines)
    ]


def tax_text(quote: Quote, rate: Decimal) -> str:
    """The sentence about the VAT inside a total."""
    if not rate:
        return str(_("Free of VAT"))
    return str(_("of which %(rate)s VAT %(tax)s", rate=percent(rate), tax=format_money(quote.tax)))


def percent(rate: Decimal) -> str:
    """``6%`` or ``6.5%``."""
    return f"{rate.normalize():f}%"


def price_table(tariff: Tariff, mine: PayerClass | None = None) -> PriceTable:
    """The price list of a tariff, with the column of `mine` marked when that class is offered a price."""
    terms = Terms.from_json(tariff.terms)
    offered = [payer for payer in PayerClass if payer in terms.classes]
    return PriceTable(
        classes=tuple(
            str(_("%(group)s (yours)", group=PAYER_CLASSES[payer]) if payer is mine else PAYER_CLASSES[payer])
            for payer in offered
        ),
        rows=tuple(
            TableRow(
                _row_name(row),
                _row_measure(row),
                tuple(row.amounts[payer] for payer in offered),
                _nothing(row),
            )
            for row in price_rows(terms)
        ),
        mine=offered.index(mine) if mine in offered else None,
        note=_note(tariff, terms),
    )


def validity(tariff: Tariff) -> str:
    """From when until when a tariff holds, in words; the last day named is one on which it holds."""
    begin = format_date(first_day(tariff), "short")
    if tariff.valid.upper is None:
        return str(_("from %(day)s", day=begin))
    return f"{begin} – {format_date(tariff.valid.upper - timedelta(days=1), 'short')}"


def _note(tariff: Tariff, terms: Terms) -> str:
    parts = [
        str(_("Unit: yuan, %(rate)s VAT included.", rate=percent(terms.vat_rate)))
        if terms.vat_rate
        else str(_("Unit: yuan, free of VAT.")),
        str(_("Time is rounded up to %(step)s.", step=format_hours(terms.rounding_minutes))),
        str(_("Charged: %(basis)s.", basis=CHARGE_BASES[terms.charge_basis])),
    ]
    parts.append(
        str(
            _(
                "Valid from %(day)s, approval %(number)s.",
                day=format_date(first_day(tariff), "short"),
                number=tariff.approval_no,
            )
        )
        if tariff.approval_no
        else str(_("Valid from %(day)s.", day=format_date(first_day(tariff), "short")))
    )
    return _joined(parts)


def _joined(sentences: list[str]) -> str:
    """Sentences one after the other: with a blank only where the language has one."""
    return "".join(
        sentence if sentence.endswith("。") or number == len(sentences) - 1 else f"{sentence} "
        for number, sentence in enumerate(sentences)
    )


def time_name(begin: int, end: int | None, *, is_last: bool = False) -> str:
    """What a tier is called: first hour, 1 h to 3 h, after that."""
    if begin == 0 and (end is None or is_last):
        return str(_("Machine time"))
    if begin == 0:
        return str(_("Machine time, first %(length)s", length=format_hours(end)))
    if end is None or is_last:
        return str(_("Machine time, after that"))
    return str(_("Machine time, %(begin)s to %(end)s", begin=format_hours(begin), end=format_hours(end)))


def _line_name(line: Line, *, is_last: bool) -> str:
    if line.kind is LineKind.MACHINE_TIME:
        return time_name(line.from_minutes or 0, line.upto_minutes, is_last=is_last and line.upto_minutes is None)
    names = {
        LineKind.START_UP: _("Start-up fee"),
        LineKind.OPERATOR: _("Operator’s time"),
        LineKind.MINIMUM_TOP_UP: _("Up to the minimum charge"),
    }
    return str(names.get(line.kind, line.name))


def _line_reason(line: Line) -> str:
    if line.kind is LineKind.START_UP:
        return str(_("once a use"))
    if line.kind is LineKind.MINIMUM_TOP_UP:
        return str(_("minimum charge %(amount)s", amount=format_money(line.unit_price)))
    if line.kind is LineKind.CONSUMABLE:
        return f"{line.quantity}\u00a0{line.unit} × {format_money(line.unit_price)}"
    return f"{format_hours(line.quantity)} × {format_money(line.unit_price)}"


def _row_name(row: PriceRow) -> str:
    if row.kind == "machine_time":
        return time_name(row.from_minutes, row.upto_minutes)
    names = {"start_up": _("Start-up fee"), "operator": _("Operator’s time"), "minimum": _("Minimum charge")}
    return str(names.get(row.kind, row.name))


def _nothing(row: PriceRow) -> str:
    if row.kind == "operator":
        return str(_("included"))
    return "–" if row.kind in {"start_up", "minimum"} else ""


def _row_measure(row: PriceRow) -> str:
    if row.kind in {"machine_time", "operator"}:
        return str(_("per hour"))
    return row.unit if row.kind == "consumable" else str(_("per use"))
