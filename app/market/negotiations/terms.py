"""What an offer says: price, term, territory, scope; whether it holds, and what it changes of the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import CURRENCY
from app.core.wording import one_line, paragraphs
from app.core.workdays import add_months
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.patents.models import Patent

LONGEST_TEXT = 4000
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one offer. Amounts in fen, rates in basis points; `term_months` None means to the expiry."""

    price_form: PriceForm = PriceForm.FREE
    lump_minor: int = 0
    upfront_minor: int = 0
    instalments: tuple[Mapping[str, int], ...] = ()  # {"months": 0, "minor": 1000000}
    rate: int = 0
    royalty_base: RoyaltyBase | None = None
    rate_steps: tuple[Mapping[str, int], ...] = ()  # {"from_minor": 0, "rate": 300}
    floor_minor: int | None = None
    cap_minor: int | None = None
    period_months: int = 12
    term_months: int | None = None
    territory: str = "CN"
    use_text: str = ""
    other_terms: str = ""


NAMES = tuple(field.name for field in fields(Terms))


def terms_of(thing: Any) -> Terms:
    """The terms of an offer or a declaration."""
    values = {name: getattr(thing, name) for name in NAMES}
    values["instalments"] = tuple(dict(part) for part in thing.instalments)
    values["rate_steps"] = tuple(dict(part) for part in thing.rate_steps)
    return Terms(**values)


def tidied(terms: Terms) -> Terms:
    """Only what the chosen form of price uses, texts without stray blanks: two ways of writing one offer are one."""
    form = terms.price_form
    royalty = form.has_royalty
    parts = sorted((int(p["months"]), int(p["minor"])) for p in terms.instalments)
    steps = sorted((int(s["from_minor"]), int(s["rate"])) for s in terms.rate_steps)
    return Terms(
        price_form=form,
        lump_minor=terms.lump_minor if form is PriceForm.LUMP_SUM else 0,
        upfront_minor=terms.upfront_minor if form is PriceForm.UPFRONT_ROYALTY else 0,
        instalments=tuple({"months": m, "minor": a} for m, a in parts) if form is PriceForm.INSTALMENTS else (),
        rate=terms.rate if royalty and not steps else 0,
        royalty_base=terms.royalty_base if royalty else None,
        rate_steps=tuple({"from_minor": f, "rate": r} for f, r in steps) if royalty else (),
        floor_minor=terms.floor_minor if royalty else None,
        cap_minor=terms.cap_minor if royalty else None,
        period_months=terms.period_months if royalty else 12,
        term_months=terms.term_months,
        territory=one_line(terms.territory) or "CN",
        use_text=paragraphs(terms.use_text),
        other_terms=paragraphs(terms.other_terms),
    )


def check_terms(terms: Terms, patent: Patent, day: date, *, is_transfer: bool = False) -> None:
    """Raise Invalid for a price that cannot be, or a term that outlives the patent (民法典 865).

    `terms` must be `tidied`. A transfer has no term and hands over the whole patent.
    """
    _check_price(terms)
    if terms.royalty_base is None and terms.price_form.has_royalty:
        raise Invalid(_l("Say what the royalty is a share of."), field="royalty_base")
    if not terms.use_text:
        raise Invalid(_l("Say what the patent will be used for."), field="use_text")
    if max(len(terms.use_text), len(terms.other_terms)) > LONGEST_TEXT:
        raise Invalid(_l("This text is too long."), field="other_terms")
    if terms.term_months is None:
        return
    if is_transfer:
        raise Invalid(_l("A transfer has no term: leave it empty."), field="term_months")
    if terms.term_months < 1 or terms.term_months > 12 * 20:
        raise Invalid(_l("A term is between 1 month and 20 years."), field="term_months")
    if add_months(day, terms.term_months) > patent.expires_on:
        raise Invalid(
            _l("The patent protects until %(day)s only; a licence cannot last longer.",
               day=patent.expires_on.isoformat()),
            code="beyond_expiry", field="term_months",
        )  # fmt: skip


def _check_price(terms: Terms) -> None:
    amounts = (terms.lump_minor, terms.upfront_minor, terms.floor_minor or 0, terms.cap_minor or 0)
    if min(amounts) < 0 or max(amounts) > 10**15:
        raise Invalid(_l("This amount cannot be."), field="lump_minor")
    if terms.price_form is PriceForm.LUMP_SUM and terms.lump_minor <= 0:
        raise Invalid(_l("Enter the fixed fee."), field="lump_minor")
    if terms.price_form is PriceForm.UPFRONT_ROYALTY and terms.upfront_minor <= 0:
        raise Invalid(_l("Enter the entry fee."), field="upfront_minor")
    if terms.price_form is PriceForm.INSTALMENTS:
        _check_instalments(terms.instalments)
    if not terms.price_form.has_royalty:
        return
    rates = [terms.rate, *(step["rate"] for step in terms.rate_steps)]
    if (not terms.rate_steps and terms.rate == 0) or min(rates) < 0 or max(rates) > WHOLE:
        raise Invalid(_l("A royalty is above 0 and at most 100 %."), field="rate")
    if terms.rate_steps and terms.rate_steps[0]["from_minor"] != 0:
        raise Invalid(_l("The first step begins at 0."), field="rate_steps")
    if terms.period_months not in {1, 3, 6, 12}:
        raise Invalid(_l("A period has 1, 3, 6 or 12 months."), field="period_months")
    if terms.cap_minor == 0 or (terms.cap_minor and terms.floor_minor and terms.floor_minor > terms.cap_minor):
        raise Invalid(_l("The most is above zero and not below the least."), field="cap_minor")


def _check_instalments(parts: Sequence[Mapping[str, int]]) -> None:
    months = [part["months"] for part in parts]
    if len(parts) < 2 or months[0] != 0 or len(set(months)) != len(months):
        raise Invalid(_l("Instalments: at least two, the first at once, each at its own time."), field="instalments")
    if any(part["minor"] <= 0 or part["months"] < 0 or part["months"] > 240 for part in parts):
        raise Invalid(_l("Each instalment is above zero and within 20 years."), field="instalments")


def changed_names(before: Terms, after: Terms) -> list[str]:
    """Which terms differ, in the order of the table."""
    return [name for name in NAMES if getattr(before, name) != getattr(after, name)]


def stored(terms: Terms) -> dict[str, Any]:
    """The terms as columns of an offer."""
    values = {name: getattr(terms, name) for name in NAMES}
    values["instalments"] = [dict(part) for part in terms.instalments]
    values["rate_steps"] = [dict(part) for part in terms.rate_steps]
    return {**values, "currency": CURRENCY}
