"""What people say of a patent, completed by what follows from it, and everything that cannot be (flows-market.md §1a).

Pure: it knows no database, so that the form, the list and the command refuse alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict
from uuid import UUID

from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_number
from app.market.patents.models import WHOLE, Conclusion, LegalStatus, PatentKind
from app.market.patents.numbers import PatentNumber
from app.market.patents.terms import expiry, years_of
from app.market.patents.words import KIND_NAMES

LONGEST_LINE = 300
LONGEST_TEXT = 20_000
PROSE = ("abstract", "use_text")
LINES = (
    "title", "title_en", "products", "industry", "publication_no", "family", "report_no", "registered_holders",
    "region", "contact_name", "contact_phone", "contact_email",
)  # fmt: skip
DATES = ("filed_on", "granted_on", "expires_on", "report_on", "register_checked_on")
SCALARS = (*LINES, *PROSE, *DATES, "kind", "ipc", "locarno", "legal_status", "annuity_paid_through", "conclusion")


@dataclass(frozen=True, slots=True)
class HolderValues:
    """One patentee; `share` in basis points."""

    name: str
    share: int
    code: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class InventorValues:
    """One inventor; `share` in basis points of what goes to the inventors, 0 while nobody has agreed on one.

    `user_id` is the account of a member in the role of an inventor, who then sees the own income.
    """

    name: str
    share: int = 0
    department: str = ""
    user_id: UUID | None = None


class PatentValues(TypedDict, total=False):
    """What may be said of a patent. What is left out stays as it is, or follows from number and dates."""

    number: str
    kind: PatentKind
    title: str
    title_en: str
    abstract: str
    use_text: str
    products: str
    industry: str
    ipc: list[str]
    locarno: list[str]
    publication_no: str
    family: str
    filed_on: date | None
    granted_on: date | None
    expires_on: date | None
    legal_status: LegalStatus
    annuity_paid_through: int
    report_no: str
    report_on: date | None
    conclusion: Conclusion
    registered_holders: str
    register_checked_on: date | None
    region: str
    contact_name: str
    contact_phone: str
    contact_email: str
    holders: Sequence[HolderValues]
    inventors: Sequence[InventorValues]


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be: the field, a stable code for machines, a lazy sentence for people."""

    field: str
    code: str
    sentence: object


def equal_shares(count: int) -> list[int]:
    """The whole in equal parts, what cannot be divided with the first: where nothing was agreed (民法典 art. 309)."""
    part = WHOLE // count
    return [WHOLE - part * (count - 1), *[part] * (count - 1)]


def completed(values: Mapping[str, Any], number: PatentNumber, owner_name: str, day: date) -> dict[str, Any]:
    """The values with what follows: kind and patentee where not said, expiry from kind and filing, legal status.

    A stated expiry stays as it was stated, for `faults` to compare it.
    """
    full = dict(values)
    full.setdefault("kind", PatentKind(number.kind))
    if not full.get("holders"):
        full["holders"] = [HolderValues(owner_name, WHOLE)]
    if full.get("filed_on") and not full.get("expires_on"):
        full["expires_on"] = expiry(full["kind"], full["filed_on"])
    if not full.get("legal_status"):
        full["legal_status"] = status_by_dates(full, day)
    return full


def merged(
    before: Mapping[str, Any], said: Mapping[str, Any], number: PatentNumber, owner_name: str, day: date
) -> dict[str, Any]:
    """What a change makes of what was there: the expiry and the status follow the dates unless they are stated."""
    full = {**before, **said}
    dated = any(name in said and said[name] != before[name] for name in ("filed_on", "kind"))
    if dated and not said.get("expires_on") and full["filed_on"]:
        full["expires_on"] = expiry(full["kind"], full["filed_on"])
    if "filed_on" in said and not said["filed_on"] and not said.get("expires_on"):
        full["expires_on"] = None
    if before["legal_status"] is LegalStatus.PENDING and "legal_status" not in said:
        full["legal_status"] = None
    return completed(full, number, owner_name, day)


def status_by_dates(values: Mapping[str, Any], day: date) -> LegalStatus:
    """What the dates say when nobody else does."""
    if not (values.get("granted_on") and values.get("filed_on")):
        return LegalStatus.PENDING
    return LegalStatus.EXPIRED if values["expires_on"] <= day else LegalStatus.IN_FORCE


def faults(values: Mapping[str, Any], number: PatentNumber, owner_names: Sequence[str], day: date) -> Iterator[Fault]:
    """Everything that cannot be in completed values. `owner_names` are those by which the owner may be registered."""
    if not values.get("title"):
        yield Fault("title", "empty", _l("This cannot be empty."))
    yield from _lengths(values)
    yield from _kinds(values, number)
    yield from _dates(values, number, day)
    yield from _reports(values, day)
    yield from _people(values, owner_names)


def _lengths(values: Mapping[str, Any]) -> Iterator[Fault]:
    for name in (*LINES, *PROSE):
        most = LONGEST_TEXT if name in PROSE else LONGEST_LINE
        if len(values.get(name) or "") > most:
            yield Fault(name, "too_long", _l("At most %(most)s characters.", most=most))


