"""Patents as their pages show them: rows, tabs, the life strip, the table of annuities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_date, page_url
from app.core.workdays import add_months
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.operations import gaps
from app.market.patents.parts import listings
from app.market.patents.portfolio import Asked
from app.market.patents.reliefs import Due, Relief, next_due_with
from app.market.patents.terms import AnnuityState, annuity_state, next_annuity, schedule, years_of
from app.market.patents.words import (
    ANNUITY_NAMES,
    FIELD_NAMES,
    GROUND_NAMES,
    KIND_NAMES,
    STATUS_NAMES,
    due_words,
    title_of,
)

STATUS_BADGES = {
    LegalStatus.PENDING: "pending",
    LegalStatus.IN_FORCE: "active",
    LegalStatus.LAPSED: "cancelled",
    LegalStatus.EXPIRED: "expired",
    LegalStatus.INVALID: "refused",
}
EXPORTED = (
    "专利号", "名称", "类型", "申请日", "授权公告日", "届满日", "IPC", "洛迦诺", "年费缴至", "法律状态", "评价报告号",
    "用途", "产品", "行业", "公开号", "登记簿核对日", "联系人", "联系电话", "联系邮箱",
)  # fmt: skip
"""Headings of the file, those of the import, so that a downloaded portfolio can be mended and sent in again."""
_STATUS_WORDS = {
    LegalStatus.PENDING: "审中", LegalStatus.IN_FORCE: "有效", LegalStatus.LAPSED: "终止", LegalStatus.EXPIRED: "届满",
    LegalStatus.INVALID: "宣告无效",
}  # fmt: skip
_KIND_WORDS = {
    "invention": "发明", "utility_model": "实用新型", "design": "外观设计", "pct_invention": "PCT发明",
    "pct_utility_model": "PCT实用新型",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One year of the life of a patent: its state (paid, due, late, lost) and what is read out."""

    year: int
    state: str
    text: str
    in_licence: bool = False
    is_now: bool = False


def status_badge(patent: Patent) -> tuple[str, object]:
    """(state of the badge, word) of the legal status; what lacks its dates is to be completed."""
    if patent.lacks_dates:
        return "draft", _("To complete")
    return STATUS_BADGES[patent.legal_status], STATUS_NAMES[patent.legal_status]


def annuity_words(patent: Patent, day: date, reliefs: Iterable[Relief]) -> dict[str, Any]:
    """State and day of the next annuity, with what is to be paid when it is late or due soon."""
    state, priced = annuity_state(patent, day), next_due_with(patent, reliefs, day)
    if state is AnnuityState.NONE or priced is None or patent.legal_status is not LegalStatus.IN_FORCE:
        return {"badge": "", "word": "", "text": ""}
    due, sum_now = priced.annuity, str(due_words(priced))
    if state is AnnuityState.LATE:
        text = _("%(sum)s today, until %(day)s", sum=sum_now, day=format_date(due.late_until, "iso"))
        return {"badge": "overdue", "word": ANNUITY_NAMES[state], "text": text}
    if state is AnnuityState.LAPSED:
        return {"badge": "blocked", "word": ANNUITY_NAMES[state], "text": format_date(due.late_until, "iso")}
    text = _("Year %(year)s by %(day)s", year=due.year, day=format_date(due.due_on, "iso"))
    if (due.due_on - day).days > 90:
        return {"badge": "", "word": "", "text": text}
    text = _("Year %(year)s by %(day)s: %(sum)s", year=due.year, day=format_date(due.due_on, "iso"), sum=sum_now)
    return {"badge": "waiting", "word": _("Due soon"), "text": text}


def list_row(
    patent: Patent, listed: Mapping[Any, tuple[str, object]], day: date, reliefs: Iterable[Relief]
) -> dict[str, Any]:
    """One line of the portfolio."""
    state, word = status_badge(patent)
    seen = ("published", _("Public")) if patent.is_published else ("draft", _("Private"))
    lacking = [str(FIELD_NAMES[name]) for name in (*gaps(patent), *([] if patent.use_text else ["use_text"]))]
    return {
        "id": patent.id,
        "title": title_of(patent),
        "number": patent.shown_number,
        "kind": KIND_NAMES[patent.kind],
        "state": state,
        "state_name": word,
        "annuity": annuity_words(patent, day, reliefs),
        "listing": listed.get(patent.id, seen),
        "lacking": str(_(", ")).join(lacking),
    }


def exported_row(patent: Patent) -> list[Any]:
    """One line of the file, in the words that the import reads."""
    return [
        patent.shown_number, patent.title, _KIND_WORDS[patent.kind.value], patent.filed_on, patent.granted_on,
        patent.expires_on, ";".join(patent.ipc), ";".join(patent.locarno), patent.annuity_paid_through,
        _STATUS_WORDS[patent.legal_status], patent.report_no, patent.use_text, patent.products, patent.industry,
        patent.publication_no, patent.register_checked_on, patent.contact_name, patent.contact_phone,
        patent.contact_email,
    ]  # fmt: skip


