"""Patents, declarations and licences for tests: written through the models, every value overridable."""

import itertools
from datetime import date
from typing import Any
from uuid import UUID

from app.accounts.models import Organisation, OrganisationKind
from app.core.clock import now, today
from app.core.db import session
from app.core.ids import uuid7
from app.core.workdays import add_months
from app.market.licences.models import Licence, LicenceKind, LicenceState
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, StateChange
from app.market.patents.models import Holder, Inventor, LegalStatus, Patent, PatentKind
from app.market.patents.numbers import KIND_DIGITS, check_character
from app.search.words import cut
from tests.accounts.factories import make_organisation

_serial = itertools.count(1)
FILED = date(2021, 5, 14)
ANNOUNCED_ON = date(2026, 5, 15)


def patent_number(serial: int, kind: PatentKind = PatentKind.INVENTION, year: int = 2021) -> str:
    """A number with a right check digit."""
    digits = f"{year}{next(digit for digit, name in KIND_DIGITS.items() if name == kind)}{serial:07d}"
    return f"{digits}.{check_character(digits)}"


def make_patent(owner: Organisation | None = None, **overrides: Any) -> Patent:
    """A granted, published invention with one holder and one inventor, its annuities paid for this year."""
    number = next(_serial)
    owner = owner or make_organisation(OrganisationKind.INSTITUTION)
    kind = overrides.get("kind", PatentKind.INVENTION)
    values: dict[str, Any] = {
        "id": uuid7(),
        "owner_id": owner.id,
        "number": patent_number(number, kind),
        "kind": kind,
        "title": f"一种光学胶及其制备方法{number}",
        "title_en": f"Optical adhesive and its preparation {number}",
        "use_text": "把屏幕和盖板粘在一起，固化后几乎不收缩。",
        "products": "光学胶, 手机屏幕",
        "industry": "C3974",
        "ipc": ["C09J4/02"],
        "filed_on": FILED,
        "granted_on": date(2022, 9, 6),
        "expires_on": add_months(FILED, 240),
        "legal_status": LegalStatus.IN_FORCE,
        "annuity_paid_through": 6,
        "registered_holders": owner.name,
        "register_checked_on": today(),
        "region": owner.region,
        "published_at": now(),
    }
    patent = Patent(**{**values, **overrides})
    patent.owner = owner
    patent.holders = [Holder(position=1, name=owner.name, code=owner.code, organisation_id=owner.id, share=10_000)]
    patent.inventors = [Inventor(position=1, name="何清源", department="化学学院", share=10_000)]
    patent.encumbrances = []
    session.add(patent)
    session.flush()
    patent.search_words = cut("\n".join((patent.title, patent.use_text, patent.products, patent.title_en, *patent.ipc)))
    session.flush()
    return patent


def make_open_licence(patent: Patent | None = None, **overrides: Any) -> OpenLicence:
    """An announced declaration: ¥50,000 once, unless said otherwise; to the patent's expiry."""
    number = next(_serial)
    patent = patent or make_patent()
    values: dict[str, Any] = {
        "id": uuid7(),
        "number": f"OL-2026-T{number:05d}",
        "patent_id": patent.id,
        "owner_id": patent.owner_id,
        "state": DeclarationState.ANNOUNCED,
        "price_form": PriceForm.LUMP_SUM,
        "lump_minor": 5_000_000,
        "use_text": "制造、使用、销售使用该专利的胶。",
        "notice_name": "技术转移中心",
        "notice_email": "transfer@test.example",
        "terms_hash": "0" * 64,
        "terms_text": "开放许可声明",
        "locked_at": now(),
        "accept_no": "CNIPA-1",
        "filed_on": date(2026, 4, 1),
        "announcement_no": f"K2026-{number:05d}",
        "announced_on": ANNOUNCED_ON,
        "announcement_source": "专利公报",
    }
    values |= overrides
    if values["price_form"] is not PriceForm.LUMP_SUM and "lump_minor" not in overrides:
        values["lump_minor"] = 0
    open_licence = OpenLicence(**values)
    open_licence.patent = patent
    session.add(open_licence)
    session.flush()
    add_change(open_licence)
    return open_licence


def make_pilot(patent: Patent | None = None, **overrides: Any) -> OpenLicence:
    """A declaration in draft that is listed as a pilot."""
    values: dict[str, Any] = {
        "state": DeclarationState.DRAFT,
        "pilot_at": now(),
        "announcement_no": "",
        "announced_on": None,
        "announcement_source": "",
        "accept_no": "",
        "filed_on": None,
        "terms_hash": "",
    }
    return make_open_licence(patent, **{**values, **overrides})


def add_change(open_licence: OpenLicence, position: int = 1) -> StateChange:
    """A step of the history that says the present state."""
    change = StateChange(
        open_licence_id=open_licence.id,
        position=position,
        state=open_licence.state,
        effective_on=open_licence.announced_on or today(),
    )
    session.add(change)
    session.flush()
    return change


def make_licence(open_licence: OpenLicence, licensee: Organisation | None = None, **overrides: Any) -> Licence:
    """A licence in effect since today, to be filed."""
    number = next(_serial)
    licensee = licensee or make_organisation()
    free = open_licence.due_now_minor == 0
    values: dict[str, Any] = {
        "notice_no": f"LN-2026-T{number:05d}",
        "number": f"L-2026-T{number:05d}",
        "kind": LicenceKind.OPEN,
        "open_licence_id": open_licence.id,
        "patent_id": open_licence.patent_id,
        "licensor_id": open_licence.owner_id,
        "licensee_id": licensee.id,
        "licensee_party": {"name": licensee.name, "code": licensee.code},
        "state": LicenceState.EFFECTIVE,
        "notice": {"product": "光学胶"},
        "notice_text": "许可通知",
        "notice_hash": "0" * 64,
        "noticed_at": now(),
        "received_on": today(),
        "due_now_minor": open_licence.due_now_minor,
        "paid_on": None if free else today(),
        "effective_on": today(),
        "ends_on": add_months(today(), 12),
        "filing_due_on": add_months(today(), 3),
        "terms": {},
    } | {name: getattr(open_licence, name) for name in PRICE}
    licence = Licence(**{**values, **overrides})
    session.add(licence)
    session.flush()
    return licence


PRICE = (
    "price_form", "lump_minor", "upfront_minor", "instalments", "rate", "royalty_base", "rate_steps", "floor_minor",
    "cap_minor", "period_months", "currency",
)  # fmt: skip


def make_notice(open_licence: OpenLicence, licensee: Organisation | None = None, **overrides: Any) -> Licence:
    """A notice that waits for its payment: no licence yet."""
    values = {
        "state": LicenceState.NOTICED, "number": None, "effective_on": None, "ends_on": None, "filing_due_on": None,
        "paid_on": None, "void_on": add_months(today(), 1),
    }  # fmt: skip
    return make_licence(open_licence, licensee, **{**values, **overrides})


def ids(*things: Any) -> list[UUID]:
    """Their ids."""
    return [thing.id for thing in things]