def _kinds(values: Mapping[str, Any], number: PatentNumber) -> Iterator[Fault]:
    kind: PatentKind = values["kind"]
    if kind.value != number.kind:
        sentence = _l(
            "The number is that of another kind: %(named)s, not %(stated)s.",
            named=KIND_NAMES[PatentKind(number.kind)],
            stated=KIND_NAMES[kind],
        )
        yield Fault("kind", "kind", sentence)
    if kind.is_design and values.get("ipc"):
        yield Fault("ipc", "classes", _l("Designs are classed by Locarno, not by IPC."))
    if not kind.is_design and values.get("locarno"):
        yield Fault("locarno", "classes", _l("Only designs are classed by Locarno."))
    if not 0 <= (values.get("annuity_paid_through") or 0) <= 20:
        yield Fault("annuity_paid_through", "annuity", _l("A year of the patent, 0 to 20."))
    elif values.get("filed_on") and (values.get("annuity_paid_through") or 0) > years_of(kind, values["filed_on"]):
        years = years_of(kind, values["filed_on"])
        yield Fault(
            "annuity_paid_through", "annuity", _l("This patent has %(years)s years only.", years=years)
        )  # fmt: skip


def _dates(values: Mapping[str, Any], number: PatentNumber, day: date) -> Iterator[Fault]:
    filed, granted, expires = (values.get(name) for name in ("filed_on", "granted_on", "expires_on"))
    for name in ("filed_on", "granted_on", "report_on", "register_checked_on"):
        if values.get(name) and values[name] > day:
            yield Fault(name, "future", _l("This day lies in the future."))
    if filed and filed.year != number.year:
        sentence = _l("The number says %(year)s, the day of filing %(filed)s.", year=number.year, filed=filed)
        yield Fault("filed_on", "filing_year", sentence)
    if filed and granted and granted <= filed:
        sentence = _l("Granted on %(granted)s, before it was filed on %(filed)s.", granted=granted, filed=filed)
        yield Fault("granted_on", "granted", sentence)
    if filed and expires and expires != expiry(values["kind"], filed):
        sentence = _l(
            "The term ends on %(computed)s, not %(stated)s: %(years)s years from the day of filing.",
            computed=expiry(values["kind"], filed),
            stated=expires,
            years=years_of(values["kind"], filed),
        )
        yield Fault("expires_on", "expiry", sentence)
    if expires and not filed:
        yield Fault("filed_on", "filing", _l("Say when it was filed: the term is counted from that day."))
    yield from _status(values, day)


def _status(values: Mapping[str, Any], day: date) -> Iterator[Fault]:
    status, expires = values["legal_status"], values.get("expires_on")
    lacking = not (values.get("filed_on") and values.get("granted_on"))
    if status is not LegalStatus.PENDING and lacking:
        sentence = _l("A granted patent has a day of filing and a day of grant.")
        yield Fault("granted_on" if values.get("filed_on") else "filed_on", "status", sentence)
    elif status is LegalStatus.IN_FORCE and expires and expires <= day:
        sentence = _l("It cannot be in force: its term ended on %(day)s.", day=expires)
        yield Fault("legal_status", "status", sentence)
    elif status is LegalStatus.EXPIRED and expires and expires > day:
        yield Fault("legal_status", "status", _l("Its term lasts until %(day)s.", day=expires))


def _reports(values: Mapping[str, Any], day: date) -> Iterator[Fault]:
    conclusion = values.get("conclusion") or Conclusion.NONE
    if conclusion is Conclusion.NONE and values.get("report_no"):
        yield Fault("conclusion", "report", _l("Say what the evaluation report concludes."))
    if conclusion is not Conclusion.NONE and not values.get("report_no"):
        yield Fault("report_no", "report", _l("Give the number of the evaluation report."))


def _people(values: Mapping[str, Any], owner_names: Sequence[str]) -> Iterator[Fault]:
    holders: Sequence[HolderValues] = values["holders"]
    yield from _shares("holders", [holder.share for holder in holders])
    if any(not holder.name for holder in holders):
        yield Fault("holders", "name", _l("A patentee has a name."))
    elif not {folded(holder.name) for holder in holders} & {folded(name) for name in owner_names}:
        sentence = _l(
            "None of the patentees is %(owner)s: %(names)s.",
            owner=owner_names[0],
            names=", ".join(holder.name for holder in holders)[:200],
        )
        yield Fault("holders", "patentee", sentence)
    inventors: Sequence[InventorValues] = values.get("inventors") or ()
    if any(not inventor.name for inventor in inventors):
        yield Fault("inventors", "name", _l("An inventor has a name."))
    if any(inventor.share for inventor in inventors):
        yield from _shares("inventors", [inventor.share for inventor in inventors])


def _shares(field: str, shares: Sequence[int]) -> Iterator[Fault]:
    least = 1 if field == "holders" else 0
    if sum(shares) != WHOLE or any(not least <= share <= WHOLE for share in shares):
        total = format_number(sum(shares) / 100, 2)
        yield Fault(field, "shares", _l("Total %(total)s %%, must be 100.00 %%.", total=total))


def folded(name: str) -> str:
    """A name without blanks, case and the width of its brackets: 大学（深圳） is 大学(深圳)."""
    return "".join(name.split()).casefold().replace("（", "(").replace("）", ")")