def tabs_of(counts: Mapping[str, int], wanted: Asked) -> list[dict[str, Any]]:
    """All, what is missing, what is due, private and public."""
    names = {
        ("show", ""): _("All"),
        ("show", "incomplete"): _("To complete"),
        ("show", "no_use"): _("Use missing"),
        ("annuity", "soon"): _("Annuity due"),
        ("annuity", "late"): _("Annuity late"),
        ("show", "private"): _("Private"),
        ("show", "public"): _("Public"),
    }
    blank = {"show": None, "annuity": None, "page": None}
    return [
        {
            "label": label,
            "url": page_url(**{**blank, name: code or None}),
            "current": (getattr(wanted, name) == code) if code else not (wanted.show or wanted.annuity),
            "count": counts.get(code, 0),
        }
        for (name, code), label in names.items()
    ]


def selects_of(wanted: Asked) -> list[dict[str, Any]]:
    """The choices beside the search: legal status, and listing where something above registered it."""
    status = [("", _("Any legal status")), *((state.value, word) for state, word in STATUS_NAMES.items())]
    found = [{"name": "status", "label": _("Legal status"), "options": status, "chosen": wanted.status}]
    if listings():
        options: list[Any] = [("", _("Any listing")), *((one.code, one.label) for one in listings().values())]
        found.append({"name": "listing", "label": _("Listing"), "options": options, "chosen": wanted.listing})
    return found


def life_of(patent: Patent, day: date, licence: tuple[date, date] | None = None) -> list[Cell]:
    """A cell for each year of the term; `licence` is from and until when a licence runs (face §5 “Life strip”)."""
    if patent.lacks_dates:
        return []
    cells, next_due = [], next_annuity(patent)
    over = next_due is not None and annuity_state(patent, day) in {AnnuityState.LATE, AnnuityState.LAPSED}
    for year in range(1, years_of(patent.kind, patent.filed_on) + 1):
        starts, ends = (add_months(patent.filed_on, 12 * count) for count in (year - 1, year))
        paid = year <= patent.annuity_paid_through
        state = "paid" if paid else "late" if over and next_due is not None and year == next_due.year else "due"
        word = {"paid": _("paid"), "late": _("late"), "due": _("to pay")}[state]
        span = f"{format_date(starts, 'iso')} – {format_date(ends, 'iso')}"
        covered = licence is not None and starts < licence[1] and ends > licence[0]
        text = _("Year %(year)s, %(span)s: %(word)s", year=year, span=span, word=word)
        cells.append(Cell(year, state, text, covered, starts <= day < ends))
    return cells


def annuity_rows(patent: Patent, day: date) -> list[dict[str, Any]]:
    """The table of annuities: full sum, due day, what it costs today, and month by month in the late period."""
    upcoming = next_annuity(patent)
    rows = []
    for one in schedule(patent):
        is_next = upcoming is not None and one.year == upcoming.year
        paid = one.year <= patent.annuity_paid_through
        late = is_next and day > one.due_on
        rows.append(
            {
                "year": one.year,
                "full": one.full_minor,
                "due_on": one.due_on,
                "late_until": one.late_until,
                "paid": paid,
                "is_next": is_next and patent.legal_status in {LegalStatus.IN_FORCE, LegalStatus.LAPSED},
                "is_late": late,
                "today": one.full_minor + one.surcharge_minor(day) if is_next else None,
                "most": one.full_minor + one.surcharge_minor(one.late_until),
            }
        )
    return rows


def relief_lines(due: Due) -> list[dict[str, Any]]:
    """Each relief that applies, with its ground and period; the first one is applied."""
    return [
        {
            "name": GROUND_NAMES[one.ground],
            "off": due.off_minor(one),
            "why": " · ".join(filter(None, (f"{one.percent} %", one.reference, _span(one)))),
            "applied": one is due.best,
        }
        for one in due.reliefs
    ]


def _span(one: Relief) -> str:
    since = format_date(one.since, "iso")
    return f"{since} – {format_date(one.until, 'iso')}" if one.until else str(_("from %(day)s on", day=since))


def late_steps(patent: Patent, months: int, reliefs: Sequence[Relief]) -> list[dict[str, Any]]:
    """What the next annuity costs month by month once it is late, with the best relief of the day (rule 115)."""
    upcoming = next_annuity(patent)
    if upcoming is None:
        return []
    steps = [next_due_with(patent, reliefs, add_months(upcoming.due_on, count)) for count in range(1, months + 1)]
    return [
        {"until": one.day, "sum": due_words(one), "surcharge": one.surcharge_minor} for one in steps if one is not None
    ]


def alerts_of(patent: Patent, day: date, due: Due | None) -> list[tuple[str, object, str]]:
    """(kind of note, sentence, address of the way out) for what needs somebody; `due` of a patent in force."""
    found: list[tuple[str, object, str]] = []
    facts = url_for("patents.edit", patent_id=patent.id)
    if patent.lacks_dates or not patent.granted_on:
        found.append(("warn", _l("Only number and title are known. Add the days of filing and grant."), facts))
    if due is not None and annuity_state(patent, day) is AnnuityState.LATE:
        ends = due.annuity.late_until
        sentence = _("Annuity unpaid: %(sum)s today. On %(day)s the right ends.", sum=due_words(due), day=ends)
        found.append(("danger", sentence, "#annuities"))
    if not patent.use_text:
        found.append(("warn", _l("Nobody finds it by its use yet: say in plain words what it is for."), facts))
    return found
