"""Declarations on their way, for the access tables."""

from typing import Any

from app.accounts.models import Actor, Organisation, Role
from app.accounts.proofs import digest_of
from app.core.db import session
from app.market.open_licences.consenting import ask_consents
from app.market.open_licences.models import ConsentPurpose, DeclarationState, PriceForm
from app.market.open_licences.operations import Price, Terms, set_price, set_terms, start_declaration
from app.market.open_licences.publicity import raise_objection
from app.market.open_licences.queries import consents_for
from tests.accounts.factories import make_actor
from tests.market.factories import make_open_licence, make_patent
from tests.market.open_licences.declaring import share_with

CONSENT = "the-token-of-a-consent-link"


def declared(institution: Organisation) -> dict[str, Any]:
    """A declaration that waits for the consent of a co-owner, whose link is known."""
    officer = make_actor(institution, Role.TRANSFER)
    patent = make_patent(institution)
    patent.owner = institution
    share_with(patent)
    waiting = _asking(officer, start_declaration(officer, patent))
    consent = consents_for(waiting, ConsentPurpose.DECLARATION)[0]
    consent.token_hash = digest_of(CONSENT)
    session.flush()
    objection = raise_objection(make_actor(institution, Role.INVENTOR), waiting, "份额没有写全")
    make_open_licence(
        make_patent(institution),
        state=DeclarationState.FILED,
        announcement_no="",
        announced_on=None,
        announcement_source="",
    )
    return {
        "consent": CONSENT, "consenting": waiting.id, "consent_row": consent.id, "open_objection": objection.id,
        "patent_to_open": make_patent(institution).id,
    }  # fmt: skip


def _asking(officer: Actor, open_licence: Any) -> Any:
    set_price(officer, open_licence, Price(PriceForm.FREE, basis_note="先行免费推广。"))
    set_terms(officer, open_licence, Terms("把屏幕和盖板粘在一起。", "技术转移中心", "transfer@test.example"))
    return ask_consents(officer, open_licence)
