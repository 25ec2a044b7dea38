"""Referrals and their partners."""

from collections.abc import Mapping
from typing import Any

from app.accounts.models import Actor, Organisation
from app.core.clock import today
from app.core.db import session
from app.market.patents.models import Patent
from app.market.referrals.models import Partner, ReferralKind
from app.market.referrals.operations import Wish, agree, ask, take_up
from app.market.referrals.partners import PartnerValues, add_partner
from tests.access.rows import get, post
from tests.market.factories import make_patent

OPERATOR = "chief verifier settler auditor"
HIDDEN = "stranger rival lonely"
SEEN = {302: "anonymous", 404: HIDDEN, 200: "*"}
ROWS = [
    get("referrals.offered", "", {200: "*"}),
    get("referrals.new", "", {302: "anonymous", 403: f"{OPERATOR} lonely", 200: "*"}),
    post(
        "referrals.new",
        "kind=search",
        {403: f"{OPERATOR} lonely", 302: "*"},
        wish="x",
    ),
    get("referrals.list", "", {302: "anonymous", 403: "lonely", 200: "*"}),
    get("referrals.show", "referral_id=referral", SEEN),
    post(
        "referrals.pass_on",
        "referral_id=unplaced",
        {
            302: "anonymous chief verifier", 404: f"{HIDDEN} head booker payer",
            403: "owner manager technician finance settler auditor",
        },
        **{"pass-partner": "partner"},
    ),
    post("referrals.talk", "referral_id=referral", {302: "anonymous head", 404: HIDDEN, 403: "*"}),
    post(
        "referrals.agree",
        "referral_id=talking",
        {302: "anonymous head", 404: HIDDEN, 403: "*"},
        **{"agreed-amount": "100", "agreed-months": "12"},
    ),
    post(
        "referrals.decline",
        "referral_id=talking",
        {302: "anonymous head", 404: HIDDEN, 403: "*"},
        **{"decline-reason": "x"},
    ),
    post("referrals.withdraw", "referral_id=talking", {302: "anonymous owner", 404: HIDDEN, 403: "*"}),
    post(
        "referrals.pledge",
        "referral_id=to_pledge",
        {302: "anonymous owner", 404: HIDDEN, 403: "*"},
        **{"pledge-reference": "Y1", "pledge-starts_on": "today"},
    ),
    get("referral_partners.list", "", {302: "anonymous", 200: OPERATOR, 403: "*"}),
    get("referral_partners.new", "", {302: "anonymous", 200: "chief verifier", 403: "*"}),
    post("referral_partners.new", "", {302: "anonymous", 422: "chief verifier", 403: "*"}, code="x", kinds="search"),
    get("referral_partners.edit", "partner_id=partner", {302: "anonymous", 200: "chief verifier", 403: "*"}),
    post(
        "referral_partners.edit", "partner_id=partner", {302: "anonymous chief verifier", 403: "*"}, kinds="search"
    ),
]  # fmt: skip


def referred(people: Mapping[str, Actor], institution: Organisation, enterprise: Organisation) -> dict[str, Any]:
    """The enterprise is a partner: asked for a search, in touch, agreed on a pledge; one request has no partner."""
    partner = add_partner(
        people["verifier"], enterprise, PartnerValues(tuple(ReferralKind), about="=放款快", about_en="Quick")
    )
    partner.organisation = enterprise
    owner, head = people["owner"], people["head"]
    asked = ask(owner, Wish(ReferralKind.SEARCH, "=新的胶", partner=partner))
    talking = take_up(head, ask(owner, Wish(ReferralKind.ANALYSIS, "领域分析", partner=partner)))
    agreed = agree(head, take_up(head, _pledge(owner, partner, institution)), 100_000_00, 12)
    unplaced = ask(owner, Wish(ReferralKind.WATCH, "竞争对手"))
    session.flush()
    return {
        "partner": partner.id, "referral": asked.id, "talking": talking.id, "to_pledge": agreed.id,
        "unplaced": unplaced.id, "today": today().isoformat(),
    }  # fmt: skip


def _pledge(owner: Actor, partner: Partner, institution: Organisation) -> Any:
    patent: Patent = make_patent(institution)
    return ask(owner, Wish(ReferralKind.PLEDGE, "流动资金", patent, partner, 100_000_00, ("patent",)))
