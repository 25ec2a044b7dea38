"""Negotiations, contracts and their registration."""

from collections.abc import Mapping
from typing import Any

from app.accounts.models import Actor, Organisation
from app.accounts.passwords import hash_password
from app.core.clock import today
from app.market.licences.models import LicenceKind
from app.market.negotiations.models import Contract
from app.market.negotiations.operations import agree, ask, counter_offer
from app.market.negotiations.queries import contract_with_all
from app.market.negotiations.registering import start_registration
from app.market.negotiations.signing import send_signing_code, sign_contract
from app.market.negotiations.terms import Terms
from app.market.open_licences.models import PriceForm
from tests.access.rows import get, post
from tests.accounts.factories import PASSWORD
from tests.market.factories import make_patent
from tests.market.negotiations.factories import mailed_code

OPERATOR = "chief verifier settler auditor"
SEEN = {302: "anonymous", 404: "stranger rival lonely", 200: "*"}
HIDDEN = "stranger rival lonely"
ROWS = [
    get("negotiations.new", "patent_id=patent", {302: "anonymous", 200: "stranger rival head", 403: "*"}),
    post(
        "negotiations.new",
        "patent_id=patent",
        {302: "anonymous stranger rival head", 403: "*"},
        kind="ordinary", price_form="free", use_text="x", royalty_base="net_sales", period_months="12",
    ),
    get("negotiations.list", "", {302: "anonymous", 403: "lonely", 200: "*"}),
    get("negotiations.show", "negotiation_id=negotiation", SEEN),
    post(
        "negotiations.show",
        "negotiation_id=negotiation",
        {302: "anonymous head", 404: HIDDEN, 422: "owner", 403: "*"},
        price_form="free", use_text="x", royalty_base="net_sales", period_months="12",
    ),
    post(
        "negotiations.agree",
        "negotiation_id=negotiation",
        {302: "anonymous head", 404: HIDDEN, 409: "owner", 403: "*"},
    ),
    post("negotiations.decline", "negotiation_id=negotiation", {302: "anonymous head owner", 404: HIDDEN, 403: "*"}),
    get("contracts.show", "contract_id=contract", SEEN),
    post("contracts.show", "contract_id=contract", {302: "anonymous", 404: HIDDEN, 422: "head owner", 403: "*"}),
    post("contracts.code", "contract_id=contract", {302: "anonymous", 404: HIDDEN, 422: "head owner", 403: "*"}),
    get("contracts.edit", "contract_id=contract", {302: "anonymous", 404: HIDDEN, 200: "head owner", 403: "*"}),
    post(
        "contracts.edit",
        "contract_id=contract",
        {302: "anonymous head owner", 404: HIDDEN, 403: "*"},
        project="x", scope="y",
    ),
    get("contracts.pdf", "contract_id=contract", SEEN),
    post("contracts.register", "contract_id=signed_contract", {302: "anonymous owner", 404: HIDDEN, 403: "*"}),
    get("contract_registrations.list", "", {302: "anonymous", 403: "lonely", 200: "*"}),
    get("contract_registrations.show", "registration_id=registration", SEEN),
    post(
        "contract_registrations.show",
        "registration_id=registration",
        {302: "anonymous owner", 404: HIDDEN, 403: "*"},
        total_minor="100",
    ),
    post(
        "contract_registrations.step",
        "registration_id=registration",
        {302: "anonymous owner", 404: HIDDEN, 403: "*"},
        state="submitted", day="today",
    ),
    get("contract_registrations.statistics", "", {302: "anonymous", 200: OPERATOR, 403: "*"}),
]  # fmt: skip

TERMS = Terms(price_form=PriceForm.LUMP_SUM, lump_minor=5_000_000, use_text="=生产光学胶", other_terms="=甲")


def negotiated_things(people: Mapping[str, Actor], institution: Organisation) -> dict[str, Any]:
    """A counter-offer that waits for the customer, a contract to sign, a signed one, and its registration."""
    head, owner = people["head"], people["owner"]
    talking = ask(head, make_patent(institution, title="=甲"), LicenceKind.ORDINARY, TERMS)
    counter_offer(owner, talking, Terms(use_text="生产光学胶"))
    agreed = agree(owner, ask(head, make_patent(institution), LicenceKind.EXCLUSIVE, TERMS))
    signed = _signed(head, owner, institution)
    registration = start_registration(owner, contract_with_all(_signed(head, owner, institution).id))
    return {
        "negotiation": talking.id, "contract": agreed.id, "signed_contract": signed.id,
        "registration": registration.id, "today": today().isoformat(),
    }  # fmt: skip


def _signed(head: Actor, owner: Actor, institution: Organisation) -> Contract:
    contract = agree(owner, ask(head, make_patent(institution), LicenceKind.ORDINARY, TERMS))
    for actor in (head, owner):
        assert actor.user is not None
        before, actor.user.password_hash = actor.user.password_hash, hash_password(PASSWORD)
        send_signing_code(actor, contract_with_all(contract.id), shown=contract.sha256, password=PASSWORD)
        sign_contract(actor, contract_with_all(contract.id), shown=contract.sha256, code=mailed_code(actor))
        actor.user.password_hash = before
    return contract
