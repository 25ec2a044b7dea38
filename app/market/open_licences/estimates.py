"""What a licence may cost: a range with its basis, after CNIPA's 专利开放许可使用费估算指引(试行) of October 2022.

Earlier licences of the patent and figures of its industry count half each; four factors move the middle; because
anybody may take the licence, one costs less than a licence for a single firm. It advises, nobody is bound by it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import round_half_up
from app.core.templating import format_money
from app.market.open_licences.models import FigureKind, IndustryFigure, PriceForm, RoyaltyBase
from app.market.open_licences.wording import per_cent
from app.market.patents.models import Patent
from app.market.settings import settings

FACTORS = ("legal", "technical", "market", "strategic")
FACTOR_NAMES = {
    "legal": _l("Legal"), "technical": _l("Technical"), "market": _l("Market"), "strategic": _l("Strategic"),
}  # fmt: skip
MOST = 20  # per cent that one factor may move
BASES = {RoyaltyBase.NET_SALES: FigureKind.SALES_RATE, RoyaltyBase.PROFIT: FigureKind.PROFIT_RATE}


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier licence of the patent cost, in fen or basis points by kind."""

    kind: FigureKind
    value: int
    year: int


@dataclass(frozen=True, slots=True)
class Line:
    """One reason of an estimate, ready to be shown."""

    name: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range in fen or basis points, with its reasons; `is_illustrative` when it rests on made-up figures."""

    kind: FigureKind
    low: int
    middle: int
    high: int
    lines: tuple[Line, ...]
    is_illustrative: bool

    def words(self, value: int) -> str:
        """A value of this kind as it is shown."""
        return words(self.kind, value)


_sources: list[Callable[[UUID], Sequence[Earlier]]] = []


def register_earlier(source: Callable[[UUID], Sequence[Earlier]]) -> None:
    """Let the slice that keeps licences tell what earlier ones of a patent cost."""
    if source not in _sources:
        _sources.append(source)


def words(kind: FigureKind, value: int) -> str:
    """Fen as money, basis points as a share."""
    return format_money(value) if kind is FigureKind.LUMP_SUM else per_cent(value)


def kind_for(form: PriceForm, base: RoyaltyBase | None) -> FigureKind | None:
    """Which figures speak about a price form; None for a free licence and a share of the added output value."""
    if form is PriceForm.FREE:
        return None
    return BASES.get(base or RoyaltyBase.NET_SALES) if form.has_royalty else FigureKind.LUMP_SUM


def industry_figure(industry: str, kind: FigureKind) -> IndustryFigure | None:
    """The latest figure of the narrowest class that has one: C3974, then C397, C39 and the section C."""
    codes = [industry[:length] for length in range(len(industry), 0, -1)]
    found = session.scalars(
        select(IndustryFigure).where(IndustryFigure.industry.in_(codes), IndustryFigure.kind == kind)
    ).all()
    return max(found, key=lambda one: (len(one.industry), one.year), default=None)


def estimates(patent: Patent, factors: Mapping[str, int]) -> dict[FigureKind, Estimate]:
    """The range of each kind that anything is known of. Factors are per cents from -20 to 20, others are clipped."""
    earlier = [one for source in _sources for one in source(patent.id)]
    known = ((kind, [one for one in earlier if one.kind is kind]) for kind in FigureKind)
    found = ((kind, _estimate(patent, kind, factors, prices)) for kind, prices in known)
    return {kind: one for kind, one in found if one is not None}


def estimate(patent: Patent, kind: FigureKind, factors: Mapping[str, int]) -> Estimate | None:
    """The range of one kind for a patent; None when nothing is known."""
    return estimates(patent, factors).get(kind)


def _estimate(
    patent: Patent, kind: FigureKind, factors: Mapping[str, int], earlier: Sequence[Earlier]
) -> Estimate | None:
    figure = industry_figure(patent.industry, kind)
    if not earlier and figure is None:
        return None
    past = Fraction(sum(one.value for one in earlier), len(earlier)) if earlier else None
    known = [each for each in (past, Fraction(figure.median) if figure else None) if each is not None]
    base = sum(known, Fraction(0)) / len(known)
    moved = {name: max(-MOST, min(MOST, int(factors.get(name, 0)))) for name in FACTORS}
    factor = Fraction(100 + sum(moved.values()), 100)
    shared = Fraction(settings.number("one_to_many_percent"), 100)
    middle = base * factor * shared
    spread = Fraction(settings.number("estimate_spread_percent"), 100)
    lines = (*_past_line(kind, earlier, past), *_figure_line(kind, figure), *_factor_lines(moved, factor, shared))
    return Estimate(
        kind, round_half_up(middle * (1 - spread)), round_half_up(middle), round_half_up(middle * (1 + spread)),
        lines, figure is not None and figure.is_illustrative,
    )  # fmt: skip


def _past_line(kind: FigureKind, earlier: Sequence[Earlier], past: Fraction | None) -> list[Line]:
    if past is None:
        return []
    years = sorted({one.year for one in earlier})
    period = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
    reason = _("mean of %(count)s, %(years)s", count=len(earlier), years=period)
    return [Line(_("Earlier licences of this patent"), words(kind, round_half_up(past)), reason)]


def _figure_line(kind: FigureKind, figure: IndustryFigure | None) -> list[Line]:
    if figure is None:
        return []
    name = _("Industry %(code)s, %(year)s", code=figure.industry, year=figure.year)
    reason = _(
        "median of %(count)s, eight in ten between %(low)s and %(high)s; %(source)s",
        count=figure.cases, low=words(kind, figure.low), high=words(kind, figure.high), source=figure.source,
    )  # fmt: skip
    return [Line(name, words(kind, figure.median), reason)]


def _factor_lines(moved: Mapping[str, int], factor: Fraction, shared: Fraction) -> list[Line]:
    said = _(", ").join(f"{FACTOR_NAMES[name]} {_signed(value)}" for name, value in moved.items())
    return [
        Line(_("Four factors"), f"× {_decimal(factor)}", said),
        Line(_("One to many"), f"× {_decimal(shared)}", _("anybody may take it, so one costs less")),
    ]


def _signed(value: int) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value)}"


def _decimal(share: Fraction) -> str:
    hundredths = round_half_up(share * 100)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def basis_note(found: Estimate) -> str:
    """The note on the basis that goes with a price, in the reader's language: at most 2,000 characters."""
    reasons = _("; ").join(f"{line.name} {line.value}（{line.reason}）" for line in found.lines)
    note = _(
        "Range %(low)s to %(high)s: %(reasons)s.",
        low=found.words(found.low), high=found.words(found.high), reasons=reasons,
    )  # fmt: skip
    return note[:2000]


def as_json(found: Estimate, factors: Mapping[str, int]) -> dict[str, Any]:
    """What is kept with the declaration of how its price was found."""
    return {
        "kind": found.kind.value, "low": found.low, "middle": found.middle, "high": found.high,
        "factors": dict(factors), "lines": [[line.name, line.value, line.reason] for line in found.lines],
        "is_illustrative": found.is_illustrative,
    }  # fmt: skip
