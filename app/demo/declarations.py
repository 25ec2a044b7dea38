"""Declarations in every state: announced long ago and written as rows, or on their way by the operations of today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from app.accounts.proofs import digest_of
from app.core.clock import now, today
from app.core.db import session
from app.core.ids import uuid7
from app.demo.patents import OFFICERS, PARTNER, PARTNERS_PHONE, SHEETS
from app.demo.people import actor_of
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.figures import load_figures
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, RoyaltyBase, StateChange
from app.market.open_licences.operations import Price, Terms, list_pilot, set_price, set_terms, start_declaration
from app.market.open_licences.terms import full_terms
from app.market.patents.models import Patent
from app.settlement.operations import paper_number, take_numbers

S = DeclarationState
BASIS = "参照近两年同行业许可的中位数，并与发明人商定。"


@dataclass(frozen=True, slots=True)
class Told:
    """A declaration with a past: how many days ago each of its steps was taken."""

    key: str
    steps: tuple[tuple[S, int], ...]
    price: Mapping[str, Any]

    @property
    def state(self) -> S:
        return self.steps[-1][0]


def _way(*days_ago: int) -> tuple[tuple[S, int], ...]:
    """The usual way, as far as there are days."""
    usual = (S.DRAFT, S.CONSENTING, S.READY, S.FILED, S.ANNOUNCED, S.WITHDRAWING, S.WITHDRAWN)
    return tuple(zip(usual, days_ago, strict=False))


NOTHING: Mapping[str, Any] = {
    "lump_minor": 0, "upfront_minor": 0, "instalments": [], "rate": 0, "rate_steps": [], "period_months": 12,
    "currency": "CNY", "territory": "CN",
}  # fmt: skip
LUMP = {"price_form": PriceForm.LUMP_SUM, "lump_minor": 3_000_000}
ROYALTY = {"price_form": PriceForm.ROYALTY, "rate": 300, "royalty_base": RoyaltyBase.NET_SALES, "floor_minor": 500_000,
           "cap_minor": 10_000_000}  # fmt: skip
FREE = {"price_form": PriceForm.FREE}
PARTS = {"price_form": PriceForm.INSTALMENTS,
         "instalments": [{"months": 0, "minor": 2_000_000}, {"months": 12, "minor": 2_000_000}]}  # fmt: skip

TOLD = (
    Told("adhesive", _way(140, 138, 122, 110, 62), LUMP),
    Told("recycling", _way(520, 518, 502, 490, 440), ROYALTY),
    Told("laser", _way(400, 398, 380, 370, 330, 60, 20), LUMP),
    Told("catalyst", _way(160, 158, 140, 130, 85), FREE),
    Told("coating", _way(130, 128, 110, 100, 48), PARTS),
    Told("membrane", _way(560, 558, 542, 530, 490), {"price_form": PriceForm.INSTALMENTS, "instalments": [
        {"months": 0, "minor": 2_000_000}, {"months": 12, "minor": 1_500_000}, {"months": 14, "minor": 1_000_000}]}),
    Told("sensor", _way(540, 538, 522, 510, 470), {"price_form": PriceForm.INSTALMENTS, "instalments": [
        {"months": 0, "minor": 3_000_000}, {"months": 12, "minor": 6_000_000}]}),
    Told("tracking", _way(60, 58, 40, 24), {**ROYALTY, "rate": 200}),
    Told("probe", _way(48, 46, 28), {"price_form": PriceForm.UPFRONT_ROYALTY, "upfront_minor": 1_000_000, "rate": 200,
                                     "royalty_base": RoyaltyBase.NET_SALES}),
)  # fmt: skip


def are_there() -> bool:
    """Whether anything was declared before."""
    return session.scalar(select(OpenLicence.id).limit(1)) is not None


def write_declarations(patents: Mapping[str, Patent]) -> dict[str, OpenLicence]:
    """All of them, by the key of the patent; one is a pilot, one asks for consents, one is a draft."""
    load_figures()
    made = {each.key: _write(each, patents[each.key]) for each in TOLD}
    list_pilot(_officer("probe"), made["probe"])
    for key in ("rice", "ginseng"):
        actor = _officer(key)
        made[key] = start_declaration(actor, patents[key])
        if key == "ginseng":
            set_price(actor, made[key], Price(PriceForm.LUMP_SUM, lump_minor=4_500_000, basis_note=BASIS))
            set_terms(actor, made[key], Terms(
                patents[key].use_text, "技术转移中心", OFFICERS["university"], term_months=36,
                not_included="不含提取设备的图纸。",
            ))  # fmt: skip
            ask_consents(actor, made[key], phones={PARTNER.name: PARTNERS_PHONE})
    return made


def _officer(key: str) -> Any:
    return actor_of(OFFICERS[next(each.owner for each in SHEETS if each.key == key)])


def _write(told: Told, patent: Patent) -> OpenLicence:
    """The row as the steps have left it, and the steps."""
    officer, days = _officer(told.key), {state: today() - timedelta(days=ago) for state, ago in told.steps}
    year = days[S.DRAFT].year
    declared = OpenLicence(
        id=uuid7(), number=paper_number("OL", year, take_numbers("open_licence", year)), patent_id=patent.id,
        owner_id=patent.owner_id, state=S.DRAFT, use_text=patent.use_text, notice_name="技术转移中心",
        notice_email=patent.contact_email, notice_phone=patent.contact_phone, notice_address=patent.owner.address,
        term_months=36, not_included="不含样品和操作培训。", basis_note=BASIS, inventors_share=6_000,
        department_share=1_000, created_by_id=officer.user_id, created_at=_at(days[S.DRAFT]), changed_at=now(),
        price_set_at=_at(days[S.DRAFT]), **{**NOTHING, **told.price},
    )  # fmt: skip
    declared.patent, declared.owner = patent, patent.owner
    with session.no_autoflush:
        _lock_text(declared, days)
        _note_papers(declared, days)
    declared.state = told.state
    session.add(declared)
    session.flush()
    session.add_all(_steps(declared, told, officer.user_id))
    session.flush()
    return declared


def _lock_text(declared: OpenLicence, days: Mapping[S, date]) -> None:
    declared.terms_text = full_terms(declared)
    declared.terms_hash = digest_of(declared.terms_text)
    declared.locked_at = _at(days[S.CONSENTING])
    declared.publicity_from, declared.publicity_until = days[S.CONSENTING], days[S.READY]
    declared.publicity_closed_at = _at(days[S.READY])


def _note_papers(declared: OpenLicence, days: Mapping[S, date]) -> None:
    """What CNIPA has given: numbers and days."""
    tail = declared.number[-4:]
    if S.FILED in days:
        declared.accept_no, declared.filed_on = f"KF{days[S.FILED]:%Y%m%d}{tail}", days[S.FILED]
    if S.ANNOUNCED in days:
        declared.announced_on, declared.announcement_source = days[S.ANNOUNCED], "专利公报"
        declared.announcement_no = f"KG{days[S.ANNOUNCED]:%Y%m%d}{tail}"
        declared.checked_at = _at(days[S.FILED])
    if S.WITHDRAWING in days:
        declared.withdrawal_reason = "拟转入后续研究，不再开放许可。"
        declared.withdrawal_accept_no = f"KC{days[S.WITHDRAWING]:%Y%m%d}{tail}"
        declared.withdrawal_filed_on = days[S.WITHDRAWING]
    if S.WITHDRAWN in days:
        declared.withdrawal_announcement_no = f"KH{days[S.WITHDRAWN]:%Y%m%d}{tail}"
        declared.ended_on = days[S.WITHDRAWN]


def _steps(declared: OpenLicence, told: Told, person: Any) -> Iterable[StateChange]:
    for place, (state, ago) in enumerate(told.steps, 1):
        day = today() - timedelta(days=ago)
        yield StateChange(
            id=uuid7(), open_licence_id=declared.id, position=place, state=state, effective_on=day, note="",
            changed_by_id=person, created_at=_at(day),
        )  # fmt: skip


def _at(day: date) -> datetime:
    return datetime.combine(day, time(2), tzinfo=UTC)
