"""How long a patent protects, and its annuities: due, late, lapsed (专利法 art. 42; 实施细则 rules 5, 114, 115)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from app.core.money import Money, round_half_up
from app.core.workdays import add_months, working_day_from
from app.market.patents.models import LegalStatus, Patent, PatentKind
from app.market.settings import settings

_TARIFF = {
    PatentKind.INVENTION: "invention",
    PatentKind.PCT_INVENTION: "invention",
    PatentKind.UTILITY_MODEL: "utility_model",
    PatentKind.PCT_UTILITY_MODEL: "utility_model",
    PatentKind.DESIGN: "design",
}


def years_of(kind: PatentKind, filed_on: date) -> int:
    """Years of protection: 20, 10 and 15 by default; designs filed before 2021-06-01 have 10."""
    if kind is PatentKind.DESIGN and filed_on < date.fromisoformat(str(settings["design_fifteen_since"])):
        return 10
    return settings.number(f"years_{_TARIFF[kind]}")


def expiry(kind: PatentKind, filed_on: date) -> date:
    """The first day on which a patent protects no more, counted from the day of filing."""
    return add_months(filed_on, 12 * years_of(kind, filed_on))


class AnnuityState(StrEnum):
    """What becomes of a patent's annuities on a day."""

    PAID = "paid"  # 已缴
    LATE = "late"  # 滞纳期
    LAPSED = "lapsed"  # 已过滞纳期: the right has ended
    NONE = "none"  # nothing is due any more, or not yet


@dataclass(frozen=True, slots=True)
class Annuity:
    """One year's annuity in fen. `year` counts from 1; it is paid at the latest on `due_on`, as its year begins."""

    year: int
    full_minor: int
    due_on: date
    late_until: date

    def surcharge_minor(self, day: date) -> int:
        """What is added when it is paid on a day: 5 % of the full annuity for each month that is exceeded.

        The last month is never exceeded: where it ends on a holiday it ends on the working day after (rule 5).
        """
        months = sum(day > add_months(self.due_on, count) for count in range(1, settings.number("late_months")))
        return round_half_up(Fraction(self.full_minor * months * settings.number("late_percent"), 100))


def full_annuity(kind: PatentKind, year: int) -> Money:
    """The full annuity of a year by the table in the settings. Raises KeyError for a year outside of it."""
    for part in str(settings[f"annuities_{_TARIFF[kind]}"]).split():
        years, yuan = part.split(":")
        first, last = (int(number) for number in years.split("-"))
        if first <= year <= last:
            return Money(int(yuan) * 100)
    raise KeyError(f"no annuity for year {year}")


def annuity(patent: Patent, year: int) -> Annuity:
    """One year's annuity of a patent."""
    due_on = add_months(patent.filed_on, 12 * (year - 1))
    return Annuity(
        year,
        full_annuity(patent.kind, year).minor,
        working_day_from(due_on),
        working_day_from(add_months(due_on, settings.number("late_months"))),
    )


def schedule(patent: Patent) -> list[Annuity]:
    """All annuities of a patent, from its first year to its last; none while the day of filing is not known."""
    if patent.lacks_dates:
        return []
    return [annuity(patent, year) for year in range(1, years_of(patent.kind, patent.filed_on) + 1)]


def next_annuity(patent: Patent) -> Annuity | None:
    """The first one that is not paid; None when the term has no further year, or the day of filing is not known."""
    if patent.lacks_dates:
        return None
    year = patent.annuity_paid_through + 1
    return annuity(patent, year) if year <= years_of(patent.kind, patent.filed_on) else None


def annuity_state(patent: Patent, day: date) -> AnnuityState:
    """Whether the annuities of a patent are paid on a day; the late period counts as not paid (rule 86 (3))."""
    if patent.legal_status is LegalStatus.PENDING:
        return AnnuityState.NONE
    due = next_annuity(patent)
    if due is None or day >= patent.expires_on:
        return AnnuityState.NONE
    if day <= due.due_on:
        return AnnuityState.PAID
    return AnnuityState.LATE if day <= due.late_until else AnnuityState.LAPSED
