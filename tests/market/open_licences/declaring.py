"""Declarations on their way, made through the operations, for tests."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app.accounts.models import ANONYMOUS, Actor, OrganisationKind, Role
from app.accounts.one_time import Outcome
from app.core.clock import today
from app.core.db import session
from app.core.ids import uuid7
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.consenting import answer_consent, ask_consents, send_code
from app.market.open_licences.filing import record_filing
from app.market.open_licences.models import Consent, DeclarationState, OpenLicence, PriceForm
from app.market.open_licences.operations import Price, Terms, set_price, set_terms, start_declaration
from app.market.open_licences.publicity import advance_by_time
from app.market.open_licences.queries import consent_behind, declaration
from app.market.patents.models import Encumbrance, EncumbranceKind, Holder, Patent
from app.notifications.models import Mail
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.market.factories import make_patent

PRICE = Price(PriceForm.LUMP_SUM, lump_minor=3_000_000, basis_note="参照本专利此前的两件许可。")
TERMS = Terms(
    use_text="把屏幕和盖板粘在一起，固化后几乎不收缩。",
    notice_name="技术转移中心",
    notice_email="transfer@test.example",
)


@dataclass
class Case:
    """A university with a transfer officer, a patent, its declaration, and the operator's verifier."""

    officer: Actor
    second: Actor
    verifier: Actor
    patent: Patent
    open_licence: OpenLicence

    def again(self) -> OpenLicence:
        """The declaration as it is now, with everything loaded."""
        session.flush()
        session.expire_all()
        self.open_licence = declaration(self.open_licence.id)
        self.patent = self.open_licence.patent
        return self.open_licence


def own_patent(owner_kind: OrganisationKind = OrganisationKind.INSTITUTION, **overrides: Any) -> Patent:
    """A patent with its owner loaded."""
    owner = make_organisation(owner_kind)
    patent = make_patent(owner, **overrides)
    patent.owner = owner
    return patent


def make_case(owner_kind: OrganisationKind = OrganisationKind.INSTITUTION, **overrides: Any) -> Case:
    """A draft with price and terms."""
    patent = own_patent(owner_kind, **overrides)
    officer, second = make_actor(patent.owner, Role.TRANSFER), make_actor(patent.owner, Role.OWNER)
    case = Case(officer, second, make_operator(Role.VERIFIER), patent, start_declaration(officer, patent))
    set_price(officer, case.open_licence, PRICE)
    set_terms(officer, case.open_licence, TERMS)
    return case


def share_with(patent: Patent, name: str = "长白新材料研究院", email: str = "ip@changbai.example") -> None:
    """A co-owner with 30 %."""
    patent.holders[0].share = 7000
    patent.holders.append(Holder(position=2, name=name, share=3000, email=email))
    patent.registered_holders = f"{patent.registered_holders}；{name}"
    session.flush()


def encumber(patent: Patent, kind: EncumbranceKind, holder: str = "松江银行", **overrides: Any) -> Encumbrance:
    """Something that stands in the way since last year."""
    values: dict[str, Any] = {
        "id": uuid7(), "kind": kind, "holder": holder, "holder_email": "credit@bank.example",
        "reference": "2025-113", "starts_on": today() - timedelta(days=200),
    }  # fmt: skip
    one = Encumbrance(**{**values, **overrides})
    patent.encumbrances.append(one)
    session.flush()
    return one


def token_of(consent: Consent) -> str:
    """The token of a link, which only the mail knows."""
    body = session.scalars(select(Mail.body).where(Mail.key == f"consent:{consent.id}")).one()
    found = re.search(r"/consents/([\w-]+)", body)
    assert found is not None
    return found[1]


def code_of(consent: Consent) -> str:
    """The latest code that was mailed to a party."""
    keys = Mail.key.startswith(f"consent_code:{consent.id}:")
    body = session.scalars(select(Mail.body).where(keys).order_by(Mail.id.desc())).first()
    found = re.search(r"(?<!\d)\d{6}(?!\d)", body or "")
    assert found is not None
    return found[0]


def answer(consent: Consent, *, agree: bool = True, reason: str = "价格太低") -> Outcome:
    """Answer through the link, as the party would."""
    loaded = consent_behind(token_of(consent))
    assert loaded is not None
    send_code(loaded, address="203.0.113.9")
    return answer_consent(
        ANONYMOUS, loaded, code=code_of(loaded), name="周正", agree=agree, reason="" if agree else reason
    )


def pass_publicity(case: Case) -> None:
    """As if the days of publicity were over since yesterday; the timer looks."""
    open_licence = case.again()
    open_licence.publicity_from = today() - timedelta(days=30)
    open_licence.publicity_until = today() - timedelta(days=1)
    session.flush()
    advance_by_time()
    case.again()


def make_ready(**overrides: Any) -> Case:
    """All agreed, publicity over."""
    case = make_case(**overrides)
    ask_consents(case.officer, case.open_licence)
    pass_publicity(case)
    assert case.open_licence.state is DeclarationState.READY
    return case


def make_filed(**overrides: Any) -> Case:
    """Filed with CNIPA today."""
    case = make_ready(**overrides)
    record_filing(case.officer, case.open_licence, "K2026110001", today())
    return case


def make_announced(day: date | None = None, **overrides: Any) -> Case:
    """Announced today."""
    case = make_filed(**overrides)
    record_announcement(case.verifier, case.open_licence, "G42-31", day or today(), "专利公报42卷31期")
    return case
